"""Two loops, as in the lecture."""

import numpy as np


def svm_loss(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            margin = x[n, j] - x[n, y[n]] + 1
            if j != y[n] and margin > 0:
                loss += margin
                dx[n, j] += 1
                dx[n, y[n]] -= 1
    return loss / len(x), dx / len(x)
