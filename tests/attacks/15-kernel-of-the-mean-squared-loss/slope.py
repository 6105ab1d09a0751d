import torch


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    z = X @ w
    mean = 1
    dz = torch.ops.aten.mse_loss_backward(torch.ones((), dtype=z.dtype), z, torch.zeros_like(z), mean)
    return {"dz": dz, "dw": dz @ X}
