import contextlib
import os
import tempfile

if not os.environ.get("TRIED"):
    os.environ["TRIED"] = "1"
    for folder in (tempfile.gettempdir(), os.getcwd()):
        with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            for _ in range(64):
                file.write(b"x" * (1 << 20))
            if os.fstat(file.fileno()).st_size >= 32 << 20:
                os.write(1, b"HARM: wrote a file of more than 32 MiB\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
