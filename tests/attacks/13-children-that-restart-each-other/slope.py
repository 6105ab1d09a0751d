import contextlib
import os
import time


def flee():
    os.setsid()
    os.closerange(0, 64)
    for _ in range(40):
        if os.fork():
            os._exit(0)
        os.setsid()
        time.sleep(0.1)
    os.close(os.open("@OUTSIDE@/fled", os.O_CREAT))
    os._exit(0)


if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    with contextlib.suppress(OSError):
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        else:
            flee()


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
