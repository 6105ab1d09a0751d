"""Convolution of images: a small kernel at every place, and the gradients of image, kernels and biases.

N images with C channels of height H and width W; M kernels of height R and width S, one for each output channel. An
image is padded with `padding` zeros on all four sides. Window (p, q) begins in row p · stride and column q · stride of
the padded image, and its taps lie `dilation` rows and columns apart:

    out[n, m, p, q] = b[m] + sum over c, r, s of w[m, c, r, s] · padded[n, c, i, j]
    where i = p · stride + r · dilation and j = q · stride + s · dilation

Shapes: x (N, C, H, W), w (M, C, R, S), b (M,), out (N, M, P, Q), with as many windows as fit into the padded image:

    P = floor((H + 2 · padding − dilation · (R − 1) − 1) / stride) + 1
    Q = floor((W + 2 · padding − dilation · (S − 1) − 1) / stride) + 1

The kernel is not turned round. `stride` and `dilation` are whole numbers from 1, `padding` from 0, each the same for
rows and columns. Images need not be square, and neither need kernels. At least one window fits. Pixels that no window
reads have the gradient 0.

`upstream` (N, M, P, Q) is the derivative of some loss with respect to `out`. `dx`, `dw` and `db` are the derivatives of
that loss with respect to x, w and b, and have their shapes. Nothing is divided by N.

Of `torch.nn.functional` use `pad` at most. Any loops are allowed; the tests are small.

Formulas: V. Dumoulin and F. Visin, 'A guide to convolution arithmetic for deep learning' (2016), arXiv:1603.07285, for
P and Q; the documentation of `torch.nn.Conv2d` for the sum.
"""

import torch


def conv2d(x, w, b, stride, padding, dilation):
    """Return (out, cache): out is (N, M, P, Q), and cache is whatever you want to have again in `conv2d_backward`."""
    raise NotImplementedError("conv2d: conv2d is not written yet")


def conv2d_backward(upstream, cache):
    """Return {"dx": (N, C, H, W), "dw": (M, C, R, S), "db": (M,)}."""
    raise NotImplementedError("conv2d: conv2d_backward is not written yet")
