"""The walkthrough of an assignment: ``solutions/<assignment>/walkthrough.md`` in, a notebook for students out.

It is text (jupytext's Markdown): paragraphs become cells of text, blocks of Python become cells of code. Two kinds of cell are
graded, and get the metadata that nbgrader knows them by:

* a block ```` ```python exercise="mazur" ````: a locked cell with the exercise's points, which checks the student's module;
* a region ``<!-- #region answer="name" points=3 -->``: what is asked, and a cell that the student writes and a person grades. What
  stands between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` in it is the model answer, which stays in the course.

An assignment without a walkthrough gets a notebook of its exercises alone: nbgrader needs one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.course import SOLUTION, Assignment
from autograder.errors import ExerciseError
from autograder.text import number

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["BLANK", "NOTEBOOK_SUFFIX", "SCHEMA", "SOURCE", "notebook_name", "walkthrough"]

SOURCE = "walkthrough.md"
NOTEBOOK_SUFFIX = ".ipynb"
SCHEMA = 3
"""The version of nbgrader's cell metadata."""

NAME = re.compile(r"[a-zA-Z0-9_-]+")
BLANK = "YOUR ANSWER HERE"
"""As nbgrader writes it into a cell for an answer when it releases a notebook."""
IMPORTS = "from autograder import score"


def notebook_name(assignment: str) -> str:
    """The file name of an assignment's notebook; without its ending it is the notebook's name in nbgrader."""
    return f"{assignment}{NOTEBOOK_SUFFIX}"


def walkthrough(assignment: Assignment) -> bytes:
    """The student's notebook of an assignment, as a file. The same text gives the same bytes.

    Raises ExerciseError when the text cannot be read, names an exercise that is not there, or leaves one out.
    """
    import nbformat

    path = assignment.folder / SOURCE
    cells: list[NotebookNode] = []
    for cell in _cells_of(path, assignment):
        cells += _built(cell, assignment, path)
    _check(cells, assignment, path)
    for place, cell in enumerate(cells):
        key = cell.metadata.get("nbgrader", {}).get("grade_id", f"{place} {cell.source}")
        cell["id"] = hashlib.sha256(f"{assignment.name} {key}".encode()).hexdigest()[:8]
    notebook = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.validate(notebook)
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode()


def _cells_of(path: Path, assignment: Assignment) -> list[NotebookNode]:
    import jupytext

    try:
        text = path.read_text(encoding="utf-8") if path.exists() else _plain(assignment)
        notebook = jupytext.reads(text, fmt="md")
    except Exception as error:  # whatever a reader of Markdown may stumble over
        raise ExerciseError(f"cannot be read: {error}", path=path, advice="It must be Markdown in UTF-8.") from None
    return list(notebook.cells)


def _plain(assignment: Assignment) -> str:
    """The text of an assignment that has none."""
    blocks = [f'```python exercise="{one.name}"\nscore("{one.name}")\n```' for one in assignment.exercises]
    return "\n\n".join([f"# {assignment.name}", f"```python\n{IMPORTS}\n```", *blocks])


def _built(cell: NotebookNode, assignment: Assignment, path: Path) -> Iterator[NotebookNode]:
    from nbformat import v4

    if "exercise" in cell.metadata:
        name = str(cell.metadata["exercise"])
        found = [one for one in assignment.exercises if one.name == name]
        if not found:
            there = ", ".join(one.name for one in assignment.exercises)
            raise ExerciseError(f"there is no exercise '{name}'", path=path, advice=f"There are: {there}.")
        points = found[0].exercise.total
        head = f"# {name}: {number(points)} points. Write your answer in {name}.py, save it, then run this cell."
        source = f"{head}\n{cell.source.strip()}"
        yield v4.new_code_cell(source, metadata=_metadata(name, "code", points=float(points), grade=True))
    elif "answer" in cell.metadata:
        name, points = str(cell.metadata["answer"]), cell.metadata.get("points")
        if not NAME.fullmatch(name) or not isinstance(points, (int, float)) or not points > 0:
            raise ExerciseError(
                f"the answer {name!r} needs a name of letters, digits, _ and -, and points above 0",
                path=path,
                advice='For instance: <!-- #region answer="chain-rule" points=3 -->',
            )
        question = _without_model_answer(cell.source, path, name)
        yield v4.new_markdown_cell(question, metadata=_metadata(f"{name}-question", "markdown", locked=True))
        yield v4.new_markdown_cell(
            BLANK, metadata=_metadata(name, "markdown", points=float(points), grade=True, solution=True)
        )
    elif cell.cell_type == "code":
        yield v4.new_code_cell(cell.source)
    elif cell.source.strip():
        yield v4.new_markdown_cell(cell.source)


def _metadata(
    name: str, cell_type: str, *, points: float | None = None, grade: bool = False, solution: bool = False,
    locked: bool | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """What nbgrader knows a cell by. A locked cell's text is restored before it is graded."""
    locked = (grade and not solution) if locked is None else locked
    known: dict[str, Any] = {
        "cell_type": cell_type, "grade": grade, "grade_id": name, "locked": locked, "schema_version": SCHEMA,
        "solution": solution, "task": False,
    }  # fmt: skip
    if points is not None:
        known["points"] = points
    return {"nbgrader": known, **({"deletable": False, "editable": False} if locked else {"deletable": False})}


def _without_model_answer(text: str, path: Path, name: str) -> str:
    begin, end = SOLUTION
    if text.count(begin) > 1 or text.count(begin) != text.count(end):
        raise ExerciseError(f"the answer '{name}' needs one '{begin}' and one '{end}' after it, or neither", path=path)
    before, _, rest = text.partition(begin)
    return (before + rest.partition(end)[2]).strip()


def _check(cells: list[NotebookNode], assignment: Assignment, path: Path) -> None:
    """Every exercise is there once, and no two cells have one name."""
    names = [cell.metadata["nbgrader"]["grade_id"] for cell in cells if "nbgrader" in cell.metadata]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ExerciseError(f"two cells are called {', '.join(map(repr, twice))}", path=path, advice="Rename one.")
    missing = [one.name for one in assignment.exercises if one.name not in names]
    if missing:
        raise ExerciseError(
            f"{', '.join(missing)} has no cell",
            path=path,
            advice=f'Every exercise needs one: a block ```python exercise="{missing[0]}" with score("{missing[0]}") in it.',
        )
