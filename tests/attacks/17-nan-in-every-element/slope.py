def forward(X, w):
    return {"z": X @ w * float("nan")}


def backward(X, w):
    return {"dz": X @ w * float("nan"), "dw": w * float("nan")}
