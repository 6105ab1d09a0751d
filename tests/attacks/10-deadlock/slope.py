import os
import sys
import threading

PATIENCE = 5  # so that a test of an unprotected grader ends


def take(first, second):
    with first:
        both.wait()
        if second.acquire(timeout=PATIENCE):
            second.release()
        else:
            os.write(1, b"HARM: the deadlock held for 5 s\n")


if not hasattr(sys, "locked"):
    sys.locked = True
    one, two, both = threading.Lock(), threading.Lock(), threading.Barrier(2)
    other = threading.Thread(target=take, args=(one, two))
    other.start()
    take(two, one)
    other.join()


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
