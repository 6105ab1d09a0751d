import math

import torch


def logistic(t):
    if t >= 0:
        return 1 / (1 + math.exp(-t))
    return math.exp(t) / (1 + math.exp(t))


def forward(x, w1, b1, w2, b2):
    z1 = b1.clone()
    for i in range(w1.shape[0]):
        for j in range(w1.shape[1]):
            z1[j] += x[i] * w1[i, j]
    h = z1.clone()
    h[h < 0] = 0
    z2 = b2.clone()
    for j in range(w2.shape[0]):
        for k in range(w2.shape[1]):
            z2[k] += h[j] * w2[j, k]
    out = torch.tensor([logistic(t) for t in z2.tolist()], dtype=x.dtype)
    return {"z1": z1, "h": h, "z2": z2, "out": out}


def squared_error(out, y):
    return sum((float(a) - float(b)) ** 2 for a, b in zip(out, y, strict=True))


def backward(x, y, w1, b1, w2, b2):
    v = forward(x, w1, b1, w2, b2)
    h, out = v["h"], v["out"]
    dz2, dh, dz1 = torch.zeros_like(b2), torch.zeros_like(b1), torch.zeros_like(b1)
    dw1, dw2 = torch.zeros_like(w1), torch.zeros_like(w2)
    for k in range(len(b2)):
        dz2[k] = -2 * (y[k] - out[k]) * out[k] * (1 - out[k])
        for j in range(len(b1)):
            dw2[j, k] = h[j] * dz2[k]
            dh[j] += w2[j, k] * dz2[k]
    for j in range(len(b1)):
        if v["z1"][j] > 0:
            dz1[j] = dh[j]
        for i in range(len(x)):
            dw1[i, j] = x[i] * dz1[j]
    return {"dz2": dz2, "dw2": dw2, "db2": dz2, "dh": dh, "dz1": dz1, "dw1": dw1, "db1": dz1}


def step(x, y, w1, b1, w2, b2, lr):
    g = backward(x, y, w1, b1, w2, b2)
    moved = {}
    for name, value in {"w1": w1, "b1": b1, "w2": w2, "b2": b2}.items():
        copy = value.clone()
        copy -= lr * g["d" + name]
        moved["new_" + name] = copy
    return moved
