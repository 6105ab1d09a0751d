"""ReLU and leaky ReLU, forward and backward, with a convention for the corner at 0.

Both work element by element, on numbers of any shape. `slope` is a number between 0 and 1, the same for all elements:

    relu(x)              = x where x > 0, otherwise 0
    leaky_relu(x, slope) = x where x > 0, otherwise slope · x

`upstream` is the derivative of the loss with respect to the function's value, of its shape; the backward functions
return dx, the derivative of the loss with respect to x, of the shape of x. Both functions are called with the same x
and the same upstream, but have nothing to do with each other.

At x = 0 neither function has a derivative. Convention, here and in PyTorch: 0 belongs to the left side, so

    relu′(0) = 0            leaky_relu′(0) = slope

Exact zeros do occur (a row of zeros, an image's black border), and cases test this. Whether a unit is on is decided by
x alone, never by the sign of `upstream`. Do not take `slope` for 0.01: it is different in each case.

The gradients are graded as dx_relu and dx_leaky, the value of leaky_relu as leaky.

Formulas: Nair and Hinton (2010), 'Rectified linear units improve restricted Boltzmann machines'; Maas, Hannun and Ng
(2013), 'Rectifier nonlinearities improve neural network acoustic models', for the leaky one.
"""

import torch


def relu(x):
    """Return (out, cache): relu(x), of the shape of x, and whatever `relu_backward` will need."""
    raise NotImplementedError("relu: relu is not written yet")


def relu_backward(upstream, cache):
    """Return {"dx": like x}."""
    raise NotImplementedError("relu: relu_backward is not written yet")


def leaky_relu(x, slope):
    """Return (out, cache): leaky_relu(x, slope), of the shape of x, and whatever `leaky_relu_backward` will need."""
    raise NotImplementedError("relu: leaky_relu is not written yet")


def leaky_relu_backward(upstream, cache):
    """Return {"dx": like x}."""
    raise NotImplementedError("relu: leaky_relu_backward is not written yet")
