import contextlib
from pathlib import Path

with contextlib.suppress(OSError):
    print((Path(__file__).parent / "notes.txt").read_text(), flush=True)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
