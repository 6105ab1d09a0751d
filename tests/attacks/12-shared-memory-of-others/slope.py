import ctypes

libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p

segment = libc.shmget(int("@SHM@"), 0, 0)
if segment >= 0:
    address = libc.shmat(segment, None, 0o10000)  # SHM_RDONLY
    print(ctypes.string_at(address), flush=True)
    libc.shmdt(ctypes.c_void_p(address))


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
