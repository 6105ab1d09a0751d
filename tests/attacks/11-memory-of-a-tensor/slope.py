import os

import torch


def forward(X, w):
    big = torch.ones(16_384, 1, dtype=torch.float64) + torch.ones(1, 16_384, dtype=torch.float64)
    if big[-1, -1] == 2:
        os.write(1, b"HARM: filled 2 GiB with one tensor\n")
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
