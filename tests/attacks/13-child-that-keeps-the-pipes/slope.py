import contextlib
import os
import time

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    with contextlib.suppress(OSError):
        if not os.fork():
            os.setsid()
            time.sleep(20)
            os.write(1, b"HARM: a child outlived the run by twenty seconds\n")
            os._exit(0)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
