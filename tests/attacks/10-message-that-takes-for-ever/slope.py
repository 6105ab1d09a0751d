import os
import sys
import time


class Slow(Exception):
    def __str__(self):
        if not hasattr(sys, "told"):
            sys.told = True
            time.sleep(5)
            os.write(1, b"HARM: its message took 5 s\n")
        return "slow"


def forward(X, w):
    raise Slow


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
