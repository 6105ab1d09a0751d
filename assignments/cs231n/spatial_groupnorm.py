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
    raise NotImplementedError("spatial_groupnorm: spatial_groupnorm_forward is not written yet")


def spatial_groupnorm_backward(dout, cache):
    """Return (dx, dgamma, dbeta)."""
    raise NotImplementedError("spatial_groupnorm: spatial_groupnorm_backward is not written yet")
