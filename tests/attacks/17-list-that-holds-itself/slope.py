LOOP = []
LOOP.append(LOOP)


def forward(X, w):
    return {"z": LOOP}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
