from pathlib import Path

ANSWER = """
def forward(X, w):
\treturn {"z": X @ w}
\f
def backward(X, w):
\tdz = 2 * (X @ w) / len(X)
\treturn {"dz": dz, "dw": X.T @ dz}
"""


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.py").write_bytes(b"\xef\xbb\xbf" + ANSWER.replace("\n", "\r\n").encode())
