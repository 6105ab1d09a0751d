"""Layer normalisation: every example, or every place of a text, by its own mean and variance.

x has its features along the last axis. There is one axis in front of it, or there are two (a batch of B texts of T
places): x is (N, D) or (B, T, D). Each row of D features is brought to mean 0 and variance 1, whatever the other rows
are, and then to a scale gamma and a shift beta that are learned, one for each feature. For a row x[d]:

    out[d] = gamma[d] * xhat[d] + beta[d]        xhat[d] = (x[d] - mean) / sqrt(var + eps)

where mean is the mean of the row's D features and var the mean of their squares (x[d] - mean)²: the divisor is D, not
D - 1. Shapes: x, out, upstream (N, D) or (B, T, D); gamma, beta (D,); eps is a number. D is at least 2.

`dx`, `dgamma` and `dbeta` are the derivatives of the loss with respect to x, gamma and beta and have their shapes;
`upstream` is its derivative with respect to out. gamma differs among the features that are normalised together: mind on
which side of a mean it belongs. `cache` is whatever `layer_norm` hands to `layer_norm_backward`.

A row may have the same number in every feature: its variance is 0, and nothing may become inf or nan (eps is positive).

Formulas: J. L. Ba, J. R. Kiros, G. E. Hinton, 'Layer Normalization' (2016), section 3.
"""

import torch


def layer_norm(x, gamma, beta, eps):
    """Return (out, cache): out has the shape of x."""
    raise NotImplementedError("layer_norm: layer_norm is not written yet")


def layer_norm_backward(upstream, cache):
    """Return {"dx": the shape of x, "dgamma": (D,), "dbeta": (D,)}."""
    raise NotImplementedError("layer_norm: layer_norm_backward is not written yet")
