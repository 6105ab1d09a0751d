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
    raise NotImplementedError("layernorm: layernorm_forward is not written yet")


def layernorm_backward(dout, cache):
    """Return (dx, dgamma, dbeta)."""
    raise NotImplementedError("layernorm: layernorm_backward is not written yet")
