import torch


def forward(X, w):
    return {"z": torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
