"""Functions for the single pieces; copies of the parameters, changed in place."""

import torch


def forward(x, p):
    h = torch.relu(torch.addmm(p["b1"], x, p["w1"]))
    return h, torch.sigmoid(torch.addmm(p["b2"], h, p["w2"]))


def gradients(x, t, p):
    h, o = forward(x, p)
    delta = (o - t) * 2 * o * (1 - o)
    back = (delta @ p["w2"].T) * (h > 0)
    return {"w1": x.T @ back, "b1": back.sum(0), "w2": h.T @ delta, "b2": delta.sum(0)}


def train(X, y, w1, b1, w2, b2, lr, epochs):
    p = {"w1": w1.clone(), "b1": b1.clone(), "w2": w2.clone(), "b2": b2.clone()}
    Y = y.reshape(-1, 1)
    losses = torch.empty(epochs, dtype=X.dtype)
    for epoch in range(epochs):
        for n in range(X.shape[0]):
            g = gradients(X[n : n + 1], Y[n : n + 1], p)
            for name in p:
                p[name] -= lr * g[name]
        _, o = forward(X, p)
        losses[epoch] = torch.mean((o - Y) ** 2)
    return {**{f"final_{name}": value for name, value in p.items()}, "losses": losses}
