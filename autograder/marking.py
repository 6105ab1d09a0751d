"""Outcomes and expected values in, statuses and points out: the only arithmetic on points.

A part's points are split over tiers (`Exercise.tiers`). A tier counts when the part is right in all of its runs, and
no tier counts unless the generic one does: a wrong formula that happens to be right for one example earns nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from autograder.byhand import Finding
from autograder.compare import Match, Mismatch, compare
from autograder.course import Forbidden, call_with_known
from autograder.diagnosis.candidate import Candidate
from autograder.diagnosis.explain import Explained, explain, roots
from autograder.exercise import Tier
from autograder.messages import (
    Changed,
    Failure,
    Words,
    describe,
    file_missing,
    follow_from,
    follows,
    found_in_source,
    grader_error,
    named,
    point_back,
    used,
)
from autograder.messages import right as all_right
from autograder.results import SCHEMA_VERSION, ExerciseResult, PartResult, Status, SubmissionResult, TierResult
from autograder.sandbox.calls import Calls
from autograder.sandbox.runner import Ending, Outcomes, Values
from autograder.sandbox.wire import Fault, FaultKind
from autograder.submission import Submission, describe_refused
from autograder.text import clean, clean_lines
from autograder.trials import Exam, Trial

__all__ = ["Earned", "earned", "mark_exercise", "mark_grader_error", "mark_missing_file", "total"]

FAULT_STATUS: Mapping[FaultKind, Status] = {
    "import": "error",
    "not_attempted": "not_attempted",
    "raised": "error",
    "memory": "error",
    "missing": "missing",
    "undefined": "missing",
    "unusable": "wrong",
    "count": "wrong",
    "skipped": "skipped",
    "timeout": "timeout",
    "crashed": "crashed",
    "forbidden": "forbidden",
}


@dataclass(frozen=True)
class Carried:
    """A value that is wrong, but follows rightly from a wrong value before it."""


CARRIED = Carried()

Judged = list[tuple[Trial, Match | Carried | Failure]]
Failures = list[tuple[Trial, Failure]]
ByTier = dict[Tier, list[Match | Carried | Failure]]


def mark_exercise(
    exam: Exam,
    outcomes: Outcomes,
    found: Sequence[Finding] = (),
    forbidden: Forbidden = "zero",
    carried_forward: float = 1.0,
) -> ExerciseResult:
    """Judge every part of an exercise on what a submission's code gave.

    ``found`` is what its source uses that the exercise rules out, ``forbidden`` what is done about that;
    ``carried_forward`` is the share of its points that a part keeps which is wrong only because an earlier one is.
    """
    exercise = exam.loaded.exercise
    verdicts = {part: _judge(part, exam, outcomes) for part in exercise.parts}
    explained = {}
    if any(isinstance(verdict, Mismatch) for part in exercise.parts for verdict in verdicts[part]):
        verdicts |= {name: _judge(name, exam, outcomes) for name in exam.watched}
        explained = explain(exam, outcomes, verdicts)
    told: set[tuple[int, str]] = set()
    judged = {part: _rows(part, verdicts[part], exam, outcomes, explained.get(part), told) for part in exercise.parts}
    failures = {part: _failures(judged[part]) for part in exercise.parts}
    status: dict[str, Status] = {part: _part_status(judged[part], failures[part]) for part in exercise.parts}
    means = {part: _means(part, exam, outcomes, found) for part in exercise.parts}
    if forbidden == "zero":
        status |= {part: "forbidden" for part in exercise.parts if isinstance(means[part], Finding)}
    parts = [
        _mark_part(part, judged[part], failures[part], status, exam, means[part], explained, carried_forward)
        for part in exercise.parts
    ]
    return ExerciseResult(
        exercise=exam.loaded.name,
        score=_sum([part.score for part in parts]),
        points=float(exercise.total),
        parts=parts,
        figures=_figures(exam, outcomes),
        output=clean_lines(outcomes.output, 4000),
        printed_bytes=outcomes.printed,
    )


@dataclass(frozen=True)
class Earned:
    """What a part earns as it stands: nothing is carried forward, and nothing is said about it."""

    status: Status
    score: Fraction


def earned(exam: Exam, outcomes: Outcomes) -> dict[str, Earned]:
    """What every part earns before errors are carried forward: many times as fast as marking with a diagnosis."""
    told: set[tuple[int, str]] = set()
    found = {}
    for part in exam.loaded.exercise.parts:
        judged = _rows(part, _judge(part, exam, outcomes), exam, outcomes, None, told)
        found[part] = Earned(_part_status(judged, _failures(judged)), _score(part, _by_tier(judged, exam), exam, 1.0))
    return found


def mark_missing_file(exam: Exam, submission: Submission) -> ExerciseResult:
    """The row of an exercise whose module was not handed in or could not be read."""
    module = exam.loaded.module
    words = file_missing(module, submission.refused.get(module, ""), sorted(submission.files))
    return _uniform(exam, "missing", 0.0, words)


def mark_grader_error(exam: Exam, detail: str) -> ExerciseResult:
    """The row of an exercise that the grader could not grade: no score, so that nobody mistakes it for a zero."""
    return _uniform(exam, "grader_error", None, grader_error(detail))


def total(submission: Submission, exercises: Sequence[ExerciseResult]) -> SubmissionResult:
    """The record of a submission from its exercises."""
    return SubmissionResult(
        schema_version=SCHEMA_VERSION,
        assignment=submission.assignment,
        student=submission.student,
        score=_sum([exercise.score for exercise in exercises]),
        points=_sum([exercise.points for exercise in exercises]) or 0.0,
        exercises=list(exercises),
        notes=[*submission.notes, *describe_refused(submission.refused)],
    )


def _judge(name: str, exam: Exam, outcomes: Outcomes) -> list[Match | Failure]:
    """What a part, or a watched name, is in every trial, in their order."""
    return [
        _judge_value(name, exam, trial, outcomes.runs[number])
        if number < len(outcomes.runs)
        else outcomes.ending or Ending("crashed")
        for number, trial in enumerate(exam.trials)
    ]


def _rows(
    part: str,
    verdicts: Sequence[Match | Failure],
    exam: Exam,
    outcomes: Outcomes,
    known: Explained | None,
    told: set[tuple[int, str]],
) -> Judged:
    """What counts for a part: what it is in every trial, or that it follows there, and the inputs that were changed.

    One change of an input costs the first part that comes from it: ``told`` are those that have been counted.
    """
    if known is None and not any(values.outcome.changed for values in outcomes.runs):
        return list(zip(exam.trials, verdicts, strict=True))
    judged: Judged = []
    for number, (trial, verdict) in enumerate(zip(exam.trials, verdicts, strict=True)):
        follows = known is not None and number in known.carried
        judged.append((trial, CARRIED if follows else verdict))
        if number < len(outcomes.runs) and exam.loaded.exercise.pure and trial.variant == "plain":
            touched = outcomes.runs[number].outcome.changed.get(part, ())
            changed = [
                name
                for name in exam.inputs[trial.case.name]
                if name in touched and (number, name) not in told and _stands_for(part, name, exam)
            ]
            told |= {(number, name) for name in changed}
            if changed:
                judged.append((Trial(trial.case, trial.hidden, "purity"), Changed(tuple(changed))))
    return judged


def _stands_for(part: str, name: str, exam: Exam) -> bool:
    """Whether a part is where a change of an input is counted: that of the parameter itself, where there is one."""
    own = [other for other in exam.loaded.exercise.parts if other.endswith(f"_{name}")]
    return not own or part in own


def _judge_value(part: str, exam: Exam, trial: Trial, values: Values) -> Match | Failure:
    if part in values.outcome.faults:
        return values.outcome.faults[part]
    expected = exam.expected(trial.case)[part]
    return compare(values.arrays[part], expected, values.outcome.dtypes.get(part, ""))


def _means(part: str, exam: Exam, outcomes: Outcomes, found: Sequence[Finding]) -> Finding | Fault | None:
    """What was used to compute a part that the exercise rules out: found in the source, or else at run time."""
    for finding in found:
        if part in _reached(exam.loaded.calls, finding.statements):
            return finding
    for values in outcomes.runs:
        fault = values.outcome.noted.get(part) or values.outcome.faults.get(part)
        if fault is not None and fault.kind == "forbidden":
            return fault
    return None


def _mark_part(
    part: str,
    judged: Judged,
    failures: Failures,
    status: Mapping[str, Status],
    exam: Exam,
    means: Finding | Fault | None,
    explained: Mapping[str, Explained],
    carried_forward: float,
) -> PartResult:
    exercise = exam.loaded.exercise
    by_tier = _by_tier(judged, exam)
    score = Fraction(0) if status[part] == "forbidden" else _score(part, by_tier, exam, carried_forward)
    matches = [verdict for _, verdict in judged if isinstance(verdict, Match)]
    right = status[part] == "correct"
    float32 = right and any(match.float32 for match in matches)
    rounded = right and any(match.rounded for match in matches)
    if isinstance(means, Finding) and status[part] == "forbidden":
        words, after = found_in_source(means), list[str]()
    elif failures:
        words, after = _words(part, failures, status, exam, explained)
    elif right:
        words, after = all_right(float32=float32), []
    else:
        known = explained[part]
        links = [root for root in roots(part, explained) if root in status] or [*known.follows]
        words, after = follows(known, links, carried_forward), list(known.follows)
    mistake = _mistake(part, failures, explained)
    return PartResult(
        part=part,
        status=status[part],
        score=float(score),
        points=float(exercise.points[part]),
        message=words.message,
        next_step=words.next_step,
        instructor=words.instructor,
        mistake=mistake.mistake if mistake is not None else "",
        after=after,
        rounded=float32 or rounded,
        forbidden=_named(means),
        tiers=[
            TierResult(
                tier, float(exam.shares[tier]), sum(isinstance(v, (Match, Carried)) for v in all_of), len(all_of)
            )
            for tier, all_of in by_tier.items()
        ],
    )


def _by_tier(judged: Judged, exam: Exam) -> ByTier:
    found: ByTier = {tier: [] for tier in exam.shares}
    for trial, verdict in judged:
        found[trial.tier].append(verdict)
    return found


def _score(part: str, by_tier: ByTier, exam: Exam, carried_forward: float) -> Fraction:
    """A part's points times the shares of the tiers that it has; nothing where a generic run is wrong."""
    points = Fraction(str(exam.loaded.exercise.points[part]))
    if not _credit(by_tier["generic"], 1.0):
        return Fraction(0)
    if all(isinstance(verdict, Match) for verdicts in by_tier.values() for verdict in verdicts):
        return points
    shares = (exam.shares[tier] * _credit(verdicts, carried_forward) for tier, verdicts in by_tier.items())
    return points * sum(shares, Fraction(0))


