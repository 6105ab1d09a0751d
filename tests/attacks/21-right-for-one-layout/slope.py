import torch


def flat(X):
    """The elements in the order in which they lie in memory."""
    return torch.as_strided(X, (X.numel(),), (1,))


def forward(X, w):
    return {"z": flat(X).view(X.shape) @ flat(w)}


def backward(X, w):
    dz = 2 * forward(X, w)["z"] / len(X)
    return {"dz": dz, "dw": flat(X).view(X.shape).T @ dz}
