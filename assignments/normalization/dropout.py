"""Dropout with a given mask: in training and in evaluation, forward and backward.

In training each element is dropped with probability p, and the others are scaled up, so that the mean of an element over
all masks stays what it was ('inverted dropout', as in PyTorch):

    out = x / (1 - p)    where mask is 1
    out = 0              where mask is 0

In evaluation nothing is dropped and nothing scaled: out = x.

Shapes: x, mask, upstream (N, D) or (B, T, D). `mask` has been drawn already: 1 keeps an element, 0 drops it; what share
of it is 1 is chance. p is the probability of *dropping*, 0 <= p < 1: for p = 0 nothing is dropped, and for p = 0.99 what
is kept counts a hundred times. `mode` is "train" or "eval"; in evaluation the mask is not to be used.

`dx` is the derivative of the loss with respect to x, `upstream` that with respect to out. An x that is 0 and kept has
the gradient of any other x that is kept. `cache` is whatever `dropout` hands to `dropout_backward`.

Formulas: N. Srivastava et al., 'Dropout' (2014), sections 4 and 10 (which scales in evaluation instead of in training).
"""

import torch


def dropout(x, mask, p, mode):
    """Return (out, cache): out has the shape of x."""
    raise NotImplementedError("dropout: dropout is not written yet")


def dropout_backward(upstream, cache):
    """Return {"dx": the shape of x}."""
    raise NotImplementedError("dropout: dropout_backward is not written yet")
