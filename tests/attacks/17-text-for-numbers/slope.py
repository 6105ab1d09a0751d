import numpy as np


def forward(X, w):
    return {"z": np.array(["nan"] * len(X))}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
