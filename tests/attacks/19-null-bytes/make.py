from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.py").write_bytes(b"x = 1\n\0\ndef forward(X, w):\n    return {}\n")
