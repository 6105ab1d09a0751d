"""Step by step through a graph, one node after the other."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    cache = None
    if bn_param["mode"] == "train":
        centred = x - x.mean(axis=0)
        var = (centred**2).mean(axis=0)
        root = np.sqrt(var + eps)
        out = gamma * (centred / root) + beta
        running_mean = momentum * running_mean + (1 - momentum) * x.mean(axis=0)
        running_var = momentum * running_var + (1 - momentum) * var
        cache = centred, root, gamma
    else:
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    centred, root, gamma = cache
    N = len(dout)
    dxhat = dout * gamma
    droot = -(dxhat * centred).sum(axis=0) / root**2
    dvar = droot / (2 * root)
    dcentred = dxhat / root + 2 * centred * dvar / N
    dx = dcentred - dcentred.sum(axis=0) / N
    return dx, (dout * centred / root).sum(axis=0), dout.sum(axis=0)
