"""Transposed convolution: every pixel lays a copy of the kernel on a larger image, and overlapping copies add up.

It is what the backward pass of a convolution does to its upstream gradient, used on the way forward: to make images
larger, in decoders and generators. N images with C channels of P by Q pixels; pixel (p, q) lays its kernel, R by S and
multiplied by the pixel, from row p · stride and column q · stride of the full image on:

    full[n, m, p · stride + r, q · stride + s]  gets the addend  x[n, c, p, q] · w[c, m, r, s]  for all c, p, q, r, s

`out` is the full image without its first `padding` and last `padding` rows and columns, plus b[m] at each of its
pixels. (The word padding stands for that of the convolution whose backward pass this would be: there it was put on.)

Shapes: x (N, C, P, Q), w (C, M, R, S): the channels of x come first. b (M,), out (N, M, H, W) with

    H = (P − 1) · stride + R − 2 · padding        W = (Q − 1) · stride + S − 2 · padding

`stride` is a whole number from 1, `padding` one from 0, small enough that at least one pixel is left. Where the stride
is greater than the kernel, there are gaps between the copies: nothing but b is there.

`upstream` (N, M, H, W) is the derivative of some loss with respect to `out`. `dx`, `dw` and `db` are the derivatives of
that loss with respect to x, w and b, and have their shapes. Nothing is divided by N.

Of `torch.nn.functional` use `pad` at most. Any loops are allowed; the tests are small.

Formulas: V. Dumoulin and F. Visin, 'A guide to convolution arithmetic for deep learning' (2016), arXiv:1603.07285,
section 4; the documentation of `torch.nn.ConvTranspose2d` for the sizes.
"""

import torch


def transposed_conv(x, w, b, stride, padding):
    """Return (out, cache): out is (N, M, H, W), and cache is whatever you want in `transposed_conv_backward`."""
    raise NotImplementedError("transposed_conv: transposed_conv is not written yet")


def transposed_conv_backward(upstream, cache):
    """Return {"dx": (N, C, P, Q), "dw": (C, M, R, S), "db": (M,)}.

    What does a pixel of x hear from the places on which its kernel lay? You have written this before.
    """
    raise NotImplementedError("transposed_conv: transposed_conv_backward is not written yet")
