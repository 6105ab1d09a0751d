import math

import torch


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def neuron(x, y, w, b):
    z = float(b)
    for one, weight in zip(x.tolist(), w.tolist()):
        z += one * weight
    a = sigmoid(z)
    loss = (a - float(y)) ** 2
    values = {name: torch.tensor(v, dtype=torch.float64) for name, v in {"z": z, "a": a, "loss": loss}.items()}
    return values, (x.tolist(), float(y), w.tolist(), z)


def neuron_backward(cache):
    x, y, w, z = cache
    a = sigmoid(z)
    da = 2 * (a - y)
    dz = da * a * sigmoid(-z)
    gradients = {"da": da, "dz": dz, "dw": [dz * one for one in x], "db": dz, "dx": [dz * one for one in w]}
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in gradients.items()}
