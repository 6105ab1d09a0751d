import contextlib
import os
import shutil
import tempfile

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    with contextlib.suppress(OSError):
        folder = tempfile.mkdtemp()
        try:
            for number in range(100):
                with open(f"{folder}/{number}", "wb", buffering=0) as file:
                    if file.write(b"x" * (3 << 20)) < 3 << 20:
                        break
            else:
                os.write(1, b"HARM: wrote 300 MiB in a hundred files\n")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
