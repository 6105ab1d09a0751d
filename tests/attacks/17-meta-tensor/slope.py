import torch


def forward(X, w):
    return {"z": torch.empty(len(X), dtype=torch.float64, device="meta")}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
