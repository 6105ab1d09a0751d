"""The multi-class hinge loss with NumPy: the loss and its gradient from one function.

The conventions are those of Stanford's CS231n. x holds scores, one row for each example and one column for each class, and y
the right classes. The score of the right class should lie above every other one by 1:

    loss = mean over n of (sum over j ≠ y[n] of max(0, x[n, j] - x[n, y[n]] + 1))

Shapes: x (N, C), y (N,) with whole numbers from 0 to C - 1, loss a number, dx (N, C). The sum over the classes stays a sum;
the mean is over the N examples. dx is the derivative of this loss with respect to x; there is no upstream gradient. x stays
as it is.

The derivative of max(0, t) at t = 0 is taken to be 0: a class that keeps its distance exactly has no share in it.

The gradient is graded as `dscores`.

Formula: Weston and Watkins, 'Support Vector Machines for Multi-Class Pattern Recognition' (1999).
"""

import numpy as np


def svm_loss(x, y):
    """Return (loss, dx): a number, and an array like x."""
    raise NotImplementedError("svm_loss: svm_loss is not written yet")
