import math

import torch


def rows(X, W):
    table = []
    for x in X:
        z = [float(w @ x) for w in W]
        powers = [math.exp(one - max(z)) for one in z]
        table.append([one / sum(powers) for one in powers])
    return torch.tensor(table, dtype=X.dtype)


def gradient(X, y, W):
    P = rows(X, W)
    gZ = torch.stack([p - torch.eye(len(W))[label] for p, label in zip(P, y)]) / len(X)
    return {"P": P, "gZ": gZ, "gW": sum(torch.outer(g, x) for g, x in zip(gZ, X))}


def hessian_vector(X, y, W, V):
    first = gradient(X, y, W)
    dgZ = torch.stack([V @ x for x in X])
    dZ = []
    for p, d in zip(first["P"], dgZ):
        jacobian = torch.diag(p) - torch.outer(p, p)
        dZ.append(jacobian @ d / len(X))
    dW = sum(torch.outer(d, x) for d, x in zip(dZ, X))
    return {"s": (first["gW"] * V).sum(), "dgZ": dgZ, "dZ": torch.stack(dZ), "dW": dW}
