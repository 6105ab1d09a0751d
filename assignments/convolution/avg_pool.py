"""Average pooling: the mean of every window of an image, and the way back through windows that overlap.

Each channel of each image is treated for itself. Window (p, q) is the square of `size` by `size` entries that begins in
row p · stride and column q · stride:

    out[n, c, p, q] = mean over r, s from 0 to size − 1 of x[n, c, p · stride + r, q · stride + s]

Shapes: x (N, C, H, W), out (N, C, P, Q), with as many windows as fit: P = floor((H − size) / stride) + 1, and Q
likewise from W. There is no padding. Images need not be square. `size` and `stride` are whole numbers from 1, and may
differ. An entry may be read by several windows, or by none: then it has the gradient 0.

`upstream` (N, C, P, Q) is the derivative of some loss with respect to `out`; `dx` (N, C, H, W) is that with respect to
x.

Use no `torch.nn.functional`. Any loops are allowed; the tests are small.

Formula: the documentation of `torch.nn.AvgPool2d`, without padding. Average pooling is a convolution of each channel
with a kernel of equal taps.
"""

import torch


def avg_pool(x, size, stride):
    """Return (out, cache): out is (N, C, P, Q), and cache is whatever you want to have again in `avg_pool_backward`."""
    raise NotImplementedError("avg_pool: avg_pool is not written yet")


def avg_pool_backward(upstream, cache):
    """Return {"dx": (N, C, H, W)}: every entry of a window has the same share of its gradient."""
    raise NotImplementedError("avg_pool: avg_pool_backward is not written yet")
