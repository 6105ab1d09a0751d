def forward(X, w):
    raise ValueError("<script>alert('message')</script>")


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
