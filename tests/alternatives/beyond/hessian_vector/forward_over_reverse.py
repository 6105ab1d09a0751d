"""Pearlmutter's R operator: a derivative along V of every value and gradient, from the input on."""

import torch


def softmax(Z):
    return torch.exp(Z - torch.logsumexp(Z, dim=1, keepdim=True))


def gradient(X, y, W):
    P = softmax(X @ W.T)
    gZ = P.clone()
    gZ[torch.arange(len(y)), y] -= 1
    gZ /= len(y)
    return {"P": P, "gZ": gZ, "gW": gZ.T @ X}


def hessian_vector(X, y, W, V):
    P = softmax(X @ W.T)
    along_Z = X @ V.T
    along_P = P * along_Z - P * (P * along_Z).sum(dim=1)[:, None]
    along_gZ = along_P / len(y)
    gW = gradient(X, y, W)["gW"]
    return {"s": (V * gW).sum(), "dgZ": along_Z, "dZ": along_gZ, "dW": along_gZ.T @ X}
