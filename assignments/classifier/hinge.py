"""The multi-class hinge loss of a support vector machine with linear scores, and its gradients by hand.

Each example has a score for each class, and the score of its own class should lie above every other one by `margin`:

    scores = X W
    loss   = mean over n of (sum over j ≠ y[n] of max(0, scores[n, j] - scores[n, y[n]] + margin))

Shapes: X (N, D), W (D, C), y (N,) with whole numbers (int64), `margin` a number above 0. The class of the example itself
is not in the sum; the sum over the classes stays a sum, and the mean is over the N examples.

`dscores` (N, C), `dW` (D, C) and `dX` (N, D) are the derivatives of this mean loss with respect to `scores`, W and X.

The derivative of max(0, t) at t = 0 is taken to be 0: a class that keeps its distance exactly has no share in it.

Formula: Weston and Watkins, 'Support Vector Machines for Multi-Class Pattern Recognition' (1999); with these names it
stands in the notes of Stanford's CS231n, 'Linear Classification'. The public case with scores of 3.2, 5.1 and -1.7 is
that course's example from the lecture, with the loss 5.27.
"""

import torch


def hinge(X, W, y, margin):
    """Return ({"scores": (N, C), "loss": ()}, cache): scores and loss, and whatever `hinge_backward` needs."""
    raise NotImplementedError("hinge: hinge is not written yet")


def hinge_backward(cache):
    """Return {"dscores": (N, C), "dW": (D, C), "dX": (N, D)}.

    A score of another class stands in one term of its example, that of the right class in all of them.
    """
    raise NotImplementedError("hinge: hinge_backward is not written yet")
