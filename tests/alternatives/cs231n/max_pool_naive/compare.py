"""All images at once, window by window: where x is the greatest of its window."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    h, w, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    rows, columns = (x.shape[2] - h) // stride + 1, (x.shape[3] - w) // stride + 1
    out = np.zeros((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[:, :, i, j] = x[:, :, i * stride : i * stride + h, j * stride : j * stride + w].max(axis=(2, 3))
    return out, (x, pool_param, out)


def max_pool_backward_naive(dout, cache):
    x, pool_param, out = cache
    h, w, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            box = np.s_[:, :, i * stride : i * stride + h, j * stride : j * stride + w]
            dx[box] += (x[box] == out[:, :, i, j, None, None]) * dout[:, :, i, j, None, None]
    return dx
