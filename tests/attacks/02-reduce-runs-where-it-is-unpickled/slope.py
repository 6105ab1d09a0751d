import os

import torch

COMMAND = f"""
import os
if os.getpid() != {os.getpid()}:
    open('@OUTSIDE@/unpickled', 'w').close()
    os.write(1, b'HARM: code of mine ran in the process that read the answer\\n')
"""


class Parcel(torch.Tensor):
    def __reduce_ex__(self, protocol):
        return exec, (COMMAND,)


def forward(X, w):
    return {"z": (X @ w).as_subclass(Parcel)}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz.as_subclass(Parcel), "dw": (X.T @ dz).as_subclass(Parcel)}
