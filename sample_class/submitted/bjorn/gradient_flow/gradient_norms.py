import torch

ACTIVATIONS = {
    "sigmoid": (torch.sigmoid, lambda a: a - a**2),
    "tanh": (torch.tanh, lambda a: (1 - a) * (1 + a)),
    "relu": (lambda z: z * (z > 0), lambda a: torch.sign(a)),
}


def forward(X, weights, activation):
    f, _ = ACTIVATIONS[activation]
    if len(weights) == 0:
        return [X]
    return [X, *forward(f(torch.einsum("ni,ij->nj", X, weights[0])), weights[1:], activation)]


def backward(X, weights, upstream, activation):
    """The first layer's share, after the rest of the network has said what it hands down."""
    f, slope = ACTIVATIONS[activation]
    if len(weights) == 0:
        return {"dweights": weights, "dX": upstream}
    A = f(torch.einsum("ni,ij->nj", X, weights[0]))
    rest = backward(A, weights[1:], upstream, activation)
    dZ = rest["dX"] * slope(A)
    dW = torch.einsum("ni,nj->ij", X, dZ)
    return {"dweights": torch.cat([dW[None], rest["dweights"]]), "dX": torch.einsum("nj,ij->ni", dZ, weights[0])}


def log10_gradient_norms(dweights):
    return 0.5 * torch.log10(torch.einsum("lij,lij->l", dweights, dweights))
