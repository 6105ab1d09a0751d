"""Group normalisation: images, each by the mean and variance of groups of its channels.

x is a batch of images, (N, C, H, W). The C channels are split into `groups` groups of neighbours: with C = 6 and
groups = 2 the channels 0, 1, 2 are one group and 3, 4, 5 the other. C is a multiple of groups. The elements of one group
in one image, all its channels and all their places, share a mean and a variance:

    xhat = (x - mean) / sqrt(var + eps)        out[n, c, h, w] = gamma[c] * xhat[n, c, h, w] + beta[c]

mean is the mean of the C/groups · H · W elements, and var the mean of their squares (x - mean)²: no -1 in the divisor.
Nothing is shared among images. The scale gamma and the shift beta are learned, one for each channel.

Shapes: x, out, upstream (N, C, H, W); gamma, beta (C,); groups is a whole number, eps a positive number. One group makes
a layer norm of the image, as many groups as channels an 'instance norm'. A group has at least two elements. They may all
be equal: the variance is 0 then, and nothing may become inf or nan.

`dx`, `dgamma` and `dbeta` are the derivatives of the loss with respect to x, gamma and beta and have their shapes;
`upstream` is its derivative with respect to out. `cache` is whatever `group_norm` hands to `group_norm_backward`.

Formulas: Y. Wu, K. He, 'Group Normalization' (2018), section 3.
"""

import torch


def group_norm(x, gamma, beta, groups, eps):
    """Return (out, cache): out has the shape of x."""
    raise NotImplementedError("group_norm: group_norm is not written yet")


def group_norm_backward(upstream, cache):
    """Return {"dx": (N, C, H, W), "dgamma": (C,), "dbeta": (C,)}."""
    raise NotImplementedError("group_norm: group_norm_backward is not written yet")
