import ctypes
import os

ADD_KEY, KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
PROCESS_KEYRING, REVOKE = -2, 3

libc = ctypes.CDLL(None)
key = libc.syscall(ADD_KEY, b"user", b"answers", b"0.25", 4, PROCESS_KEYRING)
if key > 0:
    os.write(1, b"HARM: has a key in the kernel\n")
    libc.syscall(KEYCTL, REVOKE, key)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
