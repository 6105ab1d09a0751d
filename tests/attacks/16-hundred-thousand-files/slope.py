import os
from pathlib import Path

folder = Path(__file__).parent / "data"
if folder.is_dir() and len(os.listdir(folder)) > 20_000:
    os.write(1, b"HARM: all its files were copied\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
