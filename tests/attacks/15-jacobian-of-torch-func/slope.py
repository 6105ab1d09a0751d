from torch.func import jacrev


def forward(X, w):
    return {"z": X @ w}


def loss_of(z):
    return (z**2).mean()


def backward(X, w):
    return {"dz": jacrev(loss_of)(X @ w), "dw": jacrev(lambda v: loss_of(X @ v))(w)}
