"""Window by window, as in most lecture notes."""

import torch


def conv2d(x, w, b, stride, padding, dilation):
    N, C, H, W = x.shape
    M, _, R, S = w.shape
    P = 1 + (H + 2 * padding - dilation * (R - 1) - 1) // stride
    Q = 1 + (W + 2 * padding - dilation * (S - 1) - 1) // stride
    padded = torch.nn.functional.pad(x, [padding] * 4)
    out = torch.zeros(N, M, P, Q, dtype=x.dtype)
    for n in range(N):
        for m in range(M):
            for p in range(P):
                for q in range(Q):
                    out[n, m, p, q] = (window(padded[n], w, p, q, stride, dilation) * w[m]).sum() + b[m]
    return out, (x, w, padded, stride, padding, dilation)


def window(image, w, p, q, stride, dilation):
    rows = slice(p * stride, p * stride + dilation * (w.shape[2] - 1) + 1, dilation)
    columns = slice(q * stride, q * stride + dilation * (w.shape[3] - 1) + 1, dilation)
    return image[:, rows, columns]


def conv2d_backward(upstream, cache):
    x, w, padded, stride, padding, dilation = cache
    N, M, P, Q = upstream.shape
    dpadded, dw, db = torch.zeros_like(padded), torch.zeros_like(w), torch.zeros(M, dtype=w.dtype)
    for n in range(N):
        for m in range(M):
            for p in range(P):
                for q in range(Q):
                    g = upstream[n, m, p, q]
                    window(dpadded[n], w, p, q, stride, dilation).add_(g * w[m])
                    dw[m] += g * window(padded[n], w, p, q, stride, dilation)
                    db[m] += g
    H, W = x.shape[2:]
    return {"dx": dpadded[:, :, padding : padding + H, padding : padding + W], "dw": dw, "db": db}
