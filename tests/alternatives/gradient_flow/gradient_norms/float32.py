import torch


def forward(X, weights, activation):
    A = X.float()
    result = [A]
    for W in weights.float():
        Z = torch.mm(A, W)
        if activation == "sigmoid":
            A = Z.sigmoid()
        elif activation == "tanh":
            A = Z.tanh()
        else:
            A = Z.clamp(min=0)
        result.append(A)
    return result


def slope(A, activation):
    if activation == "sigmoid":
        return A - A**2
    if activation == "tanh":
        return 1 - A**2
    return torch.sign(A)


def backward(X, weights, upstream, activation):
    As = forward(X, weights, activation)
    g = upstream.float()
    dW = []
    while len(As) > 1:
        g = g * slope(As.pop(), activation)
        dW.append(As[-1].T @ g)
        g = g @ weights[len(As) - 1].float().T
    return {"dweights": torch.stack(dW[::-1]), "dX": g}


def log10_gradient_norms(dweights):
    largest = dweights.abs().amax(dim=(1, 2))
    scaled = dweights / largest[:, None, None]
    return torch.log10(largest) + torch.log10(scaled.square().sum(dim=(1, 2))) / 2
