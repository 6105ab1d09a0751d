import sys


def forward(X, w):
    sys.seen = [*getattr(sys, "seen", []), X.tolist()]
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
