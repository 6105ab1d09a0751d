"""The axis is moved to the front, where everything is simple, and back again."""

import torch


def sum_over(x, dim):
    front = x.movedim(dim, 0)
    return sum(front), (front, dim)


def sum_over_backward(upstream, cache):
    front, dim = cache
    return {"dx": torch.stack([upstream] * len(front)).movedim(0, dim)}


def mean_over(x, dim):
    front = x.movedim(dim, 0)
    return sum(front) / len(front), (front, dim)


def mean_over_backward(upstream, cache):
    front, dim = cache
    return {"dx": torch.stack([upstream / len(front)] * len(front)).movedim(0, dim)}


def max_over(x, dim):
    front = x.movedim(dim, 0)
    greatest = front[0]
    for one in front[1:]:
        greatest = torch.maximum(greatest, one)
    return greatest, (front, greatest, dim)


def max_over_backward(upstream, cache):
    front, greatest, dim = cache
    ties = sum((one == greatest).to(upstream.dtype) for one in front)
    return {"dx": torch.stack([(one == greatest) * upstream / ties for one in front]).movedim(0, dim)}
