"""A product of matrices: row p of a table has 1 / size where window p reads."""

import torch


def table(length, size, stride, like):
    count = (length - size) // stride + 1
    rows = torch.zeros(count, length, dtype=like.dtype)
    for p in range(count):
        rows[p, p * stride : p * stride + size] = 1 / size
    return rows


def avg_pool(x, size, stride):
    down, across = table(x.shape[2], size, stride, x), table(x.shape[3], size, stride, x)
    return down @ x @ across.T, (down, across)


def avg_pool_backward(upstream, cache):
    down, across = cache
    return {"dx": down.T @ upstream @ across}
