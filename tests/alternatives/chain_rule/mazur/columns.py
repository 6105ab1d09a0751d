"""x, h and the biases as columns, as on the blackboard."""

import torch


def squash(z):
    # logistic function through tanh
    return 0.5 * (torch.tanh(z / 2) + 1)


def forward(x, W1, b1, W2, b2):
    h = squash(W1.mm(x[:, None]) + b1[:, None])
    out = squash(W2.mm(h) + b2[:, None])
    return {"h": h.flatten(), "out": out.flatten()}


def half_squared_error(out, y):
    return 0.5 * torch.linalg.vector_norm(out - y).square()


def backward(x, y, W1, b1, W2, b2):
    values = forward(x, W1, b1, W2, b2)
    h, out = values["h"].unsqueeze(1), values["out"].unsqueeze(1)
    slope = torch.diagflat(out * (1 - out))
    delta2 = slope @ (out - y.unsqueeze(1))
    delta1 = torch.diagflat(h * (1 - h)) @ W2.t() @ delta2
    return {
        "dz2": delta2.flatten(),
        "dW2": torch.einsum("ko,jo->kj", delta2, h),
        "db2": delta2.sum(1),
        "dz1": delta1.flatten(),
        "dW1": torch.einsum("jo,i->ji", delta1, x),
        "db1": delta1.sum(1),
    }


def step(x, y, W1, b1, W2, b2, lr):
    names = ("W1", "b1", "W2", "b2")
    gradients = backward(x, y, W1, b1, W2, b2)
    new = {}
    for name, value in zip(names, (W1, b1, W2, b2), strict=True):
        new["new_" + name] = torch.add(value, gradients["d" + name], alpha=-lr)
    return new
