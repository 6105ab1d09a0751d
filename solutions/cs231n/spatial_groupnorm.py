"""Group normalisation of images with NumPy: parameters that have the axes of an image.

The conventions are those of Stanford's CS231n. The C channels of an image are split into G groups of neighbours, C / G
channels each; all elements of a group in one image share a mean and a variance:

    out[n, c, h, w] = gamma[0, c, 0, 0] · xhat[n, c, h, w] + beta[0, c, 0, 0]        xhat = (x - mean) / sqrt(var + eps)

where the variance is a mean of squares, over the C / G · H · W elements of the group. Nothing is shared among images.

Shapes: x, out, dout, dx (N, C, H, W); gamma, beta, dgamma and dbeta (1, C, 1, 1), so that they broadcast as they are. G is a
whole number, and C a multiple of it; `gn_param` is a dictionary, of which "eps" is needed. A group has at least two elements,
which may all be equal: nothing may become inf or nan.

`dout` is the upstream gradient, the derivative of the loss with respect to out.

Formulas: Y. Wu, K. He, 'Group Normalization' (2018), section 3.
"""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """Return (out, cache): out (N, C, H, W), and whatever `spatial_groupnorm_backward` needs."""
    ### BEGIN SOLUTION
    grouped = x.reshape(len(x), G, x[0].size // G)
    centred = grouped - np.mean(grouped, axis=2, keepdims=True)
    inv = 1 / np.sqrt(np.mean(centred**2, axis=2, keepdims=True) + gn_param["eps"])
    xhat = centred * inv
    return gamma * xhat.reshape(x.shape) + beta, (xhat, inv, gamma)
    ### END SOLUTION


def spatial_groupnorm_backward(dout, cache):
    """Return (dx, dgamma, dbeta)."""
    ### BEGIN SOLUTION
    xhat, inv, gamma = cache
    dxhat = (dout * gamma).reshape(xhat.shape)
    by_mean = np.mean(dxhat, axis=2, keepdims=True)
    by_var = xhat * np.mean(dxhat * xhat, axis=2, keepdims=True)
    dx = ((dxhat - by_mean - by_var) * inv).reshape(dout.shape)
    dgamma = np.sum(dout * xhat.reshape(dout.shape), axis=(0, 2, 3), keepdims=True)
    return dx, dgamma, np.sum(dout, axis=(0, 2, 3), keepdims=True)
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF normalization/group_norm
from dataclasses import replace

EXERCISE = replace(
    EXERCISE,
    order=10,
    builds_on=("layernorm",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        scale, shift = gamma[None, :, None, None], beta[None, :, None, None]
        out, cache = spatial_groupnorm_forward(x, scale, shift, groups, {"eps": eps})
        dx, dscale, dshift = spatial_groupnorm_backward(upstream, cache)
        dgamma = dscale[0, :, 0, 0]
        dbeta = dshift[0, :, 0, 0]
    """,
)
