"""What stock ``nbgrader autograde`` needs for an exercise of the course: the other side of the comparison.

    python benchmarks/stock_nbgrader.py [--submissions 8]

The course is a real one, made with nbgrader's own commands in a scratch folder: one notebook, the exercise's functions
in a solution cell, a locked cell that runs them, and one graded cell for each part that compares with stored values in
every trial that `autograder.trials.Exam` has, public, purity and hidden. Each trial runs once and serves all parts, and
the stored values lie in files, so that nothing is slower than a careful instructor would write it. Then one command
grades all submissions, and ``nbgrader export`` reads the scores back from the gradebook.

What this notebook does less than the grader: a part has its points or has not, without tiers; tolerances are those of
`torch.allclose`; the student's code is loaded once, not for each trial; nothing is isolated.
"""

from __future__ import annotations

import argparse
import ast
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.cases import Secret
from autograder.course import Loaded, find_course, load_assignment
from autograder.trials import Exam

SECRET = Secret(b"benchmark-benchmark", "the benchmark")
EXERCISES = (("chain_rule", "mazur"), ("two_layer_network", "two_layer_bce"))
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


@dataclass(frozen=True)
class StockTimes:
    """What stock nbgrader took.

    ``seconds_per_submission`` runs from the line in which nbgrader's log begins a submission to that of the next one,
    the last one's to the end of the command; ``start_up_seconds`` to the first such line. Together they are
    ``total_seconds``. ``alone_seconds`` is the same command over a single submission, in a run before.
    """

    what: str
    command: str
    trials: int
    parts: int
    points: float
    seconds_per_submission: list[float]
    start_up_seconds: float
    total_seconds: float
    alone_seconds: float
    scores: list[float]
    blank_score: float

    @property
    def marginal_seconds(self) -> float:
        """What each further submission costs, by a run over all against a run over one; not a number for one."""
        further = len(self.scores) - 1
        return (self.total_seconds - self.alone_seconds) / further if further else float("nan")


def measure(loaded: Loaded, secret: Secret, submissions: int, scratch: Path) -> StockTimes:
    """Make a course for the exercise in an empty folder, grade that many copies of the model solution, and time it.

    Raises RuntimeError when a command fails, when a copy of the solution does not get full marks, or when the handout
    as it was released gets any: the figures would mean nothing.
    """
    course = Course(scratch, loaded, Exam(loaded, secret))
    course.generate()

    course.hand_in({"blank": None})
    course.autograde()
    blank_score = course.scores()["blank"]
    course.hand_in({"alone": loaded.source.answer})
    alone = course.autograde()
    students = [f"student{number:04}" for number in range(submissions)]
    course.hand_in({student: f"{loaded.source.answer}\n# {student}\n" for student in students})
    started, *begun, ended = course.autograde()

    found = course.scores()
    scores = [found[student] for student in ("alone", *students)]
    points = float(loaded.exercise.total)
    if blank_score != 0 or any(score != points for score in scores) or len(begun) != submissions:
        raise RuntimeError(
            f"{loaded.name}: {len(begun)} of {submissions} graded, the blank one with {blank_score} points, "
            f"the others with {sorted(set(scores))} of {points}"
        )
    return StockTimes(
        what=f"nbgrader {version('nbgrader')}, {loaded.assignment}/{loaded.name}",
        command=f"nbgrader autograde {loaded.assignment}",
        trials=len(course.exam.trials),
        parts=len(loaded.exercise.parts),
        points=points,
        seconds_per_submission=[after - before for before, after in zip(begun, [*begun[1:], ended], strict=True)],
        start_up_seconds=begun[0] - started,
        total_seconds=ended - started,
        alone_seconds=alone[-1] - alone[0],
        scores=scores[1:],
        blank_score=blank_score,
    )


