import math

import torch


def total(y_hat, t):
    return sum((a - b) ** 2 for a, b in zip(y_hat.flatten().tolist(), t.flatten().tolist()))


def backward(upstream, y_hat, t, n):
    dy = torch.zeros_like(y_hat)
    for i in range(y_hat.shape[0]):
        for j in range(y_hat.shape[1]):
            dy[i, j] = float(upstream) * 2 * (y_hat[i, j] - t[i, j]) / n
    return {"dy_hat": dy}


def mse_sum(y_hat, t):
    return total(y_hat, t), (y_hat, t)


def mse_sum_backward(upstream, cache):
    return backward(upstream, *cache, 1)


def mse_mean(y_hat, t):
    n = y_hat.shape[0] * y_hat.shape[1]
    return total(y_hat, t) / n, (y_hat, t, n)


def mse_mean_backward(upstream, cache):
    return backward(upstream, *cache)


def bce(p, y):
    each = [-math.log(a if b == 1 else 1 - a) for a, b in zip(p.flatten().tolist(), y.flatten().tolist())]
    return sum(each) / len(each), (p, y)


def bce_backward(upstream, cache):
    p, y = cache
    dp = [float(upstream) * (-1 / a if b else 1 / (1 - a)) / y.numel() for a, b in zip(p.flatten(), y.flatten())]
    return {"dp": torch.tensor(dp, dtype=p.dtype).reshape(p.shape)}
