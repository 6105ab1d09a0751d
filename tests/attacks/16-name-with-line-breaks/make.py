import os
from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    for name in ("slope.py\nbend.py", "-rf", "$(touch owned).py", "'; drop table grade; --.py", "C:\\..\\slope.py"):
        os.symlink("slope.py", folder / name)
