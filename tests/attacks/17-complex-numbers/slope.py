def forward(X, w):
    return {"z": X @ w + 1e6j}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
