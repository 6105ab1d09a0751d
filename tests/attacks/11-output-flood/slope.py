import os

LINE = b"all work and no play makes jack a dull boy\n"

if not os.environ.get("PRINTED"):
    os.environ["PRINTED"] = "1"
    for _ in range((2 << 20) // len(LINE)):
        os.write(1, LINE)
    os.write(1, b"HARM: more than 2 MiB of output are kept\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
