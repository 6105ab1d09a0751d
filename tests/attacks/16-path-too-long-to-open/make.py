import os
from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    before = Path.cwd()
    os.chdir(folder)
    for _ in range(30):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    Path("deep.py").touch()
    os.chdir(before)