class Course:
    """A stock nbgrader course with one assignment of one notebook."""

    def __init__(self, root: Path, loaded: Loaded, exam: Exam) -> None:
        if loaded.exercise.arrays != "torch" or loaded.data:
            raise ValueError(f"{loaded.name}: only exercises on tensors, without data files, have a stock notebook")
        self.root = root.resolve()
        self.loaded = loaded
        self.exam = exam
        self.released = self.root / "release" / loaded.assignment
        # Nothing of this machine's own Jupyter settings; and nbgrader finds `alembic` by its name.
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "JUPYTER_NO_CONFIG": "1",
            "IPYTHONDIR": str(self.root / "ipython"),
            **{f"JUPYTER_{kind}_DIR": str(self.root / "jupyter" / kind) for kind in ("CONFIG", "DATA", "RUNTIME")},
        }

    def generate(self) -> None:
        """Write the source and let nbgrader make the release version."""
        source = self.root / "source" / self.loaded.assignment
        source.mkdir(parents=True)
        (self.root / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "benchmark"\n')
        nbformat.write(self._notebook(), source / f"{self.loaded.name}.ipynb")
        for file, hidden in ((PUBLIC, False), (HIDDEN, True)):
            torch.save(self._stored(hidden=hidden), source / file)
        self._nbgrader("generate_assignment", self.loaded.assignment)
        # nbgrader copies every file to the release; autograde brings those of the source back beside each submission.
        (self.released / HIDDEN).unlink()

    def hand_in(self, answers: dict[str, str | None]) -> None:
        """Let these students alone hand in: the released folder with their answer, as it was released for None."""
        shutil.rmtree(self.root / "submitted", ignore_errors=True)
        for student, answer in answers.items():
            folder = self.root / "submitted" / student / self.loaded.assignment
            shutil.copytree(self.released, folder)
            path = folder / f"{self.loaded.name}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            (cell,) = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == ANSWER)
            if "raise NotImplementedError" not in cell.source:
                raise RuntimeError(f"{path}: the released notebook has no blank to fill in")
            if answer is not None:
                cell.source = answer
            nbformat.write(notebook, path)

    def autograde(self) -> list[float]:
        """Grade what is handed in: when the command started, began each submission, and ended."""
        return self._nbgrader("autograde", self.loaded.assignment, stamp="Creating/updating student with ID")

    def scores(self) -> dict[str, float]:
        """Scores by student, from the gradebook."""
        path = self.root / "grades.csv"
        self._nbgrader("export", f"--to={path}")
        with path.open(newline="") as file:
            return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}

    def _nbgrader(self, *arguments: str, stamp: str = "") -> list[float]:
        """Run a command of nbgrader: when it started, when it logged each line with the stamp, when it ended."""
        command = [sys.executable, "-m", "nbgrader", *arguments]
        times = [time.perf_counter()]
        log = []
        with subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                log.append(line)
                if stamp and stamp in line:
                    times.append(time.perf_counter())
        times.append(time.perf_counter())
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{''.join(log[-40:])}")
        return times

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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=8)
    count = parser.parse_args().submissions
    for assignment, name in EXERCISES:
        loaded = next(e for e in load_assignment(find_course(), assignment).exercises if e.name == name)
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory() as scratch:
            times = measure(loaded, SECRET, count, Path(scratch))
        each = times.seconds_per_submission
        print(
            f"{times.what}: {times.parts} graded cells, {times.trials} trials, load {load:.1f} before\n"
            f"  {times.command}, {count} submissions: {times.total_seconds:.2f} s, start {times.start_up_seconds:.2f} s, "
            f"then each {statistics.median(each):.2f} s (median; {min(each):.2f} to {max(each):.2f})\n"
            f"  one submission alone {times.alone_seconds:.2f} s, so each further one {times.marginal_seconds:.2f} s\n"
            f"  scores {', '.join(map(str, times.scores))} of {times.points}; blank {times.blank_score}"
        )


if __name__ == "__main__":
    main()
