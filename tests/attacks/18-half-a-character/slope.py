def forward(X, w):
    raise ValueError("half of \ud83d, and \udfff")


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
