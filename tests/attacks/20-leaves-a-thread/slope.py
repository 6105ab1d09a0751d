import os
import sys
import threading
import time


def haunt():
    while "bend" not in sys.modules:
        time.sleep(0.01)
    os.write(1, b"HARM: a thread lives on in the next exercise\n")


threading.Thread(target=haunt, daemon=True).start()


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
