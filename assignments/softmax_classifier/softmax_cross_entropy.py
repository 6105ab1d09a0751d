"""Softmax and cross-entropy, with rows to leave out: the loss of almost every classifier, and its gradient by hand.

Each row of z holds the logits of one example, one column for each class; y holds the class numbers:

    p[n, c] = exp(z[n, c]) / sum over k of exp(z[n, k])
    loss    = mean over the rows n that count of -log p[n, y[n]]

Shapes: z (N, C), y (N,) with whole numbers (int64).

A row n counts unless y[n] equals `ignore_index`. The mean is over the rows that count, not over all N. At least one
row counts. `ignore_index` may be any whole number: one that is no class, such as -100 or -1, or one of the classes
(the padding of a text often has a number of its own). A row that does not count has the gradient 0.

`dz` is the derivative of the loss with respect to z and has its shape (N, C), also for N = 1. Logits of 1000 and of
-1000 are ordinary inputs: no result may be inf or nan. (exp(1000) is inf in float64; softmax does not change when the
same number is added to all logits of a row.)

Write everything with exp, log, max and sums: no `torch.softmax`, no `torch.nn.functional`.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 4.1 and 6.2.2.3.
"""

import torch


def softmax(z):
    """Return the probabilities, (N, C): every row is positive and sums to 1."""
    raise NotImplementedError("softmax_cross_entropy: softmax is not written yet")


def cross_entropy(z, y, ignore_index):
    """Return the loss, a scalar: the mean of -log p[n, y[n]] over the rows that count."""
    raise NotImplementedError("softmax_cross_entropy: cross_entropy is not written yet")


def cross_entropy_backward(z, y, ignore_index):
    """Return dz, (N, C): the gradient of `cross_entropy(z, y, ignore_index)`.

    Softmax and logarithm together have a derivative that is much simpler than either: derive it for one row first.
    """
    raise NotImplementedError("softmax_cross_entropy: cross_entropy_backward is not written yet")
