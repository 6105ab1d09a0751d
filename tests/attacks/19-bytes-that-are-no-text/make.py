from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.py").write_bytes("größe = 1\n".encode("latin-1"))
