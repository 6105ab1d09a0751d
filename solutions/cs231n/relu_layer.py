"""The ReLU as a layer with NumPy: max(0, x), element by element, and its gradient.

The conventions are those of Stanford's CS231n:

    out = x where x > 0, otherwise 0

Shapes: x, out, dout and dx are NumPy arrays of one and the same shape, whatever it is. `dout` is the upstream gradient, the
derivative of the loss with respect to out; dx is the derivative of the loss with respect to x.

At x = 0 the slope is taken to be 0, and cases test this. Neither x nor dout may be changed in place.

Values are graded as `relu`, gradients as `dx_relu`.

Formula: Nair and Hinton (2010), 'Rectified linear units improve restricted Boltzmann machines'.
"""

import numpy as np


def relu_forward(x):
    """Return (out, cache): out has the shape of x; in the cache is whatever `relu_backward` will need."""
    ### BEGIN SOLUTION
    return np.maximum(x, 0), x
    ### END SOLUTION


def relu_backward(dout, cache):
    """Return dx, of the shape of x."""
    ### BEGIN SOLUTION
    return np.where(cache > 0, dout, 0)
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF layers/relu
from dataclasses import replace

EXERCISE = replace(
    EXERCISE,
    order=2,
    hours=0.5,
    builds_on=("affine",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    points={"relu": 1, "dx_relu": 2},
    calls="""
        relu, cache = relu_forward(x)
        dx_relu = relu_backward(upstream, cache)
    """,
)
