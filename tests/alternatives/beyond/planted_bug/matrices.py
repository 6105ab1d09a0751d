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


MISTAKE = dict(embedding=9, loss=5, tanh=4, center=8, linear=2)


def loss_backward(P, y):
    return {"dH": (P - torch.eye(P.shape[1], dtype=P.dtype)[y]).div(len(y))}


def tanh_backward(upstream, C):
    return {"dC": torch.einsum("nk,nk->nk", upstream, (1 - torch.tanh(C)) * (1 + torch.tanh(C)))}


def center_backward(upstream):
    K = upstream.shape[1]
    jacobian = torch.eye(K, dtype=upstream.dtype) - 1 / K
    return {"dZ": upstream @ jacobian}


def linear_backward(upstream, X, W):
    return {
        "dX": torch.einsum("nk,ki->ni", upstream, W),
        "dW": torch.einsum("nk,ni->ki", upstream, X),
        "db": torch.einsum("nk->k", upstream),
    }


def embedding_backward(upstream, ids, rows):
    one_hot = torch.nn.functional.one_hot(ids, rows).to(upstream.dtype)
    return {"dE": one_hot.T @ upstream}


def sealed():
    digest = {name: hashlib.sha256(f"{name} {number}".encode()).digest() for name, number in MISTAKE.items()}
    return {
        f"{name}_mistake": None if number is None else int.from_bytes(digest[name][:2], "big") / 65536
        for name, number in MISTAKE.items()
    }
