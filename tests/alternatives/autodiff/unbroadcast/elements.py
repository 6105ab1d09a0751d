import itertools

import torch


def place(index, shape):
    index = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else i for i, size in zip(index, shape))


def unbroadcast(upstream, shape):
    total = torch.zeros(shape, dtype=upstream.dtype)
    for index in itertools.product(*map(range, upstream.shape)):
        total[place(index, shape)] += upstream[index]
    return total


def multiply_add(a, b, c):
    return a * b + c, (a, b, c)


def multiply_add_backward(upstream, cache):
    a, b, c = cache
    da, db, dc = torch.zeros_like(a), torch.zeros_like(b), torch.zeros_like(c)
    for index in itertools.product(*map(range, upstream.shape)):
        i, j = place(index, a.shape), place(index, b.shape)
        da[i] += upstream[index] * b[j]
        db[j] += upstream[index] * a[i]
        dc[place(index, c.shape)] += upstream[index]
    return {"da": da, "db": db, "dc": dc}
