import math

import torch


def log_softmax(z, dim):
    lines = z.transpose(dim, -1)
    rows = []
    for line in lines.reshape(-1, lines.shape[-1]).tolist():
        top = max(line)
        total = top + math.log(math.fsum(math.exp(value - top) for value in line))
        rows.append([value - total for value in line])
    out = torch.tensor(rows, dtype=z.dtype)
    return out.reshape(lines.shape).transpose(dim, -1), (out, lines.shape, dim)


def log_softmax_backward(upstream, cache):
    out, shape, dim = cache
    g = upstream.transpose(dim, -1).reshape(out.shape)
    dz = torch.zeros_like(out)
    for n in range(len(out)):
        for k in range(out.shape[1]):
            dz[n, k] = g[n, k] - math.exp(out[n, k]) * sum(g[n])
    return {"dz": dz.reshape(shape).transpose(dim, -1)}
