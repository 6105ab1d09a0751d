"""Tap by tap, with slices."""

import torch


def taps(full, r, s, P, Q, stride):
    return full[:, :, r : r + P * stride : stride, s : s + Q * stride : stride]


def transposed_conv(x, w, b, stride, padding):
    x, w, b = x.float(), w.float(), b.float()
    P, Q = x.shape[2:]
    R, S = w.shape[2:]
    full = torch.zeros(len(x), w.shape[1], (P - 1) * stride + R, (Q - 1) * stride + S)
    for r in range(R):
        for s in range(S):
            taps(full, r, s, P, Q, stride).add_(torch.einsum("ncpq,cm->nmpq", x, w[:, :, r, s]))
    out = full[:, :, padding : full.shape[2] - padding, padding : full.shape[3] - padding] + b[:, None, None]
    return out, (x, w, stride, padding)


def transposed_conv_backward(upstream, cache):
    x, w, stride, padding = cache
    g = torch.nn.functional.pad(upstream.float(), [padding] * 4)
    P, Q = x.shape[2:]
    dx, dw = torch.zeros_like(x), torch.zeros_like(w)
    for r in range(w.shape[2]):
        for s in range(w.shape[3]):
            here = taps(g, r, s, P, Q, stride)
            dx = dx + torch.einsum("nmpq,cm->ncpq", here, w[:, :, r, s])
            dw[:, :, r, s] = torch.einsum("ncpq,nmpq->cm", x, here)
    return {"dx": dx, "dw": dw, "db": upstream.float().sum((0, 2, 3))}
