from pathlib import Path


def make(folder: Path, places: dict[str, str]) -> None:
    # Written only now: pytest would import a conftest.py that lies among the tests of the grader.
    code = "import os\n\nos.write(1, b'HARM: my conftest.py was imported\\n')\n"
    (folder / "conftest.py").write_text(code)
