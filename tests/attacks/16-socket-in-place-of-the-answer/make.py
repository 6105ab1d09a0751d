import os
import socket
from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    before = Path.cwd()
    os.chdir(folder)  # the whole path may be longer than a socket's address
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("slope.py")
    os.chdir(before)
