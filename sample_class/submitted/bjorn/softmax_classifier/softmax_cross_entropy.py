import math

import torch


def softmax(z):
    p = torch.empty_like(z)
    for n, row in enumerate(z.tolist()):
        top = max(row)
        powers = [math.exp(a - top) for a in row]
        whole = math.fsum(powers)
        for c, e in enumerate(powers):
            p[n, c] = e / whole
    return p


def _counts(y, ignore_index):
    return [n for n, label in enumerate(y.tolist()) if label != ignore_index]


def cross_entropy(z, y, ignore_index):
    rows = _counts(y, ignore_index)
    losses = []
    for n in rows:
        row = z[n].tolist()
        top = max(row)
        losses.append(top - row[int(y[n])] + math.log(math.fsum(math.exp(a - top) for a in row)))
    return math.fsum(losses) / len(rows)


def cross_entropy_backward(z, y, ignore_index):
    """Row by row through the whole Jacobian of softmax: J[k, c] = p_c (delta_kc - p_k), upstream -1/p_y at y.

    The product of the two is p - e_y, which is what stands here: 1/p_y may be infinite.
    """
    rows = _counts(y, ignore_index)
    p = softmax(z)
    weight = z.new_zeros(len(z))
    weight[rows] = 1 / len(rows)
    identity = torch.eye(z.shape[1], dtype=z.dtype)
    safe = torch.where(weight > 0, y, torch.zeros_like(y))
    return torch.einsum("n,nc->nc", weight, p - torch.einsum("nk,kc->nc", identity[safe], identity))
