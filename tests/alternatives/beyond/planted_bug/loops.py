import hashlib

import torch


def forward(ids, y, E, W, b):
    X = E[ids]
    Z = X @ W.T + b
    C = Z - Z.mean(dim=1, keepdim=True)
    H = torch.tanh(C)
    P = torch.softmax(H, dim=1)
    loss = -torch.log(P[torch.arange(len(y)), y]).mean()
    return {"X": X, "Z": Z, "C": C, "H": H, "P": P, "loss": loss}


MISTAKE = {"loss": 5, "tanh": 4, "center": 8, "linear": 2, "embedding": 9}


def loss_backward(P, y):
    dH = torch.zeros_like(P)
    for n in range(P.shape[0]):
        for k in range(P.shape[1]):
            dH[n, k] = (P[n, k] - (1 if k == y[n] else 0)) / P.shape[0]
    return {"dH": dH}


def tanh_backward(upstream, C):
    H = torch.tanh(C)
    return {"dC": upstream - upstream * H * H}


def center_backward(upstream):
    dZ = upstream.clone()
    for row in dZ:
        row -= sum(row.tolist()) / len(row)
    return {"dZ": dZ}


def linear_backward(upstream, X, W):
    dX, dW, db = torch.zeros_like(X), torch.zeros_like(W), torch.zeros_like(W[:, 0])
    for g, x, dx in zip(upstream, X, dX):
        dx += W.T @ g
        dW += torch.outer(g, x)
        db += g
    return {"dX": dX, "dW": dW, "db": db}


def embedding_backward(upstream, ids, rows):
    dE = torch.zeros(rows, upstream.shape[1], dtype=upstream.dtype)
    for number, row in zip(ids.tolist(), upstream):
        dE[number] += row
    return {"dE": dE}


def sealed():
    digest = {name: hashlib.sha256(f"{name} {number}".encode()).digest() for name, number in MISTAKE.items()}
    return {
        f"{name}_mistake": None if number is None else int.from_bytes(digest[name][:2], "big") / 65536
        for name, number in MISTAKE.items()
    }
