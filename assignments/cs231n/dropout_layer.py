"""Dropout with NumPy: drawing a mask, and a backward pass that needs nothing else.

The conventions are those of Stanford's CS231n, in its newer versions: `dropout_param` is a dictionary with

    "mode"    "train" or "test"
    "p"       the probability to KEEP an element, 0 < p <= 1. (In older versions, in PyTorch and in
              `normalization/dropout`, p is that of dropping.)

In training each element is kept with probability p, by chance and independently of all others, and what is kept is divided by
p ('inverted dropout'). In testing out is x. So in training

    out = x · mask        mask is 1/p where an element is kept, 0 where it is dropped

The cache is the pair (dropout_param, mask): the mask is the array that x was multiplied with, so that 1/p is in it already.
In testing there is no mask; the cache has None in its place, or anything else.

Shapes: x, out, mask, dout, dx are all of one shape, (N, D) or another. `dout` is the upstream gradient, dx the derivative of
the loss with respect to x.

The forward pass is tried on an array of many threes, with NumPy's random numbers: `kept` is the share of out that is not 0 (up
to a twentieth), `scale` the greatest entry of out, as so many times 3. The backward pass is given a mask that was drawn
already, or none: dx.

Formulas: N. Srivastava et al., 'Dropout' (2014), sections 4 and 10 (which scales in testing instead of in training).
"""

import numpy as np


def dropout_forward(x, dropout_param):
    """Return (out, cache), where cache is (dropout_param, mask)."""
    raise NotImplementedError("dropout_layer: dropout_forward is not written yet")


def dropout_backward(dout, cache):
    """Return dx, like dout, from the cache (dropout_param, mask)."""
    raise NotImplementedError("dropout_layer: dropout_backward is not written yet")
