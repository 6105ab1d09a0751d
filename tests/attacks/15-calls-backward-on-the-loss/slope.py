import torch


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    w = w.clone().requires_grad_()
    z = X @ w
    z.retain_grad()
    loss = (z**2).mean()
    loss.backward()
    return {"dz": z.grad, "dw": w.grad}
