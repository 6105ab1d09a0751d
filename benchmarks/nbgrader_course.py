"""A course of nbgrader in a scratch folder: released, handed in by a class, graded by a command, its scores read back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from autograder.cases import Secret
from autograder.course import Loaded
from autograder.gradebook.book import opened
from autograder.gradebook.release import CONFIG
from autograder.store import Store

__all__ = ["SECRET", "Course", "OurCourse", "PlainCourse", "lay_down_exercise"]

SECRET = Secret(b"benchmark-benchmark", "the benchmark")
COURSE_ID = "benchmark"
STOCK_CONFIG = f"""c = get_config()
c.CourseDirectory.course_id = "{COURSE_ID}"
c.Exchange.root = "exchange"
"""
OUR_CONFIG = f"""{STOCK_CONFIG}
from pathlib import Path
from autograder.gradebook import configure

configure(c, course=Path(__file__).parent)
"""


class Course(ABC):
    """A course whose one assignment is one exercise. ``root`` holds all of it and may be copied."""

    config = STOCK_CONFIG

    def __init__(self, root: Path, loaded: Loaded) -> None:
        self.root = root.resolve()
        self.loaded = loaded
        self.assignment = loaded.assignment

    @abstractmethod
    def generate(self) -> None:
        """Make the release folder, which is what students get, and let the gradebook know of it."""

    @abstractmethod
    def answer(self, folder: Path, text: str) -> None:
        """Put an answer into a released folder, where the student writes it."""

    def release(self) -> Self:
        """Make the course as it is before anybody hands in."""
        self.root.mkdir(parents=True)
        (self.root / CONFIG).write_text(self.config)
        self.generate()
        return self

    def copy(self, root: Path) -> Self:
        """The same course in another folder."""
        shutil.copytree(self.root, root)
        return type(self)(root, self.loaded)

    def hand_in(self, answers: Mapping[str, str | None]) -> None:
        """Let these students hand in, as `nbgrader collect` lays it down: what was released with their answer, None for blank."""
        for student, text in answers.items():
            folder = self.root / "submitted" / student / self.assignment
            shutil.copytree(self.root / "release" / self.assignment, folder)
            (folder / "timestamp.txt").write_text("2026-11-20 12:00:00.000000 UTC")
            if text is not None:
                self.answer(folder, text)

    def run(self, command: str, *arguments: str) -> float:
        """Seconds of a command of this Python's in the course folder. Ends the benchmark when it fails."""
        started = time.perf_counter()
        done = subprocess.run(
            [str(Path(sys.executable).with_name(command)), *arguments],
            cwd=self.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise SystemExit(f"{command} {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return seconds

    def scores(self) -> dict[str, tuple[float, float]]:
        """Score and points by student, from the gradebook, of all whose graded notebook is there as well."""
        graded = {path.parts[-3] for path in self.root.glob(f"autograded/*/{self.assignment}/*.ipynb")}
        with opened(f"sqlite:///{self.root / 'gradebook.db'}", COURSE_ID) as book:
            found = {one.student.id: (one.score, one.max_score) for one in book.assignment_submissions(self.assignment)}
        return {student: score for student, score in found.items() if student in graded}

    def _environment(self) -> dict[str, str]:
        """Nothing of this machine's own Jupyter settings; and nbgrader finds `alembic` by its name."""
        return {
            **os.environ,
            "AUTOGRADER_SECRET": SECRET.key.decode(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "JUPYTER_NO_CONFIG": "1",
            "IPYTHONDIR": str(self.root / "ipython"),
            **{f"JUPYTER_{kind}_DIR": str(self.root / "jupyter" / kind) for kind in ("CONFIG", "DATA", "RUNTIME")},
        }


class OurCourse(Course):
    """A course whose exercises are this grader's, for nbgrader with it and for `autograder grade`."""

    config = OUR_CONFIG

    def generate(self) -> None:
        """As `make release` does. Without a walkthrough the notebook has a cell for each exercise, and nothing else."""
        lay_down_exercise(self.loaded, self.root)
        self.run("autograder", "release", self.assignment)

    def answer(self, folder: Path, text: str) -> None:
        """The module beside the notebook."""
        (folder / self.loaded.module).write_text(text)


class PlainCourse(OurCourse):
    """The same, but by the time of grading none of nbgrader's: no gradebook and no graded notebooks are written."""

    def generate(self) -> None:
        """As it was released, without the configuration."""
        super().generate()
        (self.root / CONFIG).unlink()

    def scores(self) -> dict[str, tuple[float, float]]:
        """Score and points by student, from the records."""
        return {one.student: (one.score, one.points) for one in Store(self.root / "results").read_all()}


def lay_down_exercise(loaded: Loaded, course: Path) -> None:
    """Make a course folder of one exercise, with the data files of its assignment."""
    solutions = course / "solutions" / loaded.assignment
    solutions.mkdir(parents=True)
    for path in loaded.folder.iterdir():
        if path.is_file() and (path.name == loaded.module or path.suffix not in (".py", ".md")):
            shutil.copy(path, solutions)
