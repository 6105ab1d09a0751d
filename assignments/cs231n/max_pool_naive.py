"""Max pooling with NumPy: of every window the greatest entry, and the way back to it.

The conventions are those of Stanford's CS231n. `pool_param` is a dictionary with the whole numbers "pool_height", "pool_width"
and "stride". Each channel of each image is treated for itself; window (i, j) begins in row i · stride and column j · stride:

    out[n, c, i, j] = max over r < pool_height and s < pool_width of x[n, c, i · stride + r, j · stride + s]

Shapes: x (N, C, H, W), out (N, C, H', W') with H' = 1 + floor((H - pool_height) / stride), and W' likewise. There is no
padding. Windows may overlap, and there may be entries that no window reads; these have the gradient 0.

`dout` (N, C, H', W') is the upstream gradient, dx (N, C, H, W) the derivative of the loss with respect to x. The greatest
entry of a window gets the window's gradient, and adds up what it gets from several windows. CS231n leaves open what happens
where two entries of a window are equal and the greatest: here this does not occur.

Windows are square in the cases.
"""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    """Return (out, cache): out (N, C, H', W'), and whatever `max_pool_backward_naive` needs."""
    raise NotImplementedError("max_pool_naive: max_pool_forward_naive is not written yet")


def max_pool_backward_naive(dout, cache):
    """Return dx, (N, C, H, W)."""
    raise NotImplementedError("max_pool_naive: max_pool_backward_naive is not written yet")
