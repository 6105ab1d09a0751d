"""Every window a column of a matrix, and back ('im2col'): the convolution is a product of matrices."""

import torch
import torch.nn.functional as F


def conv2d(x, w, b, stride, padding, dilation):
    settings = {"dilation": dilation, "padding": padding, "stride": stride}
    columns = F.unfold(x, w.shape[2:], **settings)
    P, Q = (
        (size + 2 * padding - dilation * (taps - 1) - 1) // stride + 1
        for size, taps in zip(x.shape[2:], w.shape[2:], strict=True)
    )
    out = w.flatten(1) @ columns + b[:, None]
    return out.unflatten(2, (P, Q)), (x.shape, columns, w, settings)


def conv2d_backward(upstream, cache):
    shape, columns, w, settings = cache
    g = upstream.flatten(2)
    return {
        "dx": F.fold(w.flatten(1).T @ g, shape[2:], w.shape[2:], **settings),
        "dw": (g @ columns.transpose(1, 2)).sum(0).reshape(w.shape),
        "db": g.sum((0, 2)),
    }
