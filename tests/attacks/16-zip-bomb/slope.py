import contextlib
import os
import tempfile
import zipfile
from pathlib import Path

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    with contextlib.suppress(OSError), tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(Path(__file__).parent / "data.zip").extractall(folder)
        os.write(1, b"HARM: unpacked 200 MB\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
