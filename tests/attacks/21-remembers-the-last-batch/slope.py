last = {}


def forward(X, w):
    last["X"], last["z"] = X, X @ w
    return {"z": last["z"]}


def backward(X, w):
    dz = 2 * last["z"] / len(last["X"])
    return {"dz": dz, "dw": last["X"].T @ dz}
