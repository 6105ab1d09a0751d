"""Prove an exercise before it goes out.

The model solution must earn everything and the blank stub nothing; the reference's gradients must agree with finite
differences, which know nothing of derivatives, and its values with published or closed-form figures; every part must
have cases on which an answer of zeros fails; and wrong answers by the hundred, made on purpose, must all lose points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import torch

from autograder.cases import Secret
from autograder.course import Loaded, call_with_known
from autograder.errors import AutograderError
from autograder.expected import true_parts
from autograder.marking import mark_exercise
from autograder.mutation import judge, tell
from autograder.reference import tensors, trace_reference
from autograder.release import stub
from autograder.results import ExerciseResult
from autograder.sandbox.runner import Runner
from autograder.text import measured, number
from autograder.trials import Exam

__all__ = ["Finding", "verify"]

DIRECTIONS = 3
STEP = 1e-5
WIDEST = {"generic": 1e-2, "edge": 1e-2, "stability": 5e-2}


@dataclass(frozen=True)
class Finding:
    """One check of an exercise: whether it holds, and what was seen."""

    check: str
    holds: bool
    detail: str


def verify(
    loaded: Loaded,
    secret: Secret,
    runner: Runner,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    thorough: bool = False,
) -> list[Finding]:
    """Every check of one exercise. A check that cannot even run does not hold, with the reason.

    Wrong answers are made only where the model solution is right: they are its edits. ``on_progress`` is told how many
    of them are done, and of how many. ``thorough`` runs each of them in every case, even after it has lost points, and
    says which cannot be told apart, and how many points they keep.
    """
    try:
        exam = Exam(loaded, secret)
    except AutograderError as error:
        return [Finding("the inputs of every case can be made", False, str(error))]
    checks: list[tuple[str, Callable[[Exam, Runner], str]]] = [
        ("the model solution earns every point", _solution),
        ("the stub earns nothing and is not attempted", _stub),
        ("the reference agrees with finite differences", _differences),
        ("the reference agrees with known figures", _known),
        ("an answer of zeros fails", _zeros),
        ("no tolerance is wide", _tolerances),
    ]
    findings = []
    for name, function in checks:
        try:
            findings.append(Finding(name, True, function(exam, runner)))
        except (_DoesNotHoldError, AutograderError) as error:
            findings.append(Finding(name, False, str(error)))
        except Exception as error:  # of the author's functions
            findings.append(Finding(name, False, f"{type(error).__name__}: {error}"))
    if findings[0].holds:
        try:
            findings += [Finding(*told) for told in tell(judge(exam, runner, on_progress, thorough=thorough))]
        except AutograderError:
            raise
        except Exception as error:  # of the author's functions, on wrong answers
            findings.append(Finding("wrong answers can be judged", False, f"{type(error).__name__}: {error}"))
    return findings


class _DoesNotHoldError(Exception):
    """A check that failed; the text says on what."""


def _run(exam: Exam, text: str, runner: Runner) -> ExerciseResult:
    return mark_exercise(exam, runner.run(exam.job({exam.loaded.module: text.encode()})))


def _solution(exam: Exam, runner: Runner) -> str:
    result = _run(exam, exam.loaded.source.answer, runner)
    lost = [f"{part.part} ({part.status}): {part.instructor}" for part in result.parts if part.status != "correct"]
    coarse = [part.part for part in result.parts if part.rounded]
    if lost:
        raise _DoesNotHoldError("; ".join(lost[:3]) + (f"; and {len(lost) - 3} more" if len(lost) > 3 else ""))
    if coarse:
        raise _DoesNotHoldError(f"only to the precision of float32: {', '.join(coarse)}")
    return f"{number(result.score)} of {number(result.points)} points in {len(exam.trials)} runs"


def _stub(exam: Exam, runner: Runner) -> str:
    result = _run(exam, stub(exam.loaded.source), runner)
    other = [f"{part.part} is '{part.status}'" for part in result.parts if part.status != "not_attempted"]
    if other or result.score != 0:
        raise _DoesNotHoldError(f"{number(result.score)} points; {'; '.join(other)}")
    return f"{len(result.parts)} parts not attempted"


def _differences(exam: Exam, _: Runner) -> str:
    reference = exam.loaded.exercise.reference
    if reference is None:
        raise _DoesNotHoldError("there is no reference to differentiate: give one, and outputs that use it")
    checked = 0
    kinks = outside = 0
    worst = 0.0
    seen: set[str] = set()
    for case in exam.loaded.exercise.cases:
        inputs = tensors(exam.inputs[case.name])
        upstream = inputs.get(exam.loaded.exercise.upstream) if exam.loaded.exercise.upstream else None
        trace = trace_reference(reference, inputs, exam.loaded.exercise.upstream)
        loss = _loss(reference, inputs, upstream)
        for name, gradient in trace.gradients.items():
            if not _used(name, exam):
                continue
            for direction in _directions(gradient, case.name + name):
                slope = float((gradient * direction).sum())
                try:
                    error, kink = _difference(loss, name, direction, slope)
                except (RuntimeError, ValueError):
                    # A target may have a range that a shift leaves; an input whose gradient is asked for may not.
                    if f"d{name}" in exam.loaded.exercise.parts:
                        raise
                    break
                if kink:
                    kinks += 1
                    continue
                if np.isnan(error) and case.tier == "stability" and name not in inputs:
                    # A marked value may be so near the end of its range (a probability of 1) that every step leaves it.
                    outside += 1
                    break
                checked += 1
                seen.add(name)
                worst = max(worst, error)
                if not error <= 1.0:  # nan is an error as well
                    raise _DoesNotHoldError(
                        f"d{name} in case '{case.name}': the slope along a random direction is {measured(slope)} by "
                        f"the reference, but not by finite differences (off by {error:.1f} times what rounding allows)"
                    )
    missed = {part[1:] for part in exam.loaded.exercise.parts if part[:1] == "d" and part[1:] in trace.gradients} - seen
    if missed:
        raise _DoesNotHoldError(f"no direction could be checked for {', '.join(sorted(missed))}")
    return (
        f"{checked} slopes of {len(seen)} gradients"
        + (f"; {kinks} across a kink left out" if kinks else "")
        + (f"; {outside} out of range left out" if outside else "")
    )


def _used(name: str, exam: Exam) -> bool:
    """Gradients that are parts; all of them where parts come from outputs alone."""
    parts = exam.loaded.exercise.parts
    return f"d{name}" in parts or exam.loaded.exercise.outputs is not None


def _loss(
    reference: Callable[..., torch.Tensor], inputs: Mapping[str, Any], upstream: torch.Tensor | None
) -> Callable[[str, torch.Tensor], float]:
    """The loss with a shift added to one input or marked value: no derivative is involved."""

    def shifted(name: str, shift: torch.Tensor) -> float:
        def mark(marked: str, value: torch.Tensor) -> torch.Tensor:
            return value + shift if marked == name else value

        known = {**inputs, name: inputs[name] + shift} if name in inputs else inputs
        with torch.no_grad():
            result = call_with_known(reference, mark, known=known)
            return float(result if upstream is None else (result * upstream).sum())

    return shifted


def _directions(gradient: torch.Tensor, label: str) -> Iterator[torch.Tensor]:
    random = np.random.RandomState([*label.encode()])
    for _ in range(DIRECTIONS):
        yield torch.from_numpy(np.asarray(random.standard_normal(tuple(gradient.shape))))


def _difference(
    loss: Callable[[str, torch.Tensor], float], name: str, direction: torch.Tensor, slope: float
) -> tuple[float, bool]:
    """Error of the slope in units of what rounding and curvature allow, and whether a kink lies within the step.

    Central differences at two steps: their difference shows the curvature's share; one-sided slopes that differ by
    much more show a kink, where a derivative is a convention.
    """
    here = loss(name, torch.zeros_like(direction))
    ahead, behind = loss(name, STEP * direction), loss(name, -STEP * direction)
    near_ahead, near_behind = loss(name, STEP / 2 * direction), loss(name, -STEP / 2 * direction)
    central, near = (ahead - behind) / (2 * STEP), (near_ahead - near_behind) / STEP
    rounding = 8 * np.finfo(np.float64).eps * max(abs(here), abs(ahead), abs(behind), 1e-300) / STEP
    allowed = rounding + 1e-6 * abs(slope) + 4 * abs(central - near)
    bend = abs((ahead - here) - (here - behind)) / STEP
    near_bend = abs((near_ahead - here) - (here - near_behind)) / (STEP / 2)
    # Curvature makes the one-sided slopes meet as the step shrinks; at a kink their distance stays.
    if near_bend > 0.75 * bend > 4 * rounding and bend > 1e-4 * (abs(slope) + abs(central)):
        return 0.0, True
    return abs(near - slope) / allowed if allowed else 0.0, False


def _known(exam: Exam, _: Runner) -> str:
    figures = 0
    for case in exam.loaded.exercise.cases:
        if not case.known:
            continue
        # Most publications computed in float32, and some printed more digits than it holds: either run may agree.
        runs = [
            true_parts(exam.loaded, case, tensors(exam.inputs[case.name], dtype), case.known)
            for dtype in (torch.float64, torch.float32)
        ]
        for part, printed in case.known.items():
            # Another interface may not give every value that the reference has figures for.
            if part not in runs[0]:
                raise _DoesNotHoldError(f"case '{case.name}': '{part}' is no part")
            digits = np.array(printed, dtype=object)
            if digits.shape != runs[0][part].shape:
                raise _DoesNotHoldError(
                    f"case '{case.name}': {part} has the shape {runs[0][part].shape}, not {digits.shape}"
                )
            for index in np.ndindex(digits.shape):
                values = [float(run[part][index]) for run in runs]
                if not any(agrees(value, str(digits[index])) for value in values):
                    raise _DoesNotHoldError(
                        f"case '{case.name}': {part}{list(index) if index else ''} is {values[0]!r} "
                        f"({values[1]!r} in float32), but {digits[index]} is known"
                    )
                figures += 1
    if not figures:
        raise _DoesNotHoldError(
            "no case has known figures: give a published or closed-form value, so that a reference that is wrong in "
            "the same way as the solution is found"
        )
    return f"{figures} figures"


def agrees(value: float, printed: str) -> bool:
    """Whether a value rounds to the printed digits."""
    digits = Decimal(printed)
    exponent = digits.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(0)
    return abs(Decimal(value) - digits) <= unit / 2


def _zeros(exam: Exam, _: Runner) -> str:
    exercise = exam.loaded.exercise
    told: dict[str, set[bool]] = {part: set() for part in exercise.parts}
    for case in exercise.cases:
        expected = exam.expected(case)
        for part in exercise.parts:
            zero = bool((np.abs(expected[part].value) <= expected[part].tolerance).all())
            if not zero and part in case.zeros:
                raise _DoesNotHoldError(f"case '{case.name}': {part} is declared zero, but is not")
            if zero and part not in case.zeros and case.tier == "generic":
                raise _DoesNotHoldError(f"case '{case.name}': {part} is zero; choose other inputs, or declare it")
            if not zero and case.tier == "generic":
                told[part].add(exam.loaded.is_hidden(case))
    silent = sorted(part for part, kinds in told.items() if False not in kinds)
    if silent:
        raise _DoesNotHoldError(f"no public generic case tells zeros from an answer in {', '.join(silent)}")
    return f"{len(exercise.cases)} cases"


def _tolerances(exam: Exam, _: Runner) -> str:
    widest = 0.0
    for case in exam.loaded.exercise.cases:
        for part, expected in exam.expected(case).items():
            size = float(np.abs(expected.value).max(initial=0.0))
            width = float(expected.tolerance.max(initial=0.0)) / size if size else 0.0
            if width > WIDEST[case.tier]:
                raise _DoesNotHoldError(
                    f"case '{case.name}': {part} may be off by {100 * width:.2g}% of its greatest value, because the "
                    "reference itself differs so much in float32; choose inputs that are better conditioned"
                )
            widest = max(widest, width)
    return f"at most {measured(widest)} of a part's greatest value"