def _credit(verdicts: Sequence[Match | Carried | Failure], carried_forward: float) -> Fraction:
    """Share of a tier's points: all of them where every run is right, less where one only follows."""
    if not all(isinstance(verdict, (Match, Carried)) for verdict in verdicts):
        return Fraction(0)
    return Fraction(str(carried_forward)) if CARRIED in verdicts else Fraction(1)


def _mistake(part: str, failures: Failures, explained: Mapping[str, Explained]) -> Candidate | None:
    """The mistake that a part that is not right is named after, where there is one."""
    if not failures:
        return None
    trial, failure = failures[0]
    if isinstance(failure, Changed):
        return Candidate("changed_in_place", "an input is changed")
    if isinstance(failure, Fault):
        return _faulty(failure)
    if not isinstance(failure, Mismatch):
        return None
    if failure.kind == "dtype":
        return Candidate("low_precision", failure.dtype, {"digits": f"the digits of {failure.dtype}"})
    known = explained.get(part)
    if known is None or known.repeats:
        return None
    of_state = known.mistake is not None and known.mistake.how == "wrong in a second call"
    return known.mistake if of_state == (trial.variant != "plain") else None


def _faulty(fault: Fault) -> Candidate | None:
    """The mistake that a value which is not there shows."""
    if fault.kind in ("missing", "not_attempted"):
        return Candidate("no_answer", "nothing is there", {"what": "not there"})
    if "a leaf Variable that requires grad is being used in an in-place" in fault.message:
        return Candidate("changed_in_place", "a leaf tensor is changed")
    return None


