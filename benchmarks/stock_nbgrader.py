"""An exercise of the course as stock nbgrader has it: the other side of the comparison.

The course is made with nbgrader's own commands: one notebook, the exercise's functions in a solution cell, a locked cell that runs them, and one graded cell for each part that compares with stored values in
every trial that `autograder.trials.Exam` has, public, purity and hidden. Each trial runs once and serves all parts, and
the stored values lie in files, so that nothing is slower than a careful instructor would write it.

What this notebook does less than the grader: a part has its points or has not, without tiers; tolerances are those of
`torch.allclose`; the student's code is loaded once, not for each trial; nothing is isolated.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader_course import SECRET, Course

from autograder.course import Loaded
from autograder.trials import Exam

__all__ = ["StockCourse"]

PUBLIC, HIDDEN = "public.pt", "hidden.pt"
ANSWER = "answer"
"""The solution cell."""

SETUP = '''
from functools import cache

import torch


def entries(found, names):
    return [found[name] for name in names]


def copied(value):
    return value.clone() if torch.is_tensor(value) else value


@cache
def stored(file):
    """The trials of a file, and inputs and expected values by case."""
    return torch.load(file)


def given(file, case, variant="plain"):
    """Fresh copies of a case's inputs, not contiguous in memory for 'strided'."""

    def laid_out(value):
        if variant == "strided" and torch.is_tensor(value) and value.ndim == 1:
            return value.repeat_interleave(2)[::2]
        if variant == "strided" and torch.is_tensor(value) and value.ndim > 1:
            return value.mT.contiguous().mT
        return copied(value)

    return {name: laid_out(value) for name, value in stored(file)["inputs"][case].items()}


def play(inputs, values):
    """Run the calls one at a time and put what they give into values, an exception where a call fails."""
    names = {**globals(), **inputs}
    for call, gives in CALLS:
        try:
            exec(call, names)
            values.update({name: torch.as_tensor(names[name]).detach().clone() for name in gives})
        except Exception as error:
            values.update(dict.fromkeys(gives, error))
        yield


@cache
def answers(file, number):
    """What the functions give in a trial, and whether its inputs came back as they were."""
    case, variant, other = stored(file)["trials"][number]
    for _ in range(2 if variant == "again" else 1):
        inputs, values = given(file, case, variant), {}
        plays = [play(inputs, values)]
        if variant == "interleaved":
            plays.append(play(given(file, other), {}))
        for _ in zip(*plays):
            pass
    before = stored(file)["inputs"][case]
    unchanged = all(torch.equal(inputs[name], value) for name, value in before.items() if torch.is_tensor(value))
    return values, unchanged


def check(part, file):
    """Compare a part with its expected values in all trials of a file."""
    for number, (case, variant, _) in enumerate(stored(file)["trials"]):
        values, unchanged = answers(file, number)
        actual, expected = values.get(part), stored(file)["expected"][case][part]
        where = f"in '{case}' ({variant})"
        assert isinstance(actual, torch.Tensor), f"{part} has no value {where}: {actual!r}"
        assert actual.shape == expected.shape, f"{part} has shape {tuple(actual.shape)} {where}"
        assert torch.allclose(actual.double(), expected.double()), f"{part} is wrong {where}"
        assert unchanged, f"the inputs are not what they were {where}"
'''

GRADED = """
# {part}
check("{part}", "{public}")
### BEGIN HIDDEN TESTS
check("{part}", "{hidden}")
### END HIDDEN TESTS
"""


class StockCourse(Course):
    """A course that nbgrader grades as it always does: a kernel for each submission runs the notebook."""

    def __init__(self, root: Path, loaded: Loaded) -> None:
        if loaded.exercise.arrays != "torch" or loaded.data:
            raise ValueError(f"{loaded.name}: only exercises on tensors, without data files, have a stock notebook")
        super().__init__(root, loaded)
        self.exam = Exam(loaded, SECRET)

    def generate(self) -> None:
        """Write the source and let nbgrader make the release version."""
        source = self.root / "source" / self.assignment
        source.mkdir(parents=True)
        nbformat.write(self._notebook(), source / f"{self.loaded.name}.ipynb")
        for file, hidden in ((PUBLIC, False), (HIDDEN, True)):
            torch.save(self._stored(hidden=hidden), source / file)
        self.run("nbgrader", "generate_assignment", self.assignment)
        # nbgrader copies every file to the release; autograde brings those of the source back beside each submission.
        (self.root / "release" / self.assignment / HIDDEN).unlink()

    def answer(self, folder: Path, text: str) -> None:
        """In the notebook's solution cell."""
        path = folder / f"{self.loaded.name}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        (cell,) = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == ANSWER)
        if "raise NotImplementedError" not in cell.source:
            raise RuntimeError(f"{path}: the released notebook has no blank to fill in")
        cell.source = text
        nbformat.write(notebook, path)

    def _notebook(self) -> nbformat.NotebookNode:
        """The instructor's version of the notebook."""
        loaded = self.loaded
        cells = [
            new_markdown_cell(ast.get_docstring(ast.parse(loaded.source.answer)) or loaded.name),
            _cell(ANSWER, loaded.source.answer, solution=True),
            _cell("setup", f"CALLS = {_calls(loaded)!r}\n{SETUP}", locked=True),
        ]
        for part, points in loaded.exercise.points.items():
            tests = GRADED.format(part=part, public=PUBLIC, hidden=HIDDEN)
            cells.append(_cell(part, tests, grade=True, locked=True, points=points))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        return new_notebook(cells=cells, metadata={"kernelspec": kernel})

    def _stored(self, *, hidden: bool) -> dict[str, Any]:
        """What the graded cells need for the public trials or for the hidden ones."""
        exam = self.exam
        trials = [trial for trial in exam.trials if trial.hidden == hidden]
        cases = {case.name: case for trial in trials for case in (trial.case, trial.other) if case is not None}
        return {
            "trials": [(t.case.name, t.variant, t.other.name if t.other is not None else None) for t in trials],
            "inputs": {case: {name: _storable(value) for name, value in exam.inputs[case].items()} for case in cases},
            "expected": {
                name: {
                    part: torch.as_tensor(np.array(expected.value)) for part, expected in exam.expected(case).items()
                }
                for name, case in cases.items()
            },
        }


def _storable(value: Any) -> Any:
    return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value


def _cell(name: str, source: str, **nbgrader: Any) -> nbformat.NotebookNode:
    """A code cell with nbgrader's metadata."""
    flags = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return new_code_cell(source.strip(), metadata={"nbgrader": {**flags, "grade_id": name, **nbgrader}})


def _calls(loaded: Loaded) -> list[tuple[str, list[str]]]:
    """The exercise's calls as plain Python, each with the parts that it gives.

    An object owns its parameters and may change them in place, so a constructor gets copies, as it does in the grader.
    """
    classes = {node.name for node in ast.parse(loaded.source.answer).body if isinstance(node, ast.ClassDef)}
    calls = []
    for statement in ast.parse(loaded.calls.text).body:
        gives = [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        text = ast.unparse(statement)
        value = statement.value if isinstance(statement, ast.Assign) else None
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            arguments = [ast.unparse(argument) for argument in value.args]
            if value.func.id == "entries":
                text = f"[{', '.join(gives)}] = entries({arguments[0]}, {gives})"
            elif value.func.id in classes:
                text = f"{', '.join(gives)} = {value.func.id}({', '.join(f'copied({a})' for a in arguments)})"
        calls.append((text, [name for name in gives if name in loaded.exercise.parts]))
    return calls
