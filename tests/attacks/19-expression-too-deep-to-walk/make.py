from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.py").write_text("x = " + "+".join(["1"] * 200_000) + "\n")
