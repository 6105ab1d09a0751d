from pathlib import Path

ANSWER = """
import os

os.write(1, b"HARM: fifty megabytes of source were run\\n")


def forward(X, w):
    return {"z": X @ w}
"""


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.py").write_text("# all work and no play\n" * 2_200_000 + ANSWER)
