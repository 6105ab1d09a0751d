import ctypes
import os
import signal

CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    child = ctypes.CDLL(None).syscall(CLONE, int(signal.SIGCHLD), 0, 0, 0, 0)
    if child == 0:
        os._exit(42)
    if child > 0 and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42:
        os.write(1, b"HARM: has a child of its own\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
