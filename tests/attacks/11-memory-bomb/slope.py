import os

MIB = 1 << 20


def forward(X, w):
    pieces = []
    for _ in range(24):
        pieces.append(b"x" * (64 * MIB))
    os.write(1, b"HARM: filled 1.5 GiB of memory\n")
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
