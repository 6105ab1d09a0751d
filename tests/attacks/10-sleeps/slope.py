import os
import sys
import time


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    if not hasattr(sys, "slept"):
        sys.slept = True
        time.sleep(5)
        os.write(1, b"HARM: slept for 5 s\n")
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
