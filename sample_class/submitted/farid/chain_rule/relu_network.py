import torch


def backward(x, y, W1, b1, W2, b2, W3, b3):
    z2 = torch.matmul(W1, x) + b1
    h2 = z2.clamp(min=0)
    z3 = torch.matmul(W2, h2) + b2
    h3 = z3.clamp(min=0)
    out = 1 / (1 + torch.exp(-(torch.matmul(W3, h3) + b3)))
    g = {}
    g["dz"] = g["db3"] = out - y
    g["dW3"] = g["dz"].unsqueeze(1) * h3
    g["dh3"] = torch.matmul(g["dz"], W3)
    g["dz3"] = g["db2"] = torch.where(z3 > 0, g["dh3"], torch.zeros_like(g["dh3"]))
    g["dW2"] = g["dz3"].unsqueeze(1) * h2
    g["dh2"] = torch.matmul(g["dz3"], W2)
    g["dz2"] = g["db1"] = torch.where(z2 > 0, g["dh2"], torch.zeros_like(g["dh2"]))
    g["dW1"] = g["dz2"].unsqueeze(1) * x
    g["dx"] = torch.matmul(g["dz2"], W1)
    return g
