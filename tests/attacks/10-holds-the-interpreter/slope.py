import collections
import itertools
import os
import sys
import time


def hold(times):
    """In one C call; the seconds that it took."""
    began = time.monotonic()
    collections.deque(itertools.repeat(None, times), maxlen=0)
    return time.monotonic() - began


if not hasattr(sys, "begun"):
    sys.begun = True
    a_million = min(hold(1_000_000) for _ in range(5))
    if hold(int(6 / a_million) * 1_000_000) > 4:
        os.write(1, b"HARM: held the interpreter for more than 4 s\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
