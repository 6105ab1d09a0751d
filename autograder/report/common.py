"""What the terminal and HTML share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.results import ExerciseResult, PartResult, Status, SubmissionResult
from autograder.text import clean

__all__ = [
    "NOT_ISOLATED",
    "NOT_ISOLATED_MARK",
    "SIGN",
    "WRONG",
    "NotByHand",
    "comes_first",
    "echoes",
    "not_by_hand",
    "not_isolated",
    "printed_lines",
]

PRINTED_LINES = 5

WRONG = "✗"
SIGN: dict[Status, str] = {"correct": "✓", "carried_forward": "↷", "not_attempted": "·", "skipped": "·"}
"""A sign for each status, for who cannot tell the colours; `WRONG` for all others."""

NOT_ISOLATED = "graded without isolation"
NOT_ISOLATED_MARK = "*"
"""Beside the score of who was graded so."""


@dataclass(frozen=True)
class NotByHand:
    """Parts of an exercise that a student computed by means that it rules out.

    ``flagged`` where the course does not take the points for that.
    """

    result: SubmissionResult
    exercise: str
    parts: list[str]
    what: str
    flagged: bool


def not_by_hand(results: Sequence[SubmissionResult]) -> list[NotByHand]:
    """Where something was used that the exercise rules out, in the order of the results, for the instructor alone."""
    found: dict[tuple[str, str, str, str, bool], NotByHand] = {}
    for result in results:
        for exercise in result.exercises:
            for part in exercise.parts:
                if part.forbidden or part.status == "forbidden":
                    what, flagged = part.forbidden or part.message, part.status != "forbidden"
                    key = (result.assignment, result.student, exercise.exercise, what, flagged)
                    found.setdefault(key, NotByHand(result, exercise.exercise, [], what, flagged)).parts.append(
                        part.part
                    )
    return list(found.values())


def not_isolated(result: SubmissionResult) -> str:
    """The mark of a submission that was graded without isolation, with the exercises where it is not all of them."""
    names = [exercise.exercise for exercise in result.exercises if exercise.isolation == "limits"]
    if not names:
        return ""
    return NOT_ISOLATED if len(names) == len(result.exercises) else f"{NOT_ISOLATED}: {', '.join(names)}"


def echoes(result: ExerciseResult) -> dict[str, str]:
    """By part, the earlier part that had the same message, so that it need not be said again."""
    first: dict[tuple[str, str], str] = {}
    found = {}
    for part in result.parts:
        earlier = first.setdefault((part.message, part.next_step), part.part)
        if earlier != part.part:
            found[part.part] = earlier
    return found


def comes_first(result: ExerciseResult) -> PartResult | None:
    """The part to mend first: what has earned nothing is more basic than what lacks an edge case."""
    open_parts = [part for part in result.parts if part.status != "correct"]
    return next((part for part in open_parts if not part.score), next(iter(open_parts), None))


def printed_lines(result: ExerciseResult) -> list[str]:
    """The first few lines that the student's code printed; it ran many times, so each line once."""
    lines = list(dict.fromkeys(clean(line, 100) for line in result.output.splitlines() if line.strip()))
    more = len(lines) - PRINTED_LINES
    return lines if more <= 0 else [*lines[:PRINTED_LINES], f"… and {more} more"]
