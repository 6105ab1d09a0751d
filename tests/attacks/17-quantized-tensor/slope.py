import torch


def forward(X, w):
    return {"z": torch.quantize_per_tensor((X @ w).float(), 0.1, 0, torch.qint8)}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
