"""Everything the package raises on purpose.

    AutograderError                 what to print: the file, what is wrong, what to do next
    ├── CourseError                 the course folder, its configuration or its secret
    ├── ExerciseError               a file in solutions/ is not a usable exercise
    ├── SubmissionError             a submission folder cannot be read
    ├── OutputError                 results cannot be written or read back
    ├── WorkerError                 a grading process died or broke the protocol
    ├── IsolationError              this machine does not give a protection
    └── Interrupted                 Ctrl-C while grading; what is graded by then is kept

A student's mistake is never one of these: it is a status in the result record.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = [
    "AutograderError",
    "CourseError",
    "ExerciseError",
    "Interrupted",
    "IsolationError",
    "OutputError",
    "SubmissionError",
    "WorkerError",
]


class AutograderError(Exception):
    """A message for the person at the keyboard.

    ``path`` is the file or folder concerned, ``problem`` what is wrong with it and ``advice`` the next step.
    """

    def __init__(self, problem: str, *, path: Path | str | None = None, advice: str = "") -> None:
        self.problem = problem
        self.path = Path(path) if path is not None else None
        self.advice = advice
        where = f"{self.path}: " if self.path is not None else ""
        super().__init__(f"{where}{problem}" + (f"\n  {advice}" if advice else ""))

    def __reduce__(self) -> tuple[object, ...]:
        """Errors of the processes that grade are sent to the one that started them."""
        return _rebuilt, (type(self), vars(self))


def _rebuilt(kind: type[AutograderError], state: dict[str, Any]) -> AutograderError:
    error = kind.__new__(kind)
    AutograderError.__init__(error, state["problem"], path=state["path"], advice=state["advice"])
    vars(error).update(state)
    return error


class CourseError(AutograderError):
    """The course folder, its configuration or its secret."""


class ExerciseError(AutograderError):
    """A file in ``solutions/`` is not a usable exercise."""


class SubmissionError(AutograderError):
    """A submission folder cannot be read."""


class OutputError(AutograderError):
    """Results cannot be written or read back."""


class WorkerError(AutograderError):
    """A grading process died or broke the protocol; the student is not to blame."""


class IsolationError(AutograderError):
    """The machine does not give a ``protection``, so that student code would not be isolated."""

    def __init__(self, protection: str, error: str) -> None:
        self.protection = protection
        self.error = error
        super().__init__(
            f"student code cannot be isolated here: {protection}: {error}",
            advice="`autograder doctor` says what is missing and how to get it. To grade all the same, with limits only, "
            "say --isolation=limits: every record and report is then marked 'graded without isolation'.",
        )


class Interrupted(AutograderError):  # noqa: N818 - the user's wish, not an error
    """Ctrl-C while grading; what is graded by then is kept."""
