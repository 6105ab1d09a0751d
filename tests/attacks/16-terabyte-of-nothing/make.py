import os
from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "weights.bin").touch()
    os.truncate(folder / "weights.bin", 1 << 40)
