import torch


def backward(x, y, W1, b1, W2, b2, W3, b3):
    # forward
    z2 = W1 @ x + b1
    h2 = torch.relu(z2)
    z3 = W2 @ h2 + b2
    h3 = torch.relu(z3)
    y_hat = torch.sigmoid(W3 @ h3 + b3)
    # backward
    dz = y_hat - y
    dW3 = torch.outer(dz, h3)
    dh3 = W3.T @ dz
    dz3 = dh3 * (z3 > 0)
    dW2 = torch.outer(dz3, h2)
    dh2 = W2.T @ dz3
    dz2 = dh2 * (z2 > 0)
    dW1 = torch.outer(dz2, x)
    dx = W1.T @ dz2
    return {"dz": dz, "dW3": dW3, "dh3": dh3, "dz3": dz3, "dW2": dW2, "dh2": dh2, "dz2": dz2, "dW1": dW1, "dx": dx}
