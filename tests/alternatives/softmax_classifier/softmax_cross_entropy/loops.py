from math import exp, log

import torch


def log_sum(row):
    top = max(row)
    return top + log(sum(exp(v - top) for v in row))


def softmax(z):
    table = []
    for row in z.tolist():
        total = log_sum(row)
        table.append([exp(v - total) for v in row])
    return torch.tensor(table, dtype=z.dtype)


def cross_entropy(z, y, ignore_index):
    losses = []
    for row, label in zip(z.tolist(), y.tolist()):
        if label != ignore_index:
            losses.append(log_sum(row) - row[label])
    return sum(losses) / len(losses)


def cross_entropy_backward(z, y, ignore_index):
    labels = y.tolist()
    count = len(labels) - labels.count(ignore_index)
    dz = softmax(z)
    for n, label in enumerate(labels):
        if label == ignore_index:
            dz[n] = 0
            continue
        for c in range(z.shape[1]):
            if c == label:
                dz[n, c] -= 1
            dz[n, c] /= count
    return dz
