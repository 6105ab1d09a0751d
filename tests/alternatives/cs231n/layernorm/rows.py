"""One example at a time, with its matrix of slopes."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    rows = [(row - row.mean()) / np.sqrt(row.var() + ln_param["eps"]) for row in x]
    return gamma * np.array(rows) + beta, (x, rows, gamma, ln_param["eps"])


def layernorm_backward(dout, cache):
    x, rows, gamma, eps = cache
    D = x.shape[1]
    dx = []
    for row, xhat, g in zip(x, rows, dout):
        slopes = (np.eye(D) - 1 / D - np.outer(xhat, xhat) / D) / np.sqrt(row.var() + eps)
        dx.append(slopes @ (g * gamma))
    return np.array(dx), sum(g * xhat for g, xhat in zip(dout, rows)), sum(dout)
