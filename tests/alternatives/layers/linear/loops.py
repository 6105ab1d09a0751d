"""One item at a time, each with its outer product."""

import torch


def linear(X, W, b):
    out = torch.zeros(*X.shape[:-1], len(b), dtype=X.dtype)
    for place in torch.cartesian_prod(*(torch.arange(n) for n in X.shape[:-1])).reshape(-1, X.ndim - 1).tolist():
        for m in range(len(b)):
            out[(*place, m)] = sum(X[tuple(place)] * W[m]) + b[m]
    return out, (X, W, b)


def linear_backward(upstream, cache):
    X, W, b = cache
    dX, dW, db = torch.zeros_like(X), torch.zeros_like(W), torch.zeros_like(b)
    for place in torch.cartesian_prod(*(torch.arange(n) for n in X.shape[:-1])).reshape(-1, X.ndim - 1).tolist():
        g, x = upstream[tuple(place)], X[tuple(place)]
        dX[tuple(place)] = W.T @ g
        dW += torch.outer(g, x)
        db += g
    return {"dX": dX, "dW": dW, "db": db}
