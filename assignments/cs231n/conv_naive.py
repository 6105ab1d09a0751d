"""Convolution with NumPy: stride and padding in a dictionary, and loops as many as you like.

The conventions are those of Stanford's CS231n. N images with C channels of height H and width W; F filters of height HH and
width WW. An image is padded with `pad` zeros on all four sides; window (i, j) begins in row i · stride and column j · stride
of the padded image:

    out[n, f, i, j] = b[f] + sum over c, r, s of w[f, c, r, s] · padded[n, c, i · stride + r, j · stride + s]

Shapes: x (N, C, H, W), w (F, C, HH, WW), b (F,), out (N, F, H', W') with H' = 1 + floor((H + 2 · pad - HH) / stride) and W'
likewise: where the last rows or columns do not make a window, they are not used, and their gradient is 0. Images and filters
need not be square; pad may be 0. `conv_param` is a dictionary with the whole numbers "stride" and "pad".

`dout` (N, F, H', W') is the upstream gradient, the derivative of the loss with respect to out. dx, dw and db have the shapes
of x, w and b. The filter is not turned round on the way there, and nothing is divided by N.

Formulas: V. Dumoulin and F. Visin, 'A guide to convolution arithmetic for deep learning' (2016), arXiv:1603.07285.
"""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    """Return (out, cache): out (N, F, H', W'), and whatever `conv_backward_naive` needs."""
    raise NotImplementedError("conv_naive: conv_forward_naive is not written yet")


def conv_backward_naive(dout, cache):
    """Return (dx, dw, db)."""
    raise NotImplementedError("conv_naive: conv_backward_naive is not written yet")
