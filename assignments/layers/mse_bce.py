"""Squared error, as a sum and as a mean, and the binary cross-entropy of probabilities, forward and backward.

Each example has M outputs, and all N · M elements count alike:

    mse_sum:   loss = sum over n and m of (y_hat - t)²
    mse_mean:  loss = mean over n and m of (y_hat - t)²
    bce:       loss = mean over n and m of -(y log p + (1 - y) log(1 - p))

Shapes: all of y_hat, t, p and y are (N, M), also for M = 1; a loss is a scalar. There is no factor 1/2, and every mean
is over all N · M elements. t and y are given (targets; labels, each exactly 0 or 1); y_hat and p are predictions. The
logarithm is the natural one. Cross-entropy has a minus sign, so that it is never negative and training makes it
smaller.

`upstream` is a scalar here: the derivative of what is computed last with respect to this loss (1 if the loss is the
last, another number if it is one of several that are weighted). The backward functions return the derivative of what
is computed last with respect to the prediction, (N, M).

p lies between 0 and 1 and is neither exactly, but may be as near to 0 as 1e-10 and as near to 1 as 1e-7, on the right
side or on the wrong one. The formulas are fine there. What is added or cut off for safety (log(p + 1e-8),
p.clamp(0.001)) is wrong there, and the grader sees it.

The gradients are graded as dy_hat_sum, dy_hat_mean and dp_bce.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 5.5 and 6.2; the walkthrough derives them.
"""

import torch


def mse_sum(y_hat, t):
    """Return (loss, cache): a scalar, and whatever `mse_sum_backward` will need."""
    raise NotImplementedError("mse_bce: mse_sum is not written yet")


def mse_sum_backward(upstream, cache):
    """Return {"dy_hat": (N, M)}."""
    raise NotImplementedError("mse_bce: mse_sum_backward is not written yet")


def mse_mean(y_hat, t):
    """Return (loss, cache): a scalar, and whatever `mse_mean_backward` will need."""
    raise NotImplementedError("mse_bce: mse_mean is not written yet")


def mse_mean_backward(upstream, cache):
    """Return {"dy_hat": (N, M)}."""
    raise NotImplementedError("mse_bce: mse_mean_backward is not written yet")


def bce(p, y):
    """Return (loss, cache): a scalar, and whatever `bce_backward` will need."""
    raise NotImplementedError("mse_bce: bce is not written yet")


def bce_backward(upstream, cache):
    """Return {"dp": (N, M)}."""
    raise NotImplementedError("mse_bce: bce_backward is not written yet")
