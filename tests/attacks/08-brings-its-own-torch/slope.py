def forward(X, w):
    return {"z": 0 * X[:, 0]}


def backward(X, w):
    return {"dz": 0 * X[:, 0], "dw": 0 * w}
