"""Tap by tap: a window's gradient goes to the first tap that has its greatest entry, and is used up there."""

import torch


def read(image, r, s, P, Q, stride):
    return image[:, :, r : r + P * stride : stride, s : s + Q * stride : stride]


def max_pool(x, size, stride):
    x = x.float()
    P, Q = ((length - size) // stride + 1 for length in x.shape[2:])
    taps = [read(x, r, s, P, Q, stride) for r in range(size) for s in range(size)]
    out = torch.stack(taps).amax(0)
    return out, (x, out, size, stride)


def max_pool_backward(upstream, cache):
    x, out, size, stride = cache
    left = upstream.float().clone()
    dx = torch.zeros_like(x)
    P, Q = out.shape[2:]
    for r in range(size):
        for s in range(size):
            here = (read(x, r, s, P, Q, stride) == out) * left
            read(dx, r, s, P, Q, stride)[:] += here
            left = left - here
    return {"dx": dx}
