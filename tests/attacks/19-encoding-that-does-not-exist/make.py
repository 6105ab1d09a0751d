from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.py").write_text("# coding: wishful\nx = 1\n")
