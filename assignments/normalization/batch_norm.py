"""Batch normalisation, in training and in evaluation: the layer, and its gradient in one formula.

Each column of x is a feature, each row an example. Every feature is brought to mean 0 and variance 1, and then to a
scale gamma and a shift beta that are learned:

    out[n, d] = gamma[d] * xhat[n, d] + beta[d]        xhat[n, d] = (x[n, d] - mean[d]) / sqrt(var[d] + eps)

Shapes: x, xhat, out, upstream (N, D); gamma, beta, mean, var, running_mean, running_var (D,); eps is a number.

`mode` says where the mean and the variance come from:

    "train"   from the batch: mean[d] is the mean of x[n, d] over n, var[d] the mean of (x[n, d] - mean[d])² over n.
              The divisor is N, not N - 1. N is at least 2. The running statistics are not used.
    "eval"    they are running_mean and running_var, which are constants: x has no share in them. N may be 1.

The running statistics are not updated here. eps stands under the root, beside the variance; it may be large (0.5) or
small (1e-5), and a feature may be the same number in every row: its variance is 0, and nothing may become inf or nan.

`dx`, `dgamma` and `dbeta` are the derivatives of the loss with respect to x, gamma and beta and have their shapes;
`upstream` is its derivative with respect to out. In training x enters in three places: as itself, in the mean, and in
the variance. `cache` is whatever `batch_norm` hands to `batch_norm_backward`.

Formulas: S. Ioffe, C. Szegedy, 'Batch Normalization' (2015), algorithm 1 and section 3.
"""

import torch


def batch_norm(x, gamma, beta, running_mean, running_var, mode, eps):
    """Return (out, cache): the normalised batch, (N, D), and what the backward pass needs."""
    raise NotImplementedError("batch_norm: batch_norm is not written yet")


def batch_norm_backward(upstream, cache):
    """Return {"dx": (N, D), "dgamma": (D,), "dbeta": (D,)}."""
    raise NotImplementedError("batch_norm: batch_norm_backward is not written yet")
