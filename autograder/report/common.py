"""What the terminal and HTML share."""

from __future__ import annotations

from autograder.results import ExerciseResult, PartResult, Status
from autograder.text import clean

__all__ = ["SIGN", "WRONG", "comes_first", "echoes", "printed_lines"]

PRINTED_LINES = 5

WRONG = "✗"
SIGN: dict[Status, str] = {"correct": "✓", "carried_forward": "↷", "not_attempted": "·", "skipped": "·"}
"""A sign for each status, for who cannot tell the colours; `WRONG` for all others."""


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
