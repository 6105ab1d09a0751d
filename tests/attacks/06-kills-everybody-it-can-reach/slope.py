import os
import signal

grader = int("@PARENT@")
try:
    os.kill(grader, 0)
except ProcessLookupError:  # in a PID namespace of my own: whoever else lives here
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
except PermissionError:
    pass
else:
    os.write(1, b"HARM: the grader and everybody else would have died\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
