"""Layer normalisation with NumPy: every example by its own mean and variance.

The conventions are those of Stanford's CS231n. Each row of x is an example with D features:

    out[n, d] = gamma[d] · xhat[n, d] + beta[d]        xhat[n, d] = (x[n, d] - mean[n]) / sqrt(var[n] + eps)

where mean[n] is the mean of the D features of example n, and var[n] the mean of their squares (x[n, d] - mean[n])². So there is
no difference between training and testing, and nothing is kept from one batch for the next.

Shapes: x, out, dout, dx (N, D); gamma, beta, dgamma, dbeta (D,): still one for each feature. `ln_param` is a dictionary, of
which "eps" is needed. `dout` is the upstream gradient, the derivative of the loss with respect to out. N may be 1, D is at
least 2, and an example may have the same number in every feature: nothing may become inf or nan.

Formulas: J. L. Ba, J. R. Kiros, G. E. Hinton, 'Layer Normalization' (2016), section 3.
"""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    """Return (out, cache): out (N, D), and whatever `layernorm_backward` needs."""
    ### BEGIN SOLUTION
    centred = x - np.mean(x, axis=1, keepdims=True)
    inv = 1 / np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + ln_param["eps"])
    xhat = centred * inv
    return gamma * xhat + beta, (xhat, inv, gamma)
    ### END SOLUTION


def layernorm_backward(dout, cache):
    """Return (dx, dgamma, dbeta)."""
    ### BEGIN SOLUTION
    xhat, inv, gamma = cache
    dxhat = dout * gamma
    by_mean = np.mean(dxhat, axis=1, keepdims=True)
    by_var = xhat * np.mean(dxhat * xhat, axis=1, keepdims=True)
    return (dxhat - by_mean - by_var) * inv, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF normalization/layer_norm
from dataclasses import replace

EXERCISE = replace(
    EXERCISE,
    order=6,
    hours=1.0,
    builds_on=("batchnorm",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        out, cache = layernorm_forward(x, gamma, beta, {"eps": eps})
        dx, dgamma, dbeta = layernorm_backward(upstream, cache)
    """,
    public=[case for case in EXERCISE.public if "T" not in case.sizes],
    ### BEGIN HIDDEN TESTS
    hidden=[case for case in EXERCISE.hidden if "T" not in case.sizes],
    ### END HIDDEN TESTS
)
