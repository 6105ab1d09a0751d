"""What an ``nbgrader_config.py`` needs for `nbgrader autograde`, and formgrader's button, to run this grader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "configure", "modules_of"]

RESULTS = "results"
"""The folder of a course in which records are kept, by `autograder grade` and by `nbgrader autograde` alike."""


def configure(c: Any, course: str | Path = ".") -> None:
    """Let nbgrader grade the assignments of a course folder with this grader, and all others as it always has.

    ``c`` is the configuration object of an ``nbgrader_config.py``. Sanitizing and grading are replaced for assignments that are
    in ``solutions/``; modules that students write are kept from being overwritten by the blank ones. Late penalties,
    and whatever else is configured, stay as they are.
    """
    folder = Path(course).resolve()
    kept = {path.name: modules_of(path) for path in sorted((folder / "solutions").glob("*")) if path.is_dir()}
    c.Autograde.exclude_overwriting.update({name: modules for name, modules in kept.items() if modules})
    c.Autograde.sanitize_preprocessors = ["autograder.gradebook.preprocess.Restore"]
    c.Autograde.autograde_preprocessors = [
        "autograder.gradebook.preprocess.Grade",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.exporter_class = "autograder.gradebook.preprocess.SubmissionExporter"
    c.Restore.course = c.Grade.course = c.SubmissionExporter.course = str(folder)


def modules_of(solutions: Path) -> list[str]:
    """The files that students write of an assignment: one for each of its solution files."""
    return sorted(path.name for path in solutions.glob("*.py") if not path.name.startswith("_"))
