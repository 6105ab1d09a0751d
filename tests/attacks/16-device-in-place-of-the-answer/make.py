import os
import stat
from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    try:
        os.mknod(folder / "slope.py", stat.S_IFCHR | 0o666, os.makedev(240, 0))  # no driver: fails, not endless
    except PermissionError:  # only root may: a link is the nearest thing
        (folder / "slope.py").symlink_to("/dev/tty")