def _reached(calls: Calls, numbers: Collection[int]) -> set[str]:
    """The names whose values some statements may have made, themselves or through an object that they called.

    What ``loss = net.loss(Y)`` computes may lie in ``net`` for ``net.backward()`` to give out.
    """
    names: set[str] = set()
    for number, statement in enumerate(calls.statements):
        if number in numbers or statement.needs & names:
            names |= {*statement.gives, *statement.spoils, *statement.receivers}
    return names


def _named(means: Finding | Fault | None) -> str:
    if isinstance(means, Finding):
        return f"line {means.line} of {clean(means.file, 60)} uses {clean(means.what, 80)}"
    return used(means) if means is not None else ""


def _shows(mistake: Candidate, failure: Failure) -> bool:
    """Whether a mistake that was found elsewhere shows in a failure: where values are infinite, no other does."""
    kinds = ("finite", "values", "shape") if mistake.mistake == "overflow" else ("values", "shape")
    return isinstance(failure, Mismatch) and failure.kind in kinds


def _words(
    part: str, failures: Failures, status: Mapping[str, Status], exam: Exam, explained: Mapping[str, Explained]
) -> tuple[Words, list[str]]:
    """What is said about a part that is not right, and the parts before it that explain its wrong values."""
    trial, failure = failures[0]
    exercise = exam.loaded.exercise
    words = describe(part, trial, failure, exam.loaded.module, exercise.seconds, exam.sizes(trial))
    mistake = _mistake(part, failures, explained)
    broken: list[str] = []
    if mistake is not None and trial.variant == "plain" and _shows(mistake, failure):
        words = named(part, trial, mistake, words, shape=isinstance(failure, Mismatch) and failure.kind == "shape")
    elif isinstance(failure, Mismatch) and failure.kind == "values" and not trial.hidden and trial.variant == "plain":
        sources = exam.sources.get(part, [])
        broken = [source for source in sources if status[source] != "correct"]
        before = list(status)[: list(status).index(part)]
        earlier = [other for other in before if status[other] != "correct"]
        advice = point_back(part, sources, broken, earlier, derived=part in exam.derived)
        words = replace(words, next_step=advice or words.next_step)
    from_here = [
        other for other, state in status.items() if state == "carried_forward" and part in roots(other, explained)
    ]
    if from_here and not trial.hidden:
        words = replace(words, message=words.message + follow_from(part, from_here))
    return replace(words, instructor=words.instructor + _others(failures)), broken


