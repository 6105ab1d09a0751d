"""A linear layer, out = X Wᵀ + b, forward and backward, for rows of examples and for sequences of them.

X has any number of axes, the last of which holds the D features of one item. Every item goes through the same layer:

    out[..., m] = sum over d of X[..., d] W[m, d] + b[m]

Shapes: X (N, D) or (N, T, D), W (M, D), b (M,), out (N, M) or (N, T, M). A weight matrix has one row for each output,
as in `torch.nn.functional.linear`.

`upstream` is the gradient that comes from above: the derivative of the loss with respect to `out`, of the shape of
`out`. The loss itself is not known here, and not needed. dX, dW and db are its derivatives with respect to X, W and b,
and have the shapes of X, W and b. An item of X moves its own item of `out` only; W and b move every item of `out`, so
their gradients are sums (not means) over all items, N of them or N · T.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), section 6.5.6; the walkthrough derives them.
"""

import torch


def linear(X, W, b):
    """Return (out, cache): the outputs, (N, M) or (N, T, M), and whatever `linear_backward` will need."""
    raise NotImplementedError("linear: linear is not written yet")


def linear_backward(upstream, cache):
    """Return {"dX": like X, "dW": (M, D), "db": (M,)} from the derivative of the loss with respect to `out`."""
    raise NotImplementedError("linear: linear_backward is not written yet")
