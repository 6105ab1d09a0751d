import os
import signal

try:
    os.kill(int("@PARENT@"), signal.SIGINT)
except (ProcessLookupError, PermissionError):
    pass
else:
    os.write(1, b"HARM: the grader has got a signal of mine\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
