"""One product at a time, as the formula has it."""

import torch


def conv1d(x, w, b, stride, padding, dilation):
    N, C, L = x.shape
    M, _, K = w.shape
    T = (L + 2 * padding - dilation * (K - 1) - 1) // stride + 1
    out = torch.zeros(N, M, T, dtype=x.dtype)
    for n in range(N):
        for m in range(M):
            for t in range(T):
                out[n, m, t] = b[m]
                for k in range(K):
                    i = t * stride + k * dilation - padding
                    if 0 <= i < L:
                        out[n, m, t] += w[m, :, k] @ x[n, :, i]
    return out, (x, w, stride, padding, dilation)


def conv1d_backward(upstream, cache):
    x, w, stride, padding, dilation = cache
    dx, dw = torch.zeros_like(x), torch.zeros_like(w)
    db = torch.zeros(len(w), dtype=x.dtype)
    for n, m, t in torch.cartesian_prod(*(torch.arange(size) for size in upstream.shape)).tolist():
        g = upstream[n, m, t]
        db[m] += g
        for k in range(w.shape[2]):
            i = t * stride + k * dilation - padding
            if 0 <= i < x.shape[2]:
                dx[n, :, i] += g * w[m, :, k]
                dw[m, :, k] += g * x[n, :, i]
    return {"dx": dx, "dw": dw, "db": db}
