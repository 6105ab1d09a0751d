"""The logarithm of the softmax, in one piece: log-probabilities that never become log(0), and the way back.

Along the axis `dim` of z, for each fixed position on the other axes,

    out[i] = log(exp(z[i]) / sum over k of exp(z[k])) = z[i] - log(sum over k of exp(z[k]))

Shapes: z, out and `upstream` all have the same shape, with one axis or several. `dim` is a whole number and counts as in
PyTorch: 0 is the first axis, -1 the last.

`upstream` is the derivative of some loss with respect to out; the loss itself does not matter here. `dz` is the
derivative of that loss with respect to z. Each out[i] depends on all z[k] on its line. With p = exp(out), the softmax,

    ∂out[i] / ∂z[k] = [i = k] - p[k]        where [i = k] is 1 if i = k, else 0


Logits of 1000 and of -1000 are ordinary inputs, also next to each other along the axis. No result may be inf or nan: the
logarithm of a probability that is 0 in float64 is a number like -2000 here.

Write everything with exp, log, max and sums: no `torch.log_softmax`, no `torch.softmax`, no `torch.logsumexp`.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 4.1 and 6.2.2.3.
"""

import torch


def log_softmax(z, dim):
    """Return (out, cache): the log-probabilities, of z's shape, and whatever `log_softmax_backward` needs."""
    raise NotImplementedError("log_softmax: log_softmax is not written yet")


def log_softmax_backward(upstream, cache):
    """Return {"dz": z's shape}."""
    raise NotImplementedError("log_softmax: log_softmax_backward is not written yet")
