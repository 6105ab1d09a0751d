"""Copy by copy."""

import torch


def transposed_conv(x, w, b, stride, padding):
    N, C, P, Q = x.shape
    _, M, R, S = w.shape
    full = torch.zeros(N, M, (P - 1) * stride + R, (Q - 1) * stride + S, dtype=x.dtype)
    for n in range(N):
        for p in range(P):
            for q in range(Q):
                for c in range(C):
                    i, j = p * stride, q * stride
                    full[n, :, i : i + R, j : j + S] += x[n, c, p, q] * w[c]
    H, W = full.shape[2] - 2 * padding, full.shape[3] - 2 * padding
    out = full[:, :, padding : padding + H, padding : padding + W] + b.reshape(M, 1, 1)
    return out, (x, w, full.shape, stride, padding)


def transposed_conv_backward(upstream, cache):
    x, w, shape, stride, padding = cache
    N, C, P, Q = x.shape
    R, S = w.shape[2:]
    dfull = torch.zeros(shape, dtype=upstream.dtype)
    dfull[:, :, padding : shape[2] - padding, padding : shape[3] - padding] = upstream
    dx, dw = torch.zeros_like(x), torch.zeros_like(w)
    for n in range(N):
        for c in range(C):
            for p in range(P):
                for q in range(Q):
                    window = dfull[n, :, p * stride : p * stride + R, q * stride : q * stride + S]
                    dx[n, c, p, q] = (window * w[c]).sum()
                    dw[c] += window * x[n, c, p, q]
    return {"dx": dx, "dw": dw, "db": upstream.sum(dim=(0, 2, 3))}
