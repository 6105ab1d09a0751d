"""The place of the greatest entry is kept for the way back."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - height) // stride, 1 + (W - width) // stride))
    places = {}
    for n, c, i, j in np.ndindex(*out.shape):
        window = x[n, c, i * stride : i * stride + height, j * stride : j * stride + width]
        r, s = np.unravel_index(window.argmax(), window.shape)
        out[n, c, i, j] = window[r, s]
        places[n, c, i, j] = n, c, i * stride + r, j * stride + s
    return out, (x.shape, places)


def max_pool_backward_naive(dout, cache):
    shape, places = cache
    dx = np.zeros(shape)
    for window, place in places.items():
        dx[place] += dout[window]
    return dx
