"""einsum, with Z in the cache, and the slope of the tanh as 1 / cosh²."""

import torch


def layer(X, W, b):
    Z = torch.einsum("nk,mk->nm", X, W) + b
    return torch.tanh(Z), (X, W, Z)


def backward(G, cache):
    X, W, Z = cache
    gZ = G / torch.cosh(Z) ** 2
    return {
        "gZ": gZ,
        "gX": torch.einsum("nm,mk->nk", gZ, W),
        "gW": torch.einsum("nm,nk->mk", gZ, X),
        "gb": torch.einsum("nm->m", gZ),
    }


def linear_double_backward(vX, vW, vb, gZ, cache):
    X, W, Z = cache
    rows = torch.einsum("nk,mk->nm", vX, W) + torch.einsum("nk,mk->nm", X, vW) + vb[None, :]
    return {"dgZ": rows, "dXc": torch.einsum("nm,mk->nk", gZ, vW), "dWc": torch.einsum("nm,nk->mk", gZ, vX)}


def tanh_double_backward(dgZ, G, cache):
    Z = cache[2]
    slope = torch.cosh(Z) ** -2
    return {"dG": dgZ * slope, "dZ": dgZ * G * (-2 * torch.tanh(Z) * slope)}


def both_ways(dZ, dXc, dWc, cache):
    X, W, Z = cache
    return {
        "dX": torch.einsum("nm,mk->nk", dZ, W).add(dXc),
        "dW": torch.einsum("nm,nk->mk", dZ, X).add(dWc),
        "db": dZ.sum(0),
    }
