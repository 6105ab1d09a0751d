"""From a handout to nbgrader's release: the source folder is made, released and proved, and holds no answer at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import Assignment, Loaded
from autograder.errors import CourseError
from autograder.gradebook.book import alembic_on_path, opened, register
from autograder.gradebook.config import modules_of
from autograder.marking import mark_exercise
from autograder.reference import one_thread
from autograder.release import leaks, write_handout
from autograder.sandbox.forking import ForkRunner
from autograder.trials import Exam
from autograder.walkthrough import notebook_name

__all__ = ["CONFIG", "Released", "generate", "load_config", "prove"]

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class Released:
    """Where the student version is, and what the exchange said; empty when it was put there."""

    folder: Path
    exchange: str


def load_config(course: Path) -> Config:
    """The course's nbgrader configuration. Raises CourseError when it cannot be read."""
    try:
        config: Config = PyFileConfigLoader(CONFIG, path=str(course)).load_config()
    except Exception as error:  # it is Python: whatever the instructor has written there
        raise CourseError(
            f"raised {type(error).__name__}: {error}",
            path=course / CONFIG,
            advice="It needs `from autograder.gradebook import configure` and `configure(c, course=...)`: see the README.",
        ) from None
    if "root" not in config.CourseDirectory:
        config.CourseDirectory.root = str(course)
    return config


def generate(course: Path, assignment: Assignment, files: Mapping[str, bytes]) -> Released:
    """Write the source folder, let nbgrader make the student version of it, and put it on the exchange.

    Raises CourseError when the configuration would let blank stubs overwrite what students hand in, a file in the
    source folder is not of the handout, or nbgrader fails, and OutputError when the folder cannot be written.
    """
    config = load_config(course)
    kept = Autograde(config=config).exclude_overwriting.get(assignment.name, [])
    missing = sorted(set(modules_of(assignment.folder)) - set(kept))
    if missing:
        raise CourseError(
            f"c.Autograde.exclude_overwriting lacks {', '.join(missing)} of {assignment.name}: at autograde, blank stubs would "
            "overwrite what students hand in",
            path=course / CONFIG,
            advice="Call `configure(c, course=...)` after the lines that set it.",
        )
    api = NbGraderAPI(config=config)
    source = Path(api.coursedir.format_path(api.coursedir.source_directory, ".", assignment.name))
    _write_source(source, files)
    notebook = nbformat.reads(files[notebook_name(assignment.name)], as_version=4)
    with opened(api.coursedir.db_url, api.coursedir.course_id) as book:
        register(book, assignment.name, assignment.name, notebook)
    with alembic_on_path():
        _succeed(
            api.generate_assignment(assignment.name, force=True), f"nbgrader generate_assignment {assignment.name}"
        )
        release = Path(api.coursedir.format_path(api.coursedir.release_directory, ".", assignment.name))
        told = api.release_assignment(assignment.name)
    return Released(release, "" if told["success"] else _last_line(told))


def prove(assignment: Assignment, release: Path) -> None:
    """Show that a handout gives nothing away, imports, and earns nothing as it is.

    Raises CourseError when it does not.
    """
    files = {p.relative_to(release).as_posix(): p.read_bytes() for p in sorted(release.rglob("*")) if p.is_file()}
    found = leaks(assignment, files)
    if found:
        raise CourseError(f"{found[0].file} gives away {found[0].kind}: {found[0].line!r}", path=release)
    with ForkRunner() as runner, one_thread():
        for loaded in assignment.exercises:
            score = _score_of_stub(loaded, files, runner)
            if score != 0:
                raise CourseError(
                    f"the stub {loaded.module} earns {score} of {loaded.exercise.total} points",
                    path=release,
                    advice="Leave more of the answer blank, or give no points for what stands in the stub.",
                )


def _score_of_stub(loaded: Loaded, files: Mapping[str, bytes], runner: ForkRunner) -> float | None:
    exam = Exam(loaded, secret=None)
    return mark_exercise(exam, runner.run(exam.job(dict(files)))).score


def _write_source(source: Path, files: Mapping[str, bytes]) -> None:
    """The source folder holds the handout and nothing else: whatever lies there goes out to students."""
    _, foreign = write_handout(files, source)
    if foreign:
        raise CourseError(
            f"holds files that are not of the handout, and would go out with it: {', '.join(foreign[:5])}",
            path=source,
            advice="Move them away. What students are to get stands in solutions/.",
        )


def _succeed(told: Mapping[str, Any], what: str) -> None:
    if not told["success"]:
        raise CourseError(f"{what} failed: {_last_line(told)}", advice="Run it by itself to see all that it says.")


def _last_line(told: Mapping[str, Any]) -> str:
    lines = [line for line in (told.get("error") or told.get("log") or "").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
