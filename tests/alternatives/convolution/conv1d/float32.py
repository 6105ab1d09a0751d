import torch


def conv1d(x, w, b, stride, padding, dilation):
    x, w, b = x.float(), w.float(), b.float()
    padded = torch.nn.functional.pad(x, (padding, padding))
    T = (padded.shape[2] - dilation * (w.shape[2] - 1) - 1) // stride + 1
    out = b[None, :, None].repeat(len(x), 1, T)
    for t in range(T):
        window = padded[:, :, t * stride :: dilation][:, :, : w.shape[2]]
        out[:, :, t] += torch.einsum("nck,mck->nm", window, w)
    return out, {"padded": padded, "w": w, "stride": stride, "padding": padding, "dilation": dilation}


def conv1d_backward(upstream, cache):
    padded, w = cache["padded"], cache["w"]
    g = upstream.float()
    dpadded, dw = torch.zeros_like(padded), torch.zeros_like(w)
    for k in range(w.shape[2]):
        for t in range(g.shape[2]):
            i = t * cache["stride"] + k * cache["dilation"]
            dpadded[:, :, i] += g[:, :, t] @ w[:, :, k]
            dw[:, :, k] += g[:, :, t].T @ padded[:, :, i]
    p = cache["padding"]
    return {"dx": dpadded[:, :, p : p + padded.shape[2] - 2 * p], "dw": dw, "db": g.sum((0, 2))}
