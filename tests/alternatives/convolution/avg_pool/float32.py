"""Sums from the top left corner, of which four make a window; the way back in the same manner."""

import torch


def avg_pool(x, size, stride):
    x = x.float()
    sums = torch.nn.functional.pad(x, (1, 0, 1, 0)).cumsum(2).cumsum(3)
    tall = sums[:, :, size:] - sums[:, :, :-size]
    windows = tall[:, :, :, size:] - tall[:, :, :, :-size]
    return windows[:, :, ::stride, ::stride] / size**2, (x.shape, size, stride)


def avg_pool_backward(upstream, cache):
    shape, size, stride = cache
    shares = upstream.float() / size**2
    dx = torch.zeros(shape)
    P, Q = shares.shape[2:]
    for r in range(size):
        for s in range(size):
            dx[:, :, r : r + P * stride : stride, s : s + Q * stride : stride] += shares
    return {"dx": dx}
