from math import sqrt

import torch


def rms_norm(x, gamma, eps):
    D = x.shape[-1]
    scale, roots, rows = gamma.tolist(), [], x.reshape(-1, D).tolist()
    out = []
    for row in rows:
        roots.append(sqrt(sum(value * value for value in row) / D + eps))
        out.append([g * value / roots[-1] for g, value in zip(scale, row)])
    return torch.tensor(out, dtype=x.dtype).reshape(x.shape), (rows, roots, scale)


def rms_norm_backward(upstream, cache):
    rows, roots, scale = cache
    D = len(scale)
    dx, dgamma = [], [0.0] * D
    for row, root, g in zip(rows, roots, upstream.reshape(-1, D).tolist()):
        dot = sum(s * u * value for s, u, value in zip(scale, g, row))
        dx.append([s * u / root - value * dot / (D * root**3) for s, u, value in zip(scale, g, row)])
        dgamma = [total + u * value / root for total, u, value in zip(dgamma, g, row)]
    dtype = upstream.dtype
    return {"dx": torch.tensor(dx, dtype=dtype).reshape(upstream.shape), "dgamma": torch.tensor(dgamma, dtype=dtype)}
