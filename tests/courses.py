"""Small courses in temporary folders, and the command line run on them as a process of its own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hearth

SECRET = "a secret for tests alone"

SLOPE = '''"""A line through the origin.

    z = X w     loss = mean over n of z_n^2

Shapes: X (N, D), w (D,).
"""

import torch

SCALE = 2


def forward(X, w):
    """Return {"z": (N,)}: the predictions."""
    ### BEGIN SOLUTION
    predictions = X @ w
    return {"z": predictions}
    ### END SOLUTION


def backward(X, w):
    """Return {"dz": (N,), "dw": (D,)}: the gradients of the mean loss."""
    N = X.shape[0]
    ### BEGIN SOLUTION
    upstream_of_z = SCALE * (X @ w) / N
    return {"dz": upstream_of_z, "dw": X.T @ upstream_of_z}
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, X, w):
    z = mark("z", X @ w)
    return (z**2).mean()


def inputs(draw, N, D):
    return {"X": draw.normal(N, D), "w": draw.normal(D)}


def by_hand(draw):
    return {
        "X": torch.tensor([[1.0, 0.0], [0.0, 2.0]], dtype=torch.float64),
        "w": torch.tensor([3.0, 1.0], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=1,
    points={"z": 1, "dz": 2, "dw": 1},
    calls="""
        z, = entries(forward(X, w))
        dz, dw = entries(backward(X, w))
    """,
    inputs=inputs,
    reference=reference,
    public=[
        Case("four rows", N=4, D=3),
        Case("by hand", inputs=by_hand, known={"z": ["3", "2"], "dz": ["3", "2"], "dw": ["3", "4"]}),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("undisclosed heights", N=between(5, 9), D=between(2, 6)),
        Case("a solitary row", tier="edge", N=1, D=between(2, 5)),
    ],
    ### END HIDDEN TESTS
    seconds=60,
)
'''

BEND = '''"""The sigmoid of a column: y = sigmoid(x), loss = the sum of y."""

import torch


def backward(x):
    """Return {"dx": (N,)}."""
    ### BEGIN SOLUTION
    squashed = torch.sigmoid(x)
    return {"dx": squashed * (1 - squashed)}
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, x):
    return torch.sigmoid(x).sum()


EXERCISE = Exercise(
    order=2,
    points={"dx": 3},
    calls="dx, = entries(backward(x))",
    inputs=lambda draw, N: {"x": draw.normal(N)},
    reference=reference,
    public=[
        Case("three", N=3),
        Case("zero", inputs=lambda draw: {"x": torch.zeros(2, dtype=torch.float64)}, known={"dx": ["0.25", "0.25"]}),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[Case("unpublished length", N=between(5, 9))],
    ### END HIDDEN TESTS
)
'''

# One row in every case: nobody can see whether the mean is taken.
WEAK = (
    SLOPE.replace("N=4, D=3", "N=1, D=3")
    .replace("N=between(5, 9)", "N=1")
    .replace("[[1.0, 0.0], [0.0, 2.0]]", "[[1.0, 2.0]]")
    .replace('{"z": ["3", "2"], "dz": ["3", "2"], "dw": ["3", "4"]}', '{"z": ["5"], "dz": ["10"], "dw": ["10", "20"]}')
)

ARC = BEND.replace('points={"dx": 3}', 'points={"dx": 5}')

README = "# Lines\n\nWrite the gradients of two small functions.\n\n<!-- exercises -->\n"

WALKTHROUGH = """# Lines

Two small functions, $z = Xw$.

```python
from autograder import score
```

```python exercise="slope"
score("slope")
```

<!-- #region answer="why-a-mean" points=2.5 -->
Why is there an $N$?

### BEGIN SOLUTION
Because the loss is a mean: a secret of the course.
### END SOLUTION
<!-- #endregion -->

```python exercise="bend"
score("bend")
```

