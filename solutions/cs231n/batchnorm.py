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
    ### BEGIN SOLUTION
    mean, var = bn_param["running_mean"], bn_param["running_var"]
    if bn_param["mode"] == "train":
        old = bn_param["momentum"]
        bn_param["running_mean"] = old * mean + (1 - old) * np.mean(x, axis=0)
        bn_param["running_var"] = old * var + (1 - old) * np.var(x, axis=0)
        mean, var = np.mean(x, axis=0), np.var(x, axis=0)
    inv = 1 / np.sqrt(var + bn_param["eps"])
    xhat = (x - mean) * inv
    return gamma * xhat + beta, (xhat, inv, gamma)
    ### END SOLUTION


def batchnorm_backward(dout, cache):
    """Return (dx, dgamma, dbeta), with the cache of a forward pass in training."""
    ### BEGIN SOLUTION
    xhat, inv, gamma = cache
    dxhat = dout * gamma
    by_mean = np.mean(dxhat, axis=0)
    by_var = xhat * np.mean(dxhat * xhat, axis=0)
    return (dxhat - by_mean - by_var) * inv, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF normalization/batch_norm
from dataclasses import replace


def outputs(mark, trace, x, gamma, beta, running_mean, running_var, eps):
    # A quarter is new: torch.lerp goes that far from the old statistics to the batch's.
    batch_var, batch_mean = torch.var_mean(x, dim=0, correction=0)
    mark("mean_after", torch.lerp(running_mean, batch_mean, 0.25))
    mark("var_after", torch.lerp(running_var, batch_var, 0.25))
    return {"out_test": torch.batch_norm(x, gamma, beta, running_mean, running_var, False, 0.0, eps, False)}


EXERCISE = replace(
    EXERCISE,
    order=5,
    builds_on=("affine",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    points={"out": 2, "mean_after": 0.5, "var_after": 0.5, "out_test": 1, "dx": 5, "dgamma": 2, "dbeta": 1},
    outputs=outputs,
    # Copies, as a student may bring the running statistics up to date in place.
    calls="""
        train = {"mode": "train", "eps": eps, "momentum": 0.75}
        train = {**train, "running_mean": 1 * running_mean, "running_var": 1 * running_var}
        test = {**train, "mode": "test", "running_mean": 1 * running_mean, "running_var": 1 * running_var}
        out, cache, after = [*batchnorm_forward(x, gamma, beta, train), train]
        mean_after = after["running_mean"]
        var_after = after["running_var"]
        out_test = batchnorm_forward(x, gamma, beta, test)[0]
        dx, dgamma, dbeta = batchnorm_backward(upstream, cache)
    """,
    public=[case for case in EXERCISE.public if case.sizes.get("mode", "train") == "train"],
    ### BEGIN HIDDEN TESTS
    hidden=[case for case in EXERCISE.hidden if case.sizes.get("mode", "train") == "train"],
    ### END HIDDEN TESTS
)
