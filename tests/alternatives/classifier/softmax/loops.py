import math

import torch


def softmax(z, dim):
    lines = z.transpose(dim, -1)
    flat = lines.reshape(-1, lines.shape[-1])
    rows = []
    for line in flat.tolist():
        top = max(line)
        powers = [math.exp(value - top) for value in line]
        rows.append([power / math.fsum(powers) for power in powers])
    p = torch.tensor(rows, dtype=z.dtype)
    return p.reshape(lines.shape).transpose(dim, -1), (p, lines.shape, dim)


def softmax_backward(upstream, cache):
    p, shape, dim = cache
    g = upstream.transpose(dim, -1).reshape(p.shape)
    dz = torch.zeros_like(p)
    for n in range(len(p)):
        for i in range(p.shape[1]):
            for k in range(p.shape[1]):
                dz[n, k] += g[n, i] * p[n, i] * (int(i == k) - p[n, k])
    return {"dz": dz.reshape(shape).transpose(dim, -1)}