The end.
"""

ANSWERS = {
    "slope": "def forward(X, w):\n    return {'z': X @ w}\n"
    "def backward(X, w):\n    dz = 2 * (X @ w) / len(X)\n    return {'dz': dz, 'dw': X.T @ dz}\n",
    "bend": "import torch\ndef backward(x):\n    y = torch.sigmoid(x)\n    return {'dx': y * (1 - y)}\n",
}
ANSWERS["arc"] = ANSWERS["bend"]

WRONG_SIGN = ANSWERS["slope"].replace("dz = 2", "dz = -2")
BLANK = "def forward(X, w):\n    raise NotImplementedError\ndef backward(X, w):\n    raise NotImplementedError\n"

PARTS = {"lines": [("slope", "z"), ("slope", "dz"), ("slope", "dw"), ("bend", "dx")], "curves": [("arc", "dx")]}


def slow(answer: str, seconds: float) -> str:
    """An answer that takes its time in each run: there are some six runs, each loading the module afresh."""
    return f"import time\ntime.sleep({seconds})\n{answer}"


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams with every run of blanks as one, so that a line break in a long path is no difference."""
        return " ".join((self.out + self.err).split())


def environment(**changes: str | None) -> dict[str, str]:
    """This process's environment without what would change the output, and with the tests' secret."""
    ours = {"FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE", "COLUMNS", "TERM", "GITHUB_ACTIONS"}
    kept: dict[str, str | None] = {name: value for name, value in os.environ.items() if name not in ours}
    kept |= {"AUTOGRADER_SECRET": SECRET, **changes}
    return {name: value for name, value in kept.items() if value is not None}


def command(*arguments: str | Path) -> list[str]:
    """The console script, as installed beside this Python."""
    return [str(Path(sys.executable).with_name("autograder")), *map(str, arguments)]


def run(*arguments: str | Path, cwd: Path, afresh: bool = False, **changes: str | None) -> Done:
    """Run the command line to its end.

    It is a fork of a process that has imported PyTorch already, unless it is to be started ``afresh``, or with something
    else that Python reads when it starts.
    """
    line = command(*arguments)
    if not afresh and sys.platform == "linux" and not any(name.startswith("PYTHON") for name in changes):
        line = hearth.in_a_fork_of(hearth.grader(), *line)
    done = subprocess.run(line, cwd=cwd, env=environment(**changes), capture_output=True, stdin=subprocess.DEVNULL)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True)
class Course:
    """A course folder."""

    root: Path

    @property
    def results(self) -> Path:
        return self.root / "results"

    def exercise(self, assignment: str, name: str, text: str) -> Path:
        return write(self.root / "solutions" / assignment / f"{name}.py", text)

    def submit(self, student: str, assignment: str = "lines", **answers: str | None) -> Path:
        """Hand in right answers to every exercise of an assignment, except as said; None hands in no file."""
        folder = self.root / "submitted" / student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        names = {exercise for exercise, _ in PARTS[assignment]}
        for name, answer in ({name: ANSWERS[name] for name in names} | answers).items():
            if answer is not None:
                write(folder / f"{name}.py", answer)
        return folder

    def run(self, *arguments: str | Path, **changes: str | None) -> Done:
        return run(*arguments, cwd=self.root, **changes)

    def record(self, student: str, assignment: str = "lines") -> dict[str, Any]:
        return json.loads((self.results / assignment / f"{student}.json").read_bytes())

    def scores(self, student: str, assignment: str = "lines") -> dict[str, float | None]:
        """Score by part."""
        return {p["part"]: p["score"] for e in self.record(student, assignment)["exercises"] for p in e["parts"]}

    def statuses(self, student: str, assignment: str = "lines") -> dict[str, str]:
        """Status by part."""
        return {p["part"]: p["status"] for e in self.record(student, assignment)["exercises"] for p in e["parts"]}

    def records(self) -> dict[str, bytes]:
        """Every record's bytes by its path."""
        return {path.relative_to(self.results).as_posix(): path.read_bytes() for path in self.results.glob("*/*.json")}

    def rows(self) -> list[dict[str, str]]:
        """The rows of grades.csv."""
        with (self.results / "grades.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            return list(csv.DictReader(file))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def make_course(root: Path, exercises: Mapping[str, Mapping[str, str]] | None = None) -> Course:
    """A course of two assignments, ``lines`` (slope, bend) and ``curves`` (arc), or of the given ones."""
    course = Course(root)
    if exercises is None:
        exercises = {"lines": {"slope": SLOPE, "bend": BEND}, "curves": {"arc": ARC}}
        write(root / "solutions" / "lines" / "README.md", README)
        write(root / "solutions" / "lines" / "numbers.csv", "1,2\n3,4\n")
    for assignment, texts in exercises.items():
        for name, text in texts.items():
            course.exercise(assignment, name, text)
    return course
