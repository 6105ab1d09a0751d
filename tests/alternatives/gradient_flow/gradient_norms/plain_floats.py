import math

import torch


def sigmoid(z):
    if z < 0:
        return math.exp(z) / (1 + math.exp(z))
    return 1 / (1 + math.exp(-z))


FUNCTIONS = {
    "sigmoid": (sigmoid, lambda a: a * (1 - a)),
    "tanh": (math.tanh, lambda a: 1 - a * a),
    "relu": (lambda z: max(z, 0.0), lambda a: 1.0 if a > 0 else 0.0),
}


def forward(X, weights, activation):
    f, _ = FUNCTIONS[activation]
    layers = [X.tolist()]
    for W in weights.tolist():
        columns = list(zip(*W))
        layers.append([[f(sum(a * w for a, w in zip(row, column))) for column in columns] for row in layers[-1]])
    return [torch.tensor(A, dtype=X.dtype) for A in layers]


def backward(X, weights, upstream, activation):
    _, slope = FUNCTIONS[activation]
    layers = [A.tolist() for A in forward(X, weights, activation)]
    d = X.shape[1]
    dA = upstream.tolist()
    dweights = []
    for W, below, above in reversed(list(zip(weights.tolist(), layers, layers[1:]))):
        dW = [[0.0] * d for _ in range(d)]
        next_dA = []
        for g_row, a_in, a_out in zip(dA, below, above):
            dz = [g * slope(a) for g, a in zip(g_row, a_out)]
            for i in range(d):
                for j in range(d):
                    dW[i][j] += a_in[i] * dz[j]
            next_dA.append([sum(w * g for w, g in zip(row, dz)) for row in W])
        dweights.insert(0, dW)
        dA = next_dA
    return {"dweights": torch.tensor(dweights, dtype=X.dtype), "dX": torch.tensor(dA, dtype=X.dtype)}


def log10_gradient_norms(dweights):
    return torch.tensor([math.log10(math.hypot(*dW.flatten().tolist())) for dW in dweights], dtype=dweights.dtype)
