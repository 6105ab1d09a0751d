"""RMS normalisation: layer normalisation without the mean, as in most language models of today.

x has its features along the last axis, and one or two axes in front of it: it is (N, D) or (B, T, D). Each row of D
features is divided by its root mean square, and scaled by gamma, which is learned, one number for each feature. There is
no mean to subtract and no shift to add. For a row x[d]:

    out[d] = gamma[d] * xhat[d]        xhat[d] = x[d] / sqrt(ms + eps)        ms = mean over d of x[d]²

Shapes: x, out, upstream (N, D) or (B, T, D); gamma (D,); eps is a positive number and stands under the root. A row of
zeros is an ordinary input: nothing may become inf or nan. D may be 1.

`dx` and `dgamma` are the derivatives of the loss with respect to x and gamma and have their shapes; `upstream` is its
derivative with respect to out. Every feature of a row enters the row's mean square. `cache` is whatever `rms_norm` hands
to `rms_norm_backward`.

Formulas: B. Zhang, R. Sennrich, 'Root Mean Square Layer Normalization' (2019), section 3.
"""

import torch


def rms_norm(x, gamma, eps):
    """Return (out, cache): out has the shape of x."""
    raise NotImplementedError("rms_norm: rms_norm is not written yet")


def rms_norm_backward(upstream, cache):
    """Return {"dx": the shape of x, "dgamma": (D,)}."""
    raise NotImplementedError("rms_norm: rms_norm_backward is not written yet")
