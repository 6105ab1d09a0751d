"""``autograder check`` and ``check()``: a student's own files on the public cases, on any machine, without a network."""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.answers import with_answers_from_elsewhere
from autograder.byhand import find_forbidden
from autograder.course import Loaded, load_exercise
from autograder.errors import CourseError
from autograder.marking import mark_exercise, mark_missing_file
from autograder.reference import one_thread
from autograder.release import CHECKS
from autograder.results import ExerciseResult
from autograder.sandbox.runner import WORKING_COPY, InProcessRunner
from autograder.submission import read_submission
from autograder.trials import Exam
from autograder.walkthrough import notebook_name

__all__ = ["Checked", "check", "stopped_at"]


@dataclass(frozen=True)
class Checked:
    """What the check found. Shown as a table in a notebook, and as text by ``print``.

    ``more_cases`` says whether the mark comes from cases that are not in the handout as well.
    """

    results: list[ExerciseResult]
    more_cases: bool

    @property
    def passed(self) -> bool:
        """Whether every part of every exercise is right on the public cases."""
        return all(part.status == "correct" for result in self.results for part in result.parts)

    def _repr_html_(self) -> str:
        from autograder.report.html import check_html

        return check_html(self.results, self.more_cases)

    def __repr__(self) -> str:
        from autograder.report.terminal import check_text

        return check_text(self.results, self.more_cases)


def check(
    exercise: str | Path | None = None,
    folder: str | Path | None = None,
    *,
    on_start: Callable[[str], None] = lambda _: None,
    on_result: Callable[[ExerciseResult], None] = lambda _: None,
) -> Checked:
    """Check one exercise of a handout, or all of them, on the public cases.

    Parameters
    ----------
    exercise
        A name (``"mazur"``), or a path to a stub or to a handout folder; None for every exercise of the folder.
    folder
        The handout folder, by default the current one.
    on_start
        Called with the name of each exercise before it runs.
    on_result
        Called with the result of each exercise.

    Raises CourseError when there is no handout there or no such exercise in it, naming what there is.

    """
    where = Path(folder) if folder is not None else Path.cwd()
    name = ""
    if exercise is not None:
        path = where / exercise
        if path.is_dir() and not (where / CHECKS / f"{path.name}.py").exists():
            where = path
        else:
            where, name = path.parent, path.name.removesuffix(".py")
    found = _find(where, name)
    runner = InProcessRunner()
    results = []
    wanted = [*(loaded.module for loaded in found), notebook_name(found[0].assignment)]
    submission = read_submission(where.resolve(), "you", found[0].assignment, wanted)
    submission = with_answers_from_elsewhere(submission, found)
    for loaded in found:
        on_start(loaded.name)
        with one_thread():
            exam = Exam(loaded, secret=None)
            if loaded.module in submission.files:
                outcomes = runner.run(exam.job(submission.files))
                means = find_forbidden(submission.files, loaded.module, loaded.calls, loaded.exercise.allowed)
                results.append(mark_exercise(exam, outcomes, means))
            else:
                results.append(mark_missing_file(exam, submission))
        on_result(results[-1])
    return Checked(results, any(loaded.more_cases for loaded in found))


def stopped_at(error: BaseException) -> str:
    """Where in a student's file an interrupted check was: ``line 12 of xor.py, in backward``; empty elsewhere."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent.name.startswith(WORKING_COPY)]
    return f"line {own[-1].lineno} of {Path(own[-1].filename).name}, in {own[-1].name}" if own else ""


def _find(folder: Path, name: str) -> list[Loaded]:
    folder = folder.resolve()
    checks = folder / CHECKS
    names = sorted(path.stem for path in checks.glob("*.py"))
    if not names:
        raise CourseError(
            f"this is not a handout folder: it has no '{CHECKS}' folder with public cases",
            path=folder,
            advice=_where_handouts_are(folder),
        )
    if name and name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean '{close[0]}'? " if close else ""
        raise CourseError(
            f"there is no exercise '{name}' here", path=folder, advice=f"{hint}There are: {', '.join(names)}."
        )
    loaded = [
        load_exercise(checks / f"{one}.py", assignment=folder.name, folder=folder)
        for one in ([name] if name else names)
    ]
    return sorted(loaded, key=lambda one: (one.exercise.order, one.name))


def _where_handouts_are(folder: Path) -> str:
    if folder.name == CHECKS:
        return "Go one folder up: that is where your files are."
    near = sorted(path.parent.name for path in folder.glob(f"*/{CHECKS}") if path.is_dir())
    if near:
        return f"There are handouts in it: {', '.join(near)}. Try `autograder check {near[0]}`."
    return "Run this in the folder that your instructor gave out, or name that folder."
