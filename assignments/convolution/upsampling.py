"""Upsampling without parameters: an image is enlarged by repeating its pixels, and then smoothly by bilinear weights.

Two functions, one after the other: x (N, C, H, W) is enlarged to `up` (N, C, factor · H, factor · W), and that to
`out`, twice as high and twice as wide again. Each channel of each image is treated for itself.

`nearest`, by a whole factor from 1: each pixel becomes a square of factor by factor equal ones,

    up[n, c, i, j] = x[n, c, floor(i / factor), floor(j / factor)]

`bilinear`, always by 2, first along one axis and then along the other. A row with the pixels a[0], ..., a[L − 1]
becomes one of 2 · L pixels: each is cut in two halves, and the centre of a half lies a quarter of a pixel from that of
its pixel, towards a neighbour. So it takes three quarters from its own and one from that neighbour; at the ends of the
row, where there is none, all from its own:

    new[2k]     = 3/4 a[k] + 1/4 a[k − 1]        for k ≥ 1,        new[0]      = a[0]
    new[2k + 1] = 3/4 a[k] + 1/4 a[k + 1]        for k < L − 1,    new[2L − 1] = a[L − 1]

(PyTorch calls this mode="bilinear" with align_corners=False.) The order of the axes does not matter.

`upstream` is the derivative of some loss with respect to `out`. `bilinear_backward` gives that with respect to its
input: with respect to `up`, which is graded as `dup`. From your `dup`, `nearest_backward` goes on to `dx` (N, C, H,
W).

Use no `torch.nn.functional`. Any loops are allowed; the tests are small.

Formulas: the documentation of `torch.nn.Upsample`; for the weights see also A. Odena, V. Dumoulin and C. Olah,
'Deconvolution and checkerboard artifacts', Distill (2016), doi:10.23915/distill.00003.
"""

import torch


def nearest(x, factor):
    """Return (up, cache): up is (N, C, factor · H, factor · W), and cache whatever you want in `nearest_backward`."""
    raise NotImplementedError("upsampling: nearest is not written yet")


def nearest_backward(upstream, cache):
    """Return {"dx": (N, C, H, W)} for an upstream gradient of the shape of `up`."""
    raise NotImplementedError("upsampling: nearest_backward is not written yet")


def bilinear(x):
    """Return (out, cache) for x (N, C, H, W): out is (N, C, 2H, 2W), and cache whatever you want to have again."""
    raise NotImplementedError("upsampling: bilinear is not written yet")


def bilinear_backward(upstream, cache):
    """Return {"dx": (N, C, H, W)} for an upstream gradient (N, C, 2H, 2W).

    Each pixel hears from the new pixels that have taken a part of it, by the weight with which they took it.
    """
    raise NotImplementedError("upsampling: bilinear_backward is not written yet")
