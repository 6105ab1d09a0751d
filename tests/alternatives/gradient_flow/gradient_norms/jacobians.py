"""One Jacobian matrix of each layer and example; the gradients are products of them."""

import torch


def step(A, W, activation):
    """The next activation (N, d), and f'(Z) for each of its entries."""
    Z = torch.einsum("ni,ij->nj", A, W)
    if activation == "relu":
        on = Z > 0
        return torch.where(on, Z, 0.0), on.to(Z.dtype)
    if activation == "tanh":
        return torch.tanh(Z), 1 / torch.cosh(Z) ** 2
    return torch.sigmoid(Z), torch.sigmoid(Z) * torch.sigmoid(-Z)


def run(X, weights, activation):
    layers, slopes = [X], []
    for l in range(weights.shape[0]):
        A, slope = step(layers[l], weights[l], activation)
        layers.append(A)
        slopes.append(slope)
    return layers, slopes


def forward(X, weights, activation):
    return run(X, weights, activation)[0]


def backward(X, weights, upstream, activation):
    layers, slopes = run(X, weights, activation)
    N, d = X.shape
    # after[n, i, j]: derivative of entry j of the last activation with respect to entry i of this one
    after = torch.eye(d, dtype=X.dtype).repeat(N, 1, 1)
    dweights = []
    for A, slope, W in zip(layers[-2::-1], slopes[::-1], weights.flip(0)):
        dZ = torch.einsum("ni,nij,nj->ni", slope, after, upstream)
        dweights.append(torch.einsum("ni,nj->ij", A, dZ))
        after = torch.einsum("ik,nk,nkj->nij", W, slope, after)
    return {
        "dweights": torch.stack(dweights[::-1]),
        "dX": torch.einsum("nij,nj->ni", after, upstream),
    }


def log10_gradient_norms(dweights):
    return torch.log10(dweights.flatten(start_dim=1).norm(dim=1))
