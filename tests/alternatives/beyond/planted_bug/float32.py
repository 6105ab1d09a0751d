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
    P = P.float()
    return {"dH": (P - torch.nn.functional.one_hot(y, P.shape[1])) / len(y)}


def tanh_backward(upstream, C):
    return {"dC": upstream * (1 - torch.tanh(C.float()) ** 2)}


def center_backward(upstream):
    return {"dZ": upstream - upstream.mean(1, keepdim=True)}


def linear_backward(upstream, X, W):
    return {"dX": upstream @ W.float(), "dW": upstream.T @ X.float(), "db": upstream.sum(0)}


def embedding_backward(upstream, ids, rows):
    return {"dE": torch.zeros(rows, upstream.shape[1]).index_add_(0, ids, upstream)}


def sealed():
    digest = {name: hashlib.sha256(f"{name} {number}".encode()).digest() for name, number in MISTAKE.items()}
    return {
        f"{name}_mistake": None if number is None else int.from_bytes(digest[name][:2], "big") / 65536
        for name, number in MISTAKE.items()
    }
