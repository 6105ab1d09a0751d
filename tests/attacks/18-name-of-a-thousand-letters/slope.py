def forward(X, w):
    raise type("A" * 100_000, (Exception,), {})


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
