import zipfile
from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    with zipfile.ZipFile(folder / "data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(200):
            archive.writestr(str(number), bytes(1_000_000))
