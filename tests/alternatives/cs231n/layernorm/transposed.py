"""The formulas of batch normalisation on the transposed batch."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    xT = x.T
    std = np.sqrt(xT.var(axis=0) + eps)
    xhat = ((xT - xT.mean(axis=0)) / std).T
    return gamma * xhat + beta, (xhat, std, gamma)


def layernorm_backward(dout, cache):
    xhat, std, gamma = cache
    g, normal = (dout * gamma).T, xhat.T
    D = len(g)
    dx = (D * g - g.sum(axis=0) - normal * (g * normal).sum(axis=0)) / (D * std)
    return dx.T, (dout * xhat).sum(axis=0), dout.sum(axis=0)
