"""Batch normalisation with NumPy: a dictionary of parameters, running statistics, and one gradient.

The conventions are those of Stanford's CS231n. Each column of x is a feature, each row an example:

    out[n, d] = gamma[d] · xhat[n, d] + beta[d]        xhat[n, d] = (x[n, d] - mean[d]) / sqrt(var[d] + eps)

Shapes: x, out, dout, dx (N, D); gamma, beta, dgamma, dbeta, mean, var (D,). `dout` is the upstream gradient, the derivative of
the loss with respect to out. All are NumPy arrays. `bn_param` is a dictionary:

    "mode"            "train" or "test"
    "eps"             a number, under the root beside the variance; it may be 0.5, and it may be 1e-5
    "momentum"        how much of the running statistics is kept in one step, 0.75 in the cases
    "running_mean"    (D,), and "running_var", (D,): the running statistics before this step

In training mean and var are those of the batch. The variance is a mean of squares: its divisor is N, not N - 1. N is at least
2, and a feature may be the same number in every row. The running statistics are brought up to date, and put back into
`bn_param` under their names, as new arrays:

    running_mean ← momentum · running_mean + (1 - momentum) · mean          running_var likewise, with the same var

In testing mean and var are the running statistics, which stay as they are. The backward pass is that of training alone.

Graded are `out`, the running statistics afterwards as `mean_after` and `var_after`, the forward pass in testing as `out_test`
(with the running statistics from before), and the gradients.

Formulas: S. Ioffe, C. Szegedy, 'Batch Normalization' (2015), algorithms 1 and 2 and section 3.
"""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    """Return (out, cache), and bring `bn_param` up to date when its mode is "train"."""
    raise NotImplementedError("batchnorm: batchnorm_forward is not written yet")


def batchnorm_backward(dout, cache):
    """Return (dx, dgamma, dbeta), with the cache of a forward pass in training."""
    raise NotImplementedError("batchnorm: batchnorm_backward is not written yet")
