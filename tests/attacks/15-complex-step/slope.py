import numpy as np


def forward(X, w):
    return {"z": X @ w}


def loss_of(z):
    return (z**2).mean()


def gradient(function, point, h=1e-20):
    return np.array([function(point + 1j * h * e).imag / h for e in np.eye(len(point))])


def backward(X, w):
    X, w = np.asarray(X), np.asarray(w)
    return {"dz": gradient(loss_of, X @ w), "dw": gradient(lambda v: loss_of(X @ v), w)}
