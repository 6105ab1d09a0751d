"""The cells of a submitted notebook: put right, and filled with what the grader found.

Whatever a student's notebook is, the graded one has every cell of the handout that carries points exactly once, in its order, with
its locked text. What else the student wrote stays as it is; of old output only what cannot run in a browser.
"""

from __future__ import annotations

import copy
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.report.html import feedback_html
from autograder.results import ExerciseResult, SubmissionResult
from autograder.submission import Submission
from autograder.text import clean
from autograder.walkthrough import notebook_name

__all__ = ["ADDED", "answers", "fill", "read_notebook", "restore"]

SAFE = ("text/plain", "image/png", "image/jpeg")
"""Output that nothing in a browser runs."""

LONGEST = 10_000
"""Characters of a text output that are kept."""

ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")

ADDED = "*This cell was not in what you handed in: it was added back.*"


def read_notebook(submission: Submission) -> tuple[NotebookNode | None, str]:
    """The notebook of a submission, or None and why there is none."""
    name = notebook_name(submission.assignment)
    content = submission.files.get(name)
    if content is None:
        why = submission.refused.get(name)
        return None, f"The notebook was not read: it is {why}." if why else "The notebook was not handed in."
    try:
        told = json.loads(content)
        _set_ids(told["cells"])  # or the library does, by chance
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(json.dumps(told), as_version=4)
        cells = list(notebook.cells)
        for cell in cells:
            cell.source, cell.metadata, cell.cell_type  # noqa: B018 - they must be there
    except Exception as error:  # a student's file: whatever stands in it
        return None, f"The notebook cannot be read ({type(error).__name__}): {clean(str(error), 200)}"
    return notebook, ""


def restore(submitted: NotebookNode | None, handout: NotebookNode, note: str = "") -> NotebookNode:
    """The submitted notebook with the handout's own cells in order, each once; the handout itself where there is none.

    A cell of the handout is known by its name. Of two with one name the first counts; a second one, and any name that the
    handout does not have, is no graded cell. Locked cells get their text back. What is missing is added in its place.
    """
    wanted = {_name(cell): cell for cell in handout.cells if _name(cell)}
    found: dict[str, NotebookNode] = {}
    cells: list[NotebookNode] = []
    for cell in submitted.cells if submitted is not None else copy.deepcopy(handout.cells):
        name = _name(cell)
        if name in wanted and name not in found:
            cell = found[name] = _put_right(cell, wanted[name])
        else:
            cell = _plain(cell)
        cells.append(cell)
    place = 0
    for name, original in wanted.items():
        if name in found:
            place = cells.index(found[name]) + 1
            continue
        cells.insert(place, _put_right(None, original))
        place += 1
    if note:
        cells.insert(0, nbformat.v4.new_markdown_cell(f"**{note}**", id="note"))
    notebook = copy.deepcopy(handout)
    notebook.cells = cells
    _set_ids(cells)
    return notebook


def answers(notebook: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the handout's cells by name, in a notebook as an object or as the JSON of its file."""
    return {_name(cell): "".join(cell["source"]) for cell in notebook["cells"] if _name(cell)}


def fill(notebook: NotebookNode, result: SubmissionResult) -> None:
    """Write into every graded cell what was found: a table, and the score as a plain number."""
    by_name = {exercise.exercise: exercise for exercise in result.exercises}
    for cell in notebook.cells:
        exercise = by_name.get(_name(cell))
        if exercise is not None and cell.cell_type == "code":
            cell.execution_count = 1
            cell.outputs = _outputs(exercise, result)


def _outputs(exercise: ExerciseResult, result: SubmissionResult) -> list[NotebookNode]:
    html = feedback_html(exercise, result.notes)
    said = "no score yet" if exercise.score is None else f"{exercise.score:g} of {exercise.points:g} points"
    shown = _output("display_data", {"text/html": html, "text/plain": f"{exercise.exercise}: {said}"})
    if exercise.score is None:
        return [shown]
    number = _output("execute_result", {"text/plain": repr(float(exercise.score))}, execution_count=1)
    return [shown, number]


def _name(cell: Mapping[str, Any]) -> str:
    """The name by which a cell of the handout is known; empty for others."""
    metadata = cell.get("metadata")
    known = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    name = known.get("grade_id") if isinstance(known, Mapping) else None
    return name if isinstance(name, str) else ""


def _put_right(cell: NotebookNode | None, original: NotebookNode) -> NotebookNode:
    """A cell of the handout with what the student wrote into it, where that is for the student to write."""
    fixed = copy.deepcopy(original)
    known = original.metadata["nbgrader"]
    if cell is None:
        if known.get("solution"):
            fixed.source = f"{original.source}\n\n{ADDED}"
    elif not known.get("locked"):
        fixed.source = str(cell.source)
    if fixed.cell_type == "code":
        fixed.outputs, fixed.execution_count = [], None
    return fixed


def _plain(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own: no graded cell, and with harmless output only."""
    kind = cell.cell_type if cell.cell_type in ("code", "markdown") else "raw"
    if kind != "code":
        return NotebookNode(cell_type=kind, id=cell.get("id"), metadata=NotebookNode(), source=str(cell.source))
    outputs = [one for one in map(_harmless, _list(cell.get("outputs"))) if one is not None]
    return NotebookNode(
        cell_type="code", id=cell.get("id"), metadata=_tags(cell), source=str(cell.source), outputs=outputs,
        execution_count=None,
    )  # fmt: skip


def _tags(cell: NotebookNode) -> NotebookNode:
    tags = cell.metadata.get("tags") if isinstance(cell.metadata, Mapping) else None
    named = [tag for tag in _list(tags) if isinstance(tag, str)]
    return NotebookNode({"tags": named} if named else {})


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _harmless(output: Any) -> NotebookNode | None:
    """What is left of an output: text and pictures."""
    if not isinstance(output, Mapping):
        return None
    if output.get("output_type") == "stream":
        # Nothing to stderr: nbgrader takes that for a failure.
        return _output("stream", name="stdout", text=_text(output.get("text")))
    data = output.get("data")
    kept = {kind: _text(data[kind]) for kind in SAFE if kind in data} if isinstance(data, Mapping) else {}
    return _output("display_data", kept) if kept else None


def _set_ids(cells: Sequence[dict[str, Any]]) -> None:
    """Give each cell an id of its own, where what it has is none."""
    taken: set[str] = set()
    for number, cell in enumerate(cells):
        known = cell.get("id")
        if not isinstance(known, str) or not ID.fullmatch(known) or known in taken:
            cell["id"] = f"cell-{number}"
        taken.add(cell["id"])


def _output(kind: str, *data: Any, **known: Any) -> NotebookNode:
    output: NotebookNode = nbformat.v4.new_output(kind, *data, **known)
    return output


def _text(value: Any) -> str:
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if text.isascii() and len(text) > LONGEST and " " not in text[:200] else text[:LONGEST]
