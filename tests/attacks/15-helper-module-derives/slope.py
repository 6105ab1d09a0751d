from calculus import gradient


def forward(X, w):
    return {"z": X @ w}


def loss_of(z):
    return (z**2).mean()


def backward(X, w):
    return {"dz": gradient(loss_of, X @ w), "dw": gradient(lambda v: loss_of(X @ v), w)}
