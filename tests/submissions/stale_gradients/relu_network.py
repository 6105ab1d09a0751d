import torch

grads = {}


def accumulate(name, value):
    if name in grads:
        grads[name] = grads[name] + value
    else:
        grads[name] = value


def backward(x, y, W1, b1, W2, b2, W3, b3):
    z2 = W1 @ x + b1
    h2 = torch.relu(z2)
    z3 = W2 @ h2 + b2
    h3 = torch.relu(z3)
    z = W3 @ h3 + b3
    y_hat = torch.sigmoid(z)

    dz = y_hat - y
    dh3 = W3.T @ dz
    dz3 = dh3 * (z3 > 0)
    dh2 = W2.T @ dz3
    dz2 = dh2 * (z2 > 0)
    accumulate("dz", dz)
    accumulate("dW3", torch.outer(dz, h3))
    accumulate("db3", dz)
    accumulate("dh3", dh3)
    accumulate("dz3", dz3)
    accumulate("dW2", torch.outer(dz3, h2))
    accumulate("db2", dz3)
    accumulate("dh2", dh2)
    accumulate("dz2", dz2)
    accumulate("dW1", torch.outer(dz2, x))
    accumulate("db1", dz2)
    accumulate("dx", W1.T @ dz2)
    return grads
