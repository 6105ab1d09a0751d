import os

import numpy as np


class Number:
    def __reduce__(self):
        return os.system, ("echo loaded > @OUTSIDE@/loaded",)


def forward(X, w):
    return {"z": np.array([Number() for _ in X], dtype=object)}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
