from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.py").write_text("x = 1\n", encoding="utf-16")
