def forward(X, w):
    X.zero_()
    w.zero_()
    return {"z": X.sum(1)}


def backward(X, w):
    X.zero_()
    w.zero_()
    return {"dz": X.sum(1), "dw": w}
