"""One group of one image at a time."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    each = x.shape[1] // G
    xhat, inv = np.zeros_like(x), np.zeros_like(x)
    for n in range(len(x)):
        for first in range(0, x.shape[1], each):
            group = x[n, first : first + each]
            inv[n, first : first + each] = (group.var() + gn_param["eps"]) ** -0.5
            xhat[n, first : first + each] = (group - group.mean()) * (group.var() + gn_param["eps"]) ** -0.5
    return gamma * xhat + beta, (xhat, inv, gamma, each)


def spatial_groupnorm_backward(dout, cache):
    xhat, inv, gamma, each = cache
    dxhat = gamma * dout
    dx = np.zeros_like(dout)
    for n in range(len(dout)):
        for first in range(0, dout.shape[1], each):
            place = n, slice(first, first + each)
            g, normal = dxhat[place], xhat[place]
            dx[place] = (g - g.mean() - normal * (g * normal).mean()) * inv[place]
    dgamma = np.einsum("nchw,nchw->c", dout, xhat)
    return dx, dgamma.reshape(gamma.shape), np.einsum("nchw->c", dout).reshape(gamma.shape)
