import contextlib
import os
import tempfile

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    with contextlib.suppress(OSError), tempfile.TemporaryFile() as file:
        file.truncate(32 << 30)
        os.write(1, b"HARM: has a file of 32 GiB\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
