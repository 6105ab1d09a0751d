import torch


def backward(x, y, W1, b1, W2, b2, W3, b3):
    x, y, W1, b1, W2, b2, W3, b3 = (t.float() for t in (x, y, W1, b1, W2, b2, W3, b3))
    z2 = W1 @ x + b1
    h2 = torch.maximum(z2, torch.tensor(0.0))
    z3 = W2 @ h2 + b2
    h3 = torch.maximum(z3, torch.tensor(0.0))
    z = W3 @ h3 + b3
    g = {}
    g["dz"] = torch.sigmoid(z) - y
    g["dW3"] = g["dz"][:, None] * h3[None, :]
    g["db3"] = g["dz"]
    g["dh3"] = g["dz"] @ W3
    g["dz3"] = torch.where(h3 > 0, g["dh3"], 0.0)
    g["dW2"] = g["dz3"][:, None] * h2[None, :]
    g["db2"] = g["dz3"]
    g["dh2"] = g["dz3"] @ W2
    g["dz2"] = torch.where(h2 > 0, g["dh2"], 0.0)
    g["dW1"] = g["dz2"][:, None] * x[None, :]
    g["db1"] = g["dz2"]
    g["dx"] = g["dz2"] @ W1
    return g
