import os
from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "data").mkdir()
    for number in range(100_000):
        os.mknod(folder / "data" / f"{number}.txt")