def _failures(judged: Judged) -> Failures:
    """What is not right, the one to speak of first: what was not done by hand, then generic before the rest, public
    before hidden.

    Among those a wrong shape comes first: it says more than wrong values where a square matrix hides it.
    """
    tiers = ("generic", "edge", "stability", "purity")

    def rank(pair: tuple[Trial, Failure]) -> tuple[bool, bool, bool, bool, int, bool]:
        trial, failure = pair
        allowed = not (isinstance(failure, Fault) and failure.kind == "forbidden")
        shape = isinstance(failure, Mismatch) and failure.kind == "shape"
        not_run = isinstance(failure, Fault) and failure.kind == "given_up"
        return allowed, not_run, trial.tier != "generic", trial.hidden, tiers.index(trial.tier), not shape

    return sorted(
        ((trial, verdict) for trial, verdict in judged if not isinstance(verdict, (Match, Carried))), key=rank
    )


def _others(failures: Failures) -> str:
    names = [f"{trial.case.name}{'' if trial.variant == 'plain' else ', ' + trial.variant}" for trial, _ in failures]
    return f" Not right in {len(failures)}: {'; '.join(dict.fromkeys(names))}."


def _part_status(judged: Judged, failures: Failures) -> Status:
    if failures:
        return _status(failures[0][1])
    return "carried_forward" if any(isinstance(verdict, Carried) for _, verdict in judged) else "correct"


def _status(failure: Failure) -> Status:
    if isinstance(failure, Fault) and failure.kind == "given_up":
        return "crashed" if failure.type == "crashed" else "timeout"
    if isinstance(failure, Fault):
        return FAULT_STATUS[failure.kind]
    if isinstance(failure, Ending):
        return failure.kind
    assert isinstance(failure, (Mismatch, Changed))
    return "wrong"


def _figures(exam: Exam, outcomes: Outcomes) -> dict[str, float]:
    """The exercise's reported figures, from what a student's code gave in the first case, where that is usable."""
    function = exam.loaded.exercise.figures
    if function is None or not outcomes.runs:
        return {}
    case, arrays = exam.trials[0].case, outcomes.runs[0].arrays
    expected = exam.expected(case)
    usable = {part: a for part, a in arrays.items() if part in expected and a.shape == expected[part].value.shape}
    try:
        found = call_with_known(function, usable, known=exam.inputs[case.name])
        return {name: float(value) for name, value in found.items() if np.isfinite(value)}
    except Exception:  # a part that the figure needs is missing, or is not what the author's function can use
        return {}


def _uniform(exam: Exam, status: Status, score: float | None, words: Words) -> ExerciseResult:
    exercise = exam.loaded.exercise
    parts = [
        PartResult(part, status, score, float(points), words.message, words.next_step, words.instructor)
        for part, points in exercise.points.items()
    ]
    return ExerciseResult(exam.loaded.name, score, float(exercise.total), parts)


def _sum(scores: Sequence[float | None]) -> float | None:
    """An exact sum, so that the order of parts cannot change a digit; None where any is missing."""
    known = [Fraction(score).limit_denominator(10**9) for score in scores if score is not None]
    return float(sum(known, Fraction(0))) if len(known) == len(scores) else None
