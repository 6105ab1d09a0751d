import os
from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    os.mknod(os.fsencode(folder) + b"/notes-\xff\xfe.py")
