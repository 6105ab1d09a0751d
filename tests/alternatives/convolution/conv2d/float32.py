"""Tap by tap, with slices."""

import torch


def taps(padded, r, s, P, Q, stride, dilation):
    top, left = r * dilation, s * dilation
    return padded[:, :, top : top + P * stride : stride, left : left + Q * stride : stride]


def conv2d(x, w, b, stride, padding, dilation):
    x, w, b = x.float(), w.float(), b.float()
    padded = torch.nn.functional.pad(x, [padding] * 4)
    P = (padded.shape[2] - dilation * (w.shape[2] - 1) - 1) // stride + 1
    Q = (padded.shape[3] - dilation * (w.shape[3] - 1) - 1) // stride + 1
    out = b[None, :, None, None].repeat(len(x), 1, P, Q)
    for r in range(w.shape[2]):
        for s in range(w.shape[3]):
            out = out + torch.einsum("nchw,mc->nmhw", taps(padded, r, s, P, Q, stride, dilation), w[:, :, r, s])
    return out, (padded, w, P, Q, stride, padding, dilation)


def conv2d_backward(upstream, cache):
    padded, w, P, Q, stride, padding, dilation = cache
    g = upstream.float()
    dpadded, dw = torch.zeros_like(padded), torch.zeros_like(w)
    for r in range(w.shape[2]):
        for s in range(w.shape[3]):
            taps(dpadded, r, s, P, Q, stride, dilation)[:] += torch.einsum("nmhw,mc->nchw", g, w[:, :, r, s])
            read = taps(padded, r, s, P, Q, stride, dilation)
            dw[:, :, r, s] = torch.einsum("nmhw,nchw->mc", g, read)
    H, W = padded.shape[2] - padding, padded.shape[3] - padding
    return {"dx": dpadded[:, :, padding:H, padding:W], "dw": dw, "db": g.sum((0, 2, 3))}
