calls = {"forward": 0, "backward": 0}


def forward(X, w):
    calls["forward"] += 1
    return {"z": X @ w * calls["forward"]}


def backward(X, w):
    calls["backward"] += 1
    dz = 2 * (X @ w) / len(X) * calls["backward"]
    return {"dz": dz, "dw": X.T @ dz}
