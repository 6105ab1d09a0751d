from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "notes.txt").symlink_to(Path(places["HOME"]) / "canary.txt")
