"""Plain Python numbers: for so small a network that is faster than tensors."""

import math

import torch


def train(X, y, w1, b1, w2, b2, lr, epochs):
    rows, labels = X.tolist(), y.tolist()
    W, b, v, c = w1.tolist(), b1.tolist(), [r[0] for r in w2.tolist()], b2.item()
    hidden = range(len(b))

    def predict(row):
        h = []
        for j in hidden:
            z = b[j]
            for i, a in enumerate(row):
                z += a * W[i][j]
            h.append(z if z > 0 else 0.0)
        z = c + sum(v[j] * h[j] for j in hidden)
        return h, 1 / (1 + math.exp(-z))

    losses = []
    for _ in range(epochs):
        for row, label in zip(rows, labels, strict=True):
            h, out = predict(row)
            d = 2 * (out - label) * out * (1 - out)
            back = [v[j] * d if h[j] > 0 else 0.0 for j in hidden]
            c -= lr * d
            for j in hidden:
                v[j] -= lr * d * h[j]
                b[j] -= lr * back[j]
                for i, a in enumerate(row):
                    W[i][j] -= lr * back[j] * a
        losses.append(sum((predict(r)[1] - t) ** 2 for r, t in zip(rows, labels, strict=True)) / len(rows))

    d = X.dtype
    return {
        "final_w1": torch.tensor(W, dtype=d),
        "final_b1": torch.tensor(b, dtype=d),
        "final_w2": torch.tensor(v, dtype=d)[:, None],
        "final_b2": torch.tensor([c], dtype=d),
        "losses": losses,
    }
