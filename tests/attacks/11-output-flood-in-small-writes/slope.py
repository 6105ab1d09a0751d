import os

if not os.environ.get("PRINTED"):
    os.environ["PRINTED"] = "1"
    for _ in range(150_000):
        os.write(2, b"\n")
    os.write(2, b"HARM: 150000 lines are kept\n")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
