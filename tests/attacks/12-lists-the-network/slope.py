import contextlib
import os
import socket

with contextlib.suppress(OSError):
    others = [name for _, name in socket.if_nameindex() if name.startswith(("eth", "en", "wl"))]
    if others:
        os.write(1, f"HARM: sees the interface {others[0]}\n".encode())


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
