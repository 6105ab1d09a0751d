"""A course that is run by the real nbgrader, in temporary folders: its configuration, its commands, what its gradebook holds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import hearth
import nbformat
from courses import SECRET, WALKTHROUGH, Course, Done, command, make_course, write
from nbformat import NotebookNode

CONFIG = """from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "lines-and-curves"
c.Exchange.root = {exchange!r}

from autograder.gradebook import configure

configure(c, course=Path(__file__).parent)
"""


@dataclass(frozen=True)
class Row:
    """What the gradebook holds of one graded cell of one submission."""

    auto: float | None
    manual: float | None
    waits: bool
    points: float


@dataclass(frozen=True)
class Term:
    """A course with an exchange. ``place`` holds the course, the exchange and homes.

    If ``warm``, its commands are forks of a process that has nbgrader and PyTorch imported.
    """

    place: Path
    course: Course
    warm: bool = False

    @property
    def root(self) -> Path:
        return self.course.root

    def nbgrader(self, *arguments: str, cwd: Path | None = None, **changes: str) -> Done:
        """Run one of nbgrader's commands in the course folder."""
        line = [str(Path(sys.executable).with_name("nbgrader")), *arguments]
        return self._run(line, cwd or self.root, self.environment(PYTHONWARNINGS="ignore", **changes), self.warm)

    def autograder(self, *arguments: str, afresh: bool = False, **changes: str) -> Done:
        """Run the grader's own command line in the course folder."""
        return self._run(command(*arguments), self.root, self.environment(**changes), self.warm and not afresh)

    def _run(self, line: list[str], folder: Path, known: dict[str, str], warm: bool) -> Done:
        if warm and sys.platform == "linux":
            line = hearth.in_a_fork_of(hearth.nbgrader(), *line)
        done = subprocess.run(line, cwd=folder, env=known, capture_output=True, stdin=subprocess.DEVNULL)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def environment(self, **changes: str) -> dict[str, str]:
        home = self.place / "home"
        known = {
            "AUTOGRADER_SECRET": SECRET, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
            "JUPYTER_DATA_DIR": str(home / "data"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }  # fmt: skip
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "VIRTUAL_ENV") if name in os.environ}
        return {**kept, **known, **changes}

    @property
    def handout(self) -> NotebookNode:
        """The notebook that students were given."""
        return nbformat.read(self.root / "release" / "lines" / "lines.ipynb", as_version=4)

    def submit(
        self, student: str, *, notebook: NotebookNode | bytes | None = None, late: bool = False, **answers: str
    ) -> Path:
        """Lay down a submission as `nbgrader collect` does: a notebook, the handout's by default, and the modules."""
        folder = self.course.submit(student, "lines", **answers)
        shown = self.handout if notebook is None else notebook
        content = shown if isinstance(shown, bytes) else nbformat.writes(shown).encode()
        if content:
            (folder / "lines.ipynb").write_bytes(content)
        write(folder / "timestamp.txt", f"2026-11-{'30' if late else '20'} 12:00:00.000000 UTC")
        return folder

    def rows(self) -> dict[tuple[str, str], Row]:
        """Every graded cell of every submission."""
        with self.book() as book:
            return {
                (submission.student.id, grade.name): Row(
                    grade.auto_score, grade.manual_score, bool(grade.needs_manual_grade), grade.max_score
                )
                for submission in book.assignment_submissions("lines")
                for notebook in submission.notebooks
                for grade in notebook.grades
            }

    def scores(self) -> dict[str, float]:
        """The score of each submission, late penalties taken off."""
        with self.book() as book:
            found = book.assignment_submissions("lines")
            return {one.student.id: one.score - (one.late_submission_penalty or 0.0) for one in found}

    @contextmanager
    def book(self) -> Iterator[object]:
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.root / 'gradebook.db'}", "lines-and-curves") as book:
            yield book

    def graded(self, student: str) -> NotebookNode:
        """The graded notebook of a student."""
        return nbformat.read(self.root / "autograded" / student / "lines" / "lines.ipynb", as_version=4)

    def forget_grades(self) -> None:
        """As before anything was graded."""
        for name in ("autograded", "results"):
            folder = self.root / name
            for path in folder.rglob("*"):
                path.chmod(0o755 if path.is_dir() else 0o644)
            shutil.rmtree(folder, ignore_errors=True)


def make_term(place: Path, config: str = "") -> Term:
    """A course of two small assignments with a walkthrough, and nbgrader's configuration; its commands start warm."""
    (place / "exchange").mkdir(parents=True)
    (place / "exchange").chmod(0o777)
    (place / "home").mkdir()
    term = Term(place, make_course(place / "course"), warm=True)
    write(term.root / "solutions" / "lines" / "walkthrough.md", WALKTHROUGH)
    write(term.root / "nbgrader_config.py", CONFIG.format(exchange=str(place / "exchange")) + config)
    return term
