"""Softmax and cross-entropy with NumPy: the loss and its gradient from one function.

The conventions are those of Stanford's CS231n. x holds scores, one row for each example and one column for each class, and y
the right classes:

    p[n, c] = exp(x[n, c]) / sum over k of exp(x[n, k])
    loss    = mean over n of -log p[n, y[n]]

Shapes: x (N, C), y (N,) with whole numbers from 0 to C - 1, loss a number, dx (N, C). dx is the derivative of the loss with
respect to x; there is no upstream gradient, for the loss is the end. The mean is over all N examples. x stays as it is.

Scores of 1000 and of -1000 are ordinary inputs: no result may be inf or nan. (Softmax does not change when the same number is
added to all scores of a row.)

The scores are called z in the cases, the gradient is graded as `dz`.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 4.1 and 6.2.2.3.
"""

import numpy as np


def softmax_loss(x, y):
    """Return (loss, dx): a number, and an array like x."""
    ### BEGIN SOLUTION
    shifted = x - np.max(x, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    right = np.eye(x.shape[1])[y]
    return -np.mean(np.sum(right * log_p, axis=1)), (np.exp(log_p) - right) / log_p.shape[0]
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF softmax_classifier/softmax_cross_entropy
from dataclasses import replace

# Here every row counts.
EXERCISE = replace(
    EXERCISE,
    order=3,
    builds_on=("affine",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    points={"loss": 2, "dz": 4},
    calls="loss, dz = softmax_loss(z, y)",
    public=[case for case in EXERCISE.public if "ignored" not in case.sizes],
    ### BEGIN HIDDEN TESTS
    hidden=[case for case in EXERCISE.hidden if "ignored" not in case.sizes],
    ### END HIDDEN TESTS
)
