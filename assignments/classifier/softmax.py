"""Softmax along a given axis, and the way back through it for any upstream gradient.

Along the axis `dim` of z, for each fixed position on the other axes,

    p[i] = exp(z[i]) / sum over k of exp(z[k])

Shapes: z, its softmax p and `upstream` all have the same shape, with one axis or several. `dim` is a whole number and
counts as in PyTorch: 0 is the first axis, -1 the last. Probabilities along `dim` sum to 1: with dim=1 those of each row
of a matrix, with dim=0 those of each column.

`upstream` is the derivative of some loss with respect to p; the loss itself does not matter here. `dz` is the
derivative of that loss with respect to z. Each p[i] depends on all z[k] on its line:

    ∂p[i] / ∂z[k] = p[i] ([i = k] - p[k])        where [i = k] is 1 if i = k, else 0

Where the axis has length 1, p is 1 and dz is 0. Logits of 1000 and of -1000 are ordinary inputs, also side by side in
one tensor: no result may be inf or nan. (exp(1000) is inf in float64; softmax does not change when the same number is
added to all logits of a line.)

Write everything with exp, max and sums: no `torch.softmax`, no `torch.nn.functional`.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 4.1 and 6.2.2.3.
"""

import torch


def softmax(z, dim):
    """Return (p, cache): the probabilities, of z's shape, and whatever `softmax_backward` needs."""
    raise NotImplementedError("softmax: softmax is not written yet")


def softmax_backward(upstream, cache):
    """Return {"dz": z's shape}. No Jacobian needs to be stored: multiply it with `upstream` on paper first."""
    raise NotImplementedError("softmax: softmax_backward is not written yet")
