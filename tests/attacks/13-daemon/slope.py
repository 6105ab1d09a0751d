import contextlib
import os
import time


def daemon():
    os.setsid()
    if os.fork():
        os._exit(0)
    os.closerange(0, 64)
    time.sleep(2)
    os.close(os.open("@OUTSIDE@/daemon", os.O_CREAT))
    time.sleep(20)
    os._exit(0)


if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    with contextlib.suppress(OSError):
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        else:
            daemon()


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
