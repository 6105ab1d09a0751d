from pathlib import Path

import json


def make(folder: Path, places: dict[str, str]) -> None:
    cell = {"cell_type": "code", "id": "same", "metadata": {"nbgrader": {"grade_id": "slope"}}, "source": "1;"}
    kernel = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [cell, cell]}
    (folder / "slope.ipynb").write_text(json.dumps(notebook))
