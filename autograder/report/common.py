"""What the terminal and HTML share."""

from __future__ import annotations

from autograder.results import ExerciseResult, Status

__all__ = ["SIGN", "WRONG", "echoes"]

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
