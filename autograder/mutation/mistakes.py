"""Wrong answers that are mistakes of the diagnosis, made in the reference: no code, no process.

They are what a student gives who makes one mistake and goes on rightly from there. An exercise in which one of them
keeps its points cannot see that mistake; two that give the same values cannot be told apart by anybody.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.compare import Match, compare
from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.lab import Lab
from autograder.exercise import Case
from autograder.expected import Expected
from autograder.mutation.mutant import Mutant
from autograder.sandbox.runner import Outcomes, Values
from autograder.sandbox.wire import Outcome
from autograder.trials import Exam

__all__ = ["WAY", "Made", "alike", "kind_of", "made_mistakes"]

WAY = "mistakes"

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Made:
    """An answer with one mistake in it, in whichever trials it is asked for.

    In ``only`` one part, if that is given: all that comes after it goes on from there.
    """

    candidate: Candidate
    only: str = ""

    def outcomes(self, exam: Exam) -> Outcomes | None:
        """What it gives in every trial; None where no part is changed, or where it cannot be computed."""
        parts = exam.loaded.exercise.parts
        by_case: dict[str, Arrays] = {}
        changed = False
        for trial in exam.trials:
            case = trial.case
            if case.name in by_case:
                continue
            found = self._values(exam.once(Lab), case)
            expected = exam.expected(case)
            if any(part not in found for part in parts):
                return None
            by_case[case.name] = {name: found[name] for name in found if name in expected}
            changed |= not all(isinstance(compare(found[part], expected[part]), Match) for part in parts)
        return Outcomes([Values(by_case[t.case.name], Outcome()) for t in exam.trials]) if changed else None

    def _values(self, lab: Lab, case: Case) -> Arrays:
        found = lab.values(case, None, [self.candidate])
        if not self.only or self.only not in found:
            return found
        return {**lab.values(case, {self.only: found[self.only]}), self.only: found[self.only]}


def made_mistakes(exam: Exam) -> Iterator[Mutant]:
    """Every mistake of this exercise that a diagnosis may look for, and each tensor taken for another one in one part.

    A part in which another tensor stands is the first that has it: what comes after goes on from its values.
    """
    exercise = exam.loaded.exercise
    if exercise.reference is None and exercise.outputs is None:
        return
    lab = exam.once(Lab)
    taken: dict[str, int] = {}
    for candidate in lab.candidates:
        yield _mutant(Made(candidate), frozenset(candidate.touches & set(exercise.parts)), exam, taken)
    for candidate in lab.operands if exercise.reference is not None else ():
        spoilt = [part for part in exercise.parts if part in candidate.touches]
        if candidate.operand is not None and not candidate.flows and spoilt and _likely(*candidate.operand, exam):
            yield _mutant(Made(candidate, spoilt[0]), frozenset(spoilt[:1]), exam, taken)


def _likely(meant: str, used: str, exam: Exam) -> bool:
    """Whether a slip takes one for the other: both values on the way forward, or both gradients; or after its step."""
    if used == f"new_{meant}":
        return True
    return {meant, used} <= exam.traced and meant.startswith("d") == used.startswith("d")


def _mutant(made: Made, spoils: frozenset[str], exam: Exam, taken: dict[str, int]) -> Mutant:
    """The key names the first part; a second one of the same name gets a number: it is in another layer, or line."""
    names = (*exam.loaded.exercise.parts, *exam.watched)
    touches = {made.only} if made.only else made.candidate.touches
    place = min(touches, key=names.index)
    key = f"{place}: {made.candidate.mistake}, {made.candidate.how}"
    taken[key] = taken.get(key, 0) + 1
    key += f" ({taken[key]})" if taken[key] > 1 else ""
    shown = f"{key}; all that comes after it follows."
    return Mutant(WAY, key, shown, made, spoils)


def kind_of(mutant: Mutant) -> str:
    """The name of the mistake that an answer has in it."""
    return mutant.answer.candidate.mistake if isinstance(mutant.answer, Made) else ""


def alike(exam: Exam, answers: Sequence[Outcomes]) -> list[tuple[int, int]]:
    """Pairs, by number, of answers that are equal in every part and trial, as exactly as the truth would be asked for."""
    parts = exam.loaded.exercise.parts
    cases = {trial.case.name: number for number, trial in enumerate(exam.trials)}
    truth = {name: exam.expected(exam.trials[number].case) for name, number in cases.items()}
    places = [(number, part, truth[name][part]) for name, number in cases.items() for part in parts]
    first = {n: answer.runs[0].arrays for n, answer in enumerate(answers)}
    groups: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for n, arrays in first.items():
        groups.setdefault(tuple(arrays[part].shape for part in parts), []).append(n)
    return [
        (one, other)
        for group in groups.values()
        for one, other in itertools.combinations(group, 2)
        if all(
            _equal(answers[one].runs[number].arrays[part], answers[other].runs[number].arrays[part], expected)
            for number, part, expected in places
        )
    ]


def _equal(one: np.ndarray, other: np.ndarray, expected: Expected) -> bool:
    return agrees(one, expected, other) or (one.shape == other.shape and np.array_equal(one, other, equal_nan=True))
