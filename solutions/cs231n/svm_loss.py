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
    ### BEGIN SOLUTION
    right = np.eye(x.shape[1])[y]
    own = np.sum(right * x, axis=1, keepdims=True)
    excess = np.maximum(x - own + 1, 0) * (1 - right)
    counted = np.where(excess > 0, 1.0, 0.0)
    dx = counted - right * np.sum(counted, axis=1, keepdims=True)
    return np.mean(np.sum(excess, axis=1)), dx / counted.shape[0]
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF classifier/hinge
from dataclasses import replace

# The margin is 1, and the scores are given.
EXERCISE = replace(
    EXERCISE,
    order=4,
    hours=1.0,
    builds_on=("softmax_loss",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    points={"loss": 1, "dscores": 4},
    calls="loss, dscores = svm_loss(X @ W, y)",
    public=[case for case in EXERCISE.public if case.sizes.get("margin", 1.0) == 1.0],
    ### BEGIN HIDDEN TESTS
    hidden=[
        *(case for case in EXERCISE.hidden if case.sizes.get("margin", 1.0) == 1.0),
        Case("more classes", N=between(4, 7), D=between(3, 6), C=between(5, 8)),
    ],
    ### END HIDDEN TESTS
)
