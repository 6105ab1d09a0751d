import torch


def backward(x, y, W1, b1, W2, b2, W3, b3):
    z2 = W1 @ x + b1
    h2 = torch.relu(z2)
    z3 = W2 @ h2 + b2
    h3 = torch.relu(z3)
    z = W3 @ h3 + b3
    y_hat = torch.sigmoid(z)

    g = {}
    g["dz"] = y_hat - y
    g["dh3"] = W3.T @ g["dz"]
    g["dz3"] = g["dh3"] * (z3 > 0)
    g["dh2"] = W2.T @ g["dz3"]
    g["dz2"] = g["dh2"] * (z2 > 0)
    g["dx"] = W1.T @ g["dz2"]
    # dL/dw_ij = h_i * dL/dz_j
    g["dW3"] = h3[:, None] * g["dz"][None, :]
    g["dW2"] = h2[:, None] * g["dz3"][None, :]
    g["dW1"] = x[:, None] * g["dz2"][None, :]
    g["db3"] = g["dz"]
    g["db2"] = g["dz3"]
    g["db1"] = g["dz2"]
    return g
