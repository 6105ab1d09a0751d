import os
import signal
import sys
import time

if not hasattr(sys, "begun"):
    sys.begun = time.monotonic()
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while time.monotonic() < sys.begun + 5:
        try:
            while time.monotonic() < sys.begun + 5:
                pass
        except BaseException:
            continue
    os.write(1, b"HARM: nothing could interrupt it for 5 s\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
