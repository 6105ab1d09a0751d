"""What the walkthrough notebooks of the assignments call, beside `check`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from autograder.checking import Checked, check

__all__ = ["score", "when_written"]


def score(exercise: str, folder: str | Path | None = None) -> float:
    """Check one exercise, show the table, and give its points on the public cases.

    This is what the graded cells of a walkthrough hold: a plain number is what nbgrader's Validate button reads. The mark
    comes from hidden cases as well, where the exercise has any. A fault of the grader itself has no points, and is raised.
    """
    checked = check(exercise, folder)
    _show(checked)
    (result,) = checked.results
    if result.score is None:
        raise RuntimeError("\n".join(part.instructor or part.message for part in result.parts))
    return float(result.score)


@contextlib.contextmanager
def when_written() -> Iterator[None]:
    """Around a cell that uses what the student writes: until then it says what is not written yet."""
    try:
        yield
    except NotImplementedError as error:
        print(error or "This is not written yet.")  # noqa: T201 - it is what the cell shows


def _show(checked: Checked) -> None:
    """As a table in a notebook, as text elsewhere."""
    try:
        from IPython.display import display
    except ImportError:
        print(checked)  # noqa: T201
    else:
        display(checked)
