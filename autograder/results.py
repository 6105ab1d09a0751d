"""The result record of a graded submission, as written to ``OUTPUT/<assignment>/<student>.json``.

``docs/results.md`` describes it key by key; `SCHEMA_VERSION` goes up when a key changes its meaning.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from autograder.sandbox.wire import Isolation

__all__ = [
    "SCHEMA_VERSION",
    "STATUSES",
    "Change",
    "ExerciseResult",
    "PartResult",
    "Status",
    "SubmissionResult",
    "TierResult",
    "brief",
    "decode_result",
    "encode_result",
]

SCHEMA_VERSION = 1

Status = Literal[
    "correct",
    "carried_forward",
    "wrong",
    "missing",
    "not_attempted",
    "error",
    "timeout",
    "crashed",
    "forbidden",
    "skipped",
    "grader_error",
]

STATUSES: dict[Status, str] = {
    "correct": "agrees with the reference in every case",
    "carried_forward": "wrong only because an earlier part was wrong",
    "wrong": "differs from the reference in at least one case",
    "missing": "the file, the function or the entry is not there",
    "not_attempted": "still the blank of the stub",
    "error": "the student's code raised an exception",
    "timeout": "the student's code did not end in time",
    "crashed": "the student's process ended on its own",
    "forbidden": "computed in a way that the exercise rules out",
    "skipped": "not run, because something that it needs failed first",
    "grader_error": "a fault of the grader: there is no score yet",
}


@dataclass(frozen=True, slots=True)
class TierResult:
    """How a part did in one tier: ``share`` of its points, and how many of the tier's runs were right."""

    tier: str
    share: float
    right: int
    runs: int


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part. ``score`` is None where ``status`` is ``grader_error``.

    ``message`` and ``next_step`` are for the student: on hidden cases they use fixed words only. ``instructor`` has
    what the student may not see, ``forbidden`` what was used that the exercise rules out, and where. ``mistake`` is what
    it is called, a key of `autograder.diagnosis.mistakes.MISTAKES`, where it has a name. ``after`` are the parts that it
    is computed from and that are not right either: what it follows from where it is ``carried_forward``, else what may be
    why its values are wrong. ``rounded`` marks a right answer that has no more digits than float32.
    """

    part: str
    status: Status
    score: float | None
    points: float
    message: str
    next_step: str = ""
    instructor: str = ""
    mistake: str = ""
    after: list[str] = field(default_factory=list)
    rounded: bool = False
    forbidden: str = ""
    tiers: list[TierResult] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ExerciseResult:
    """One exercise. ``fingerprint`` is what the result depends on; ``figures`` are reported and earn no points.
    ``isolation`` is ``limits`` where the student's code ran without isolation.

    ``output`` is the start of what the student's code printed over all cases, for the instructor alone, as it may hold
    hidden inputs; ``printed_bytes`` is how much that was in all.
    """

    exercise: str
    score: float | None
    points: float
    parts: list[PartResult]
    fingerprint: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    output: str = ""
    printed_bytes: int = 0
    isolation: Isolation = "full"


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """One student's submission of one assignment. ``notes`` are about the submission as a whole, for the student."""

    schema_version: int
    assignment: str
    student: str
    score: float | None
    points: float
    exercises: list[ExerciseResult]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """A submission whose score became another one."""

    assignment: str
    student: str
    before: float
    after: float


def brief(result: SubmissionResult) -> SubmissionResult:
    """The result without its words and tiers: what a class of ten thousand is kept as in memory."""
    exercises = [
        replace(exercise, output="", parts=[_brief_part(part) for part in exercise.parts])
        for exercise in result.exercises
    ]
    return replace(result, exercises=exercises)


def _brief_part(part: PartResult) -> PartResult:
    instructor = part.instructor if part.status == "grader_error" else ""
    return _part_in_brief(part.part, part.status, part.score, part.points, instructor, part.mistake, part.forbidden)


@functools.lru_cache(maxsize=4096)
def _part_in_brief(
    part: str, status: Status, score: float | None, points: float, instructor: str, mistake: str, forbidden: str
) -> PartResult:
    """Most of a class have one of a few results for a part: each of these is kept once."""
    return PartResult(part, status, score, points, "", "", instructor, mistake, forbidden=forbidden)


def encode_result(result: SubmissionResult) -> bytes:
    """The record as indented JSON; equal results give equal bytes."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n"


def decode_result(content: bytes) -> SubmissionResult:
    """Read a record back. Raises msgspec.MsgspecError when it is not one of this schema version."""
    result = msgspec.json.decode(content, type=SubmissionResult)
    if result.schema_version != SCHEMA_VERSION:
        raise msgspec.ValidationError(f"schema version {result.schema_version}, expected {SCHEMA_VERSION}")
    return result
