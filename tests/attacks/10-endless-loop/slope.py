import os
import sys
import time


def forward(X, w):
    sys.begun = getattr(sys, "begun", time.monotonic())
    n = 0
    while time.monotonic() < sys.begun + 5:
        n += 1
    if n:
        os.write(1, b"HARM: computed for 5 s\n")
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
