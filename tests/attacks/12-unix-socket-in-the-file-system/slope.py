import contextlib
import os
import socket

with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as service:
    service.connect("@SOCKET@")
    os.write(1, b"HARM: connected to a unix socket\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
