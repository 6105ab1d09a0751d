from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "<img src=x onerror=alert(1)>.py").symlink_to("slope.py")
