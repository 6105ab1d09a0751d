import torch


def forward(X, w):
    return {"z": torch.zeros(0, 1)}


def backward(X, w):
    return {"dz": torch.zeros(0, 1), "dw": torch.zeros(0, 1)}
