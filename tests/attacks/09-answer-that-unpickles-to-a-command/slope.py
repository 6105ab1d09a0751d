import os


class Answer:
    def __reduce__(self):
        return os.system, ("echo loaded > @OUTSIDE@/loaded",)


def forward(X, w):
    return {"z": Answer()}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
