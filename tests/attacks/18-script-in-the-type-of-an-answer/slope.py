def forward(X, w):
    return {"z": type("<script>alert('type')</script>", (), {})()}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
