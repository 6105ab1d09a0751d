import math

import torch


def sig(t):
    return 1 / (1 + math.exp(-t))


def layer(v, W, b):
    n_out, n_in = W.shape
    values = []
    for j in range(n_out):
        total = b[j].item()
        for i in range(n_in):
            total += W[j, i].item() * v[i].item()
        values.append(sig(total))
    return torch.tensor(values, dtype=v.dtype)


def forward(x, W1, b1, W2, b2):
    h = layer(x, W1, b1)
    out = layer(h, W2, b2)
    return {"h": h, "out": out}


def half_squared_error(out, y):
    total = 0.0
    for k in range(len(y)):
        total = total + 0.5 * (out[k] - y[k]) ** 2
    return total


def backward(x, y, W1, b1, W2, b2):
    f = forward(x, W1, b1, W2, b2)
    h, out = f["h"], f["out"]
    n_h, n_x = W1.shape
    n_y = W2.shape[0]
    g = {
        "dz2": torch.zeros_like(b2),
        "dW2": torch.zeros_like(W2),
        "db2": torch.zeros_like(b2),
        "dz1": torch.zeros_like(b1),
        "dW1": torch.zeros_like(W1),
        "db1": torch.zeros_like(b1),
    }
    for k in range(n_y):
        g["dz2"][k] = (out[k] - y[k]) * (out[k] - out[k] * out[k])
        g["db2"][k] = g["dz2"][k]
        for j in range(n_h):
            g["dW2"][k, j] = g["dz2"][k] * h[j]
    for j in range(n_h):
        dh = 0.0
        for k in range(n_y):
            dh += W2[k, j] * g["dz2"][k]
        g["dz1"][j] = dh * (h[j] - h[j] * h[j])
        g["db1"][j] = g["dz1"][j]
        for i in range(n_x):
            g["dW1"][j, i] = g["dz1"][j] * x[i]
    return g


def step(x, y, W1, b1, W2, b2, lr):
    g = backward(x, y, W1, b1, W2, b2)
    return {
        "new_W1": W1 + (-lr) * g["dW1"],
        "new_b1": b1 + (-lr) * g["db1"],
        "new_W2": W2 + (-lr) * g["dW2"],
        "new_b2": b2 + (-lr) * g["db2"],
    }
