import torch


def forward(X, weights, activation):
    f = getattr(torch, activation)
    A = [X.float()]
    for W in weights.float():
        A.append(f(A[-1] @ W))
    return A


def backward(X, weights, upstream, activation):
    weights = weights.float()
    A = forward(X, weights, activation)
    d = upstream.float()
    out = []
    for l in reversed(range(len(weights))):
        a = A[l + 1]
        if activation == "relu":
            d = d * (a > 0)
        elif activation == "tanh":
            d = d * (1 - a * a)
        else:
            d = d * a * (1 - a)
        out.append(A[l].T @ d)
        d = d @ weights[l].T
    return {"dweights": torch.stack(out[::-1]), "dX": d}


def log10_gradient_norms(dweights):
    return torch.log10(dweights.flatten(1).norm(dim=1))
