from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.py").mkdir()
    (folder / "slope.py" / "__init__.py").write_text("")
