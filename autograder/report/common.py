"""What the terminal and HTML share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.diagnosis.mistakes import MISTAKES
from autograder.results import ExerciseResult, PartResult, Status, SubmissionResult
from autograder.text import clean

__all__ = [
    "NOT_ISOLATED",
    "NOT_ISOLATED_MARK",
    "SIGN",
    "WRONG",
    "ClassMistake",
    "NotByHand",
    "class_mistakes",
    "comes_first",
    "echoes",
    "explain_command",
    "keeps_points",
    "mistake_of",
    "mistakes_in",
    "next_words",
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


@dataclass(frozen=True)
class ClassMistake:
    """A mistake that some of a class made in an exercise, in the same parts: whose it is, of how many submissions."""

    assignment: str
    exercise: str
    parts: list[str]
    mistake: str
    results: list[SubmissionResult]
    submissions: int

    @property
    def title(self) -> str:
        """What it is called; the bare name where a record is of a grader that knew others."""
        return MISTAKES[self.mistake].title if self.mistake in MISTAKES else self.mistake.replace("_", " ")


def class_mistakes(results: Sequence[SubmissionResult]) -> list[ClassMistake]:
    """Which mistakes were made where, the most frequent first, then in the order of the exercises.

    Parts in which the same students made the same mistake are one entry.
    """
    submissions: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str, str], int] = {}
    who: dict[tuple[str, str, str, str], list[SubmissionResult]] = {}
    for result in results:
        for exercise in result.exercises:
            submissions[result.assignment, exercise.exercise] += 1
            for part in exercise.parts:
                place = (result.assignment, exercise.exercise, part.part)
                places.setdefault(place, len(places))
                if mistake_of(part):
                    who.setdefault((*place, mistake_of(part)), []).append(result)
    found: dict[tuple[str, str, str, tuple[str, ...]], ClassMistake] = {}
    for assignment, name, part_name, mistake in sorted(who, key=lambda key: (places[key[:3]], key[3])):
        mine = who[assignment, name, part_name, mistake]
        key = (assignment, name, mistake, tuple(result.student for result in mine))
        one = ClassMistake(assignment, name, [], mistake, mine, submissions[assignment, name])
        found.setdefault(key, one).parts.append(part_name)
    return sorted(found.values(), key=lambda one: -len(one.results))


def mistake_of(part: PartResult) -> str:
    """The mistake that was made in a part; empty where none is known, and where the work is not there or not by hand."""
    return part.mistake if part.status in ("wrong", "error") else ""


def mistakes_in(result: ExerciseResult) -> dict[str, list[str]]:
    """The mistakes of an exercise and the parts that they were made in, that of the part to mend first in front."""
    first = comes_first(result)
    found: dict[str, list[str]] = {}
    for part in ([first] if first is not None else []) + result.parts:
        if mistake_of(part) and part.part not in found.setdefault(mistake_of(part), []):
            found[mistake_of(part)].append(part.part)
    return found


def explain_command(mistake: str) -> str:
    """What a student types to read a mistake's page."""
    return f"autograder explain {mistake}"


def not_isolated(result: SubmissionResult) -> str:
    """The mark of a submission that was graded without isolation, with the exercises where it is not all of them."""
    names = [exercise.exercise for exercise in result.exercises if exercise.isolation == "limits"]
    if not names:
        return ""
    return NOT_ISOLATED if len(names) == len(result.exercises) else f"{NOT_ISOLATED}: {', '.join(names)}"


def echoes(result: ExerciseResult) -> dict[str, str]:
    """By part, the earlier part that had the same message, so that it need not be said again.

    A part that is to be mended is never like one that only follows.
    """
    first: dict[tuple[str, str, bool], str] = {}
    found = {}
    for part in result.parts:
        earlier = first.setdefault((part.message, part.next_step, part.status == "carried_forward"), part.part)
        if earlier != part.part:
            found[part.part] = earlier
    return found


def comes_first(result: ExerciseResult) -> PartResult | None:
    """The part to mend first: what has earned nothing is more basic than what lacks an edge case.

    What is carried forward is not to be mended itself: it comes first only where nothing else is open.
    """
    wrong = [part for part in result.parts if part.status != "correct"]
    open_parts = [part for part in wrong if part.status != "carried_forward"] or wrong
    return next((part for part in open_parts if not part.score), next(iter(open_parts), None))


def next_words(result: ExerciseResult) -> str:
    """Which part to mend first, and how; empty where everything is right."""
    first = comes_first(result)
    if first is None:
        return ""
    return first.next_step if first.status == "carried_forward" else f"{first.part} comes first. {first.next_step}"


def keeps_points(result: ExerciseResult) -> str:
    """What the status of the parts that are carried forward means for their points; empty where there are none."""
    carried = [part for part in result.parts if part.status == "carried_forward"]
    if not carried:
        return ""
    if all(part.score == part.points for part in carried):
        kept = ", so it keeps its points"
    else:
        kept = ", so it keeps some of its points" if any(part.score for part in carried) else ""
    return f"carried forward: wrong only because of a mistake counted before it{kept}."


def printed_lines(result: ExerciseResult) -> list[str]:
    """The first few lines that the student's code printed; it ran many times, so each line once."""
    lines = list(dict.fromkeys(clean(line, 100) for line in result.output.splitlines() if line.strip()))
    more = len(lines) - PRINTED_LINES
    return lines if more <= 0 else [*lines[:PRINTED_LINES], f"… and {more} more"]
