"""Max pooling: of every window of an image the greatest entry, and the way back through windows that overlap.

Each channel of each image is treated for itself. Window (p, q) is the square of `size` by `size` entries that begins in
row p · stride and column q · stride:

    out[n, c, p, q] = max over r, s from 0 to size − 1 of x[n, c, p · stride + r, q · stride + s]

Shapes: x (N, C, H, W), out (N, C, P, Q), with as many windows as fit: P = floor((H − size) / stride) + 1, and Q
likewise from W. There is no padding. Images need not be square. `size` and `stride` are whole numbers from 1. Where
the stride is smaller than the size, windows overlap, and one entry may be the greatest of several; where it is
greater, entries between the windows are read by none, nor are those behind the last window. Those have the gradient 0.

Where several entries of a window are equal and the greatest, the first of them counts as the greatest, and it alone has
the window's gradient: first row by row from the top, and in a row from the left, as in PyTorch.

`upstream` (N, C, P, Q) is the derivative of some loss with respect to `out`; `dx` (N, C, H, W) is that with respect to
x.

Use no `torch.nn.functional`. Any loops are allowed; the tests are small.

Read on in the notes of Stanford's CS231n, 'Convolutional neural networks', section on pooling layers.
"""

import torch


def max_pool(x, size, stride):
    """Return (out, cache): out is (N, C, P, Q), and cache is whatever you want to have again in `max_pool_backward`."""
    raise NotImplementedError("max_pool: max_pool is not written yet")


def max_pool_backward(upstream, cache):
    """Return {"dx": (N, C, H, W)}: every window hands its gradient to one entry; an entry may have several."""
    raise NotImplementedError("max_pool: max_pool_backward is not written yet")
