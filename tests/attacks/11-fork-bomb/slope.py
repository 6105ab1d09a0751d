import contextlib
import os
import signal
import time

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    children = []
    with contextlib.suppress(OSError):
        while len(children) < 50:
            children.append(os.fork())
            if not children[-1]:
                time.sleep(2)
                os._exit(0)
    if len(children) == 50:
        os.write(1, b"HARM: fifty processes run\n")
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
