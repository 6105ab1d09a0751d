"""Zeros between the pixels, and then an ordinary convolution with the kernel turned round."""

import torch
import torch.nn.functional as F


def transposed_conv(x, w, b, stride, padding):
    N, C, P, Q = x.shape
    R, S = w.shape[2:]
    spread = torch.zeros(N, C, (P - 1) * stride + 2 * R - 1, (Q - 1) * stride + 2 * S - 1, dtype=x.dtype)
    spread[:, :, R - 1 : R + (P - 1) * stride : stride, S - 1 : S + (Q - 1) * stride : stride] = x
    windows = spread.unfold(2, R, 1).unfold(3, S, 1)
    full = torch.tensordot(windows, w.flip(-2, -1), dims=([1, 4, 5], [0, 2, 3])).movedim(3, 1)
    out = full[:, :, padding : full.shape[2] - padding, padding : full.shape[3] - padding]
    return out + b[:, None, None], {"x": x, "w": w, "stride": stride, "padding": padding}


def transposed_conv_backward(upstream, cache):
    x, w, stride = cache["x"], cache["w"], cache["stride"]
    dfull = F.pad(upstream, [cache["padding"]] * 4)
    windows = dfull.unfold(2, w.shape[2], stride).unfold(3, w.shape[3], stride)
    dx = torch.tensordot(windows, w, dims=([1, 4, 5], [1, 2, 3])).movedim(3, 1)
    dw = torch.tensordot(x, windows, dims=([0, 2, 3], [0, 2, 3]))
    return {"dx": dx, "dw": dw, "db": upstream.flatten(2).sum(2).sum(0)}
