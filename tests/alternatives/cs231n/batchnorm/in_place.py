"""The running statistics are brought up to date in place, and dx is put over one divisor."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mean, var = bn_param["running_mean"], bn_param["running_var"]
    if bn_param["mode"] == "train":
        mean *= bn_param["momentum"]
        mean += (1 - bn_param["momentum"]) * x.mean(0)
        var *= bn_param["momentum"]
        var += (1 - bn_param["momentum"]) * x.var(0)
        mean, var = x.mean(0), x.var(0)
    std = (var + bn_param["eps"]) ** 0.5
    xhat = (x - mean) / std
    return xhat * gamma + beta, (xhat, std, gamma)


def batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    N = dout.shape[0]
    dgamma, dbeta = np.einsum("nd,nd->d", dout, xhat), dout.sum(0)
    return gamma / (N * std) * (N * dout - dbeta - xhat * dgamma), dgamma, dbeta
