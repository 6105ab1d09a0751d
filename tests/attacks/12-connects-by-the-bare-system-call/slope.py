import ctypes
import os
import socket
import struct

SOCKET, CONNECT = {"x86_64": (41, 42), "aarch64": (198, 203)}[os.uname().machine]

libc = ctypes.CDLL(None)
address = (
    struct.pack("=H", socket.AF_INET) + struct.pack(">H", int("@PORT@")) + socket.inet_aton("127.0.0.1") + bytes(8)
)
number = libc.syscall(SOCKET, int(socket.AF_INET), int(socket.SOCK_STREAM), 0)
if number >= 0:
    if libc.syscall(CONNECT, number, address, len(address)) == 0:
        os.write(1, b"HARM: connected to a port\n")
    os.close(number)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
