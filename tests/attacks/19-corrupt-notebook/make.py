from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    (folder / "slope.ipynb").write_text('{"cells": [{"cell_type": "code", "source": ["def forw')
