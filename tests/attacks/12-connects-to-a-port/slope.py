import contextlib
import os
import socket

with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int("@PORT@")), timeout=1):
    os.write(1, b"HARM: connected to a port\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
