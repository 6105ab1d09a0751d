"""Run the wrong answers to an exercise, and see which of them lose points."""

from __future__ import annotations

import copy
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from autograder.marking import mark_exercise
from autograder.mutation.edits import edited_solutions
from autograder.mutation.mistakes import WAY as MISTAKES
from autograder.mutation.mistakes import alike, made_mistakes
from autograder.mutation.mutant import Mutant
from autograder.mutation.values import spoilt_values
from autograder.results import ExerciseResult
from autograder.sandbox.runner import Outcomes, Runner
from autograder.trials import Exam, Trial

__all__ = ["GENERATORS", "Campaign", "Verdict", "judge"]

Generator = Callable[[Exam], Iterator[Mutant]]

GENERATORS: Sequence[Generator] = (edited_solutions, spoilt_values, made_mistakes)
"""Where wrong answers come from: each way is one function more."""

SLOW = 0.3
"""Seconds that all runs of the model solution may take before its longest ones are left to those answers that need them."""

Fate = Literal["wrong", "raised", "not loaded", "survived"]


@dataclass(frozen=True)
class Verdict:
    """What became of a wrong answer: ``survived`` means that it has full points, in all the parts that it spoils.

    ``share`` is what it keeps before errors are carried forward, from 0 to 1. ``values`` are equal for two answers that
    gave the same numbers.
    """

    mutant: Mutant
    fate: Fate
    share: float
    values: Hashable


@dataclass(frozen=True)
class Campaign:
    """All wrong answers to an exercise. Each was run on ``trials`` trials; if ``shortened``, survivors on the others too.

    ``same`` are pairs of mistakes that give the same values in all of these.
    """

    verdicts: Sequence[Verdict]
    declared: Mapping[str, str]
    trials: int
    shortened: bool = False
    same: Sequence[tuple[Mutant, Mutant]] = ()

    @cached_property
    def equivalent(self) -> list[Verdict]:
        """Survivors that the author has declared to be right."""
        return [one for one in self.verdicts if one.fate == "survived" and one.mutant.key in self.declared]

    @cached_property
    def survivors(self) -> list[Verdict]:
        """Survivors that nobody expects."""
        return [one for one in self.verdicts if one.fate == "survived" and one.mutant.key not in self.declared]

    @cached_property
    def killed(self) -> list[Verdict]:
        """Those that lose points, without those that cannot even be loaded, of which it says nothing."""
        return [one for one in self.verdicts if one.fate in ("wrong", "raised")]

    @property
    def not_loaded(self) -> int:
        """How many fail when they are imported."""
        return sum(one.fate == "not loaded" for one in self.verdicts)

    @property
    def stale(self) -> list[str]:
        """Keys that are declared and belong to no survivor."""
        return sorted(set(self.declared) - {one.mutant.key for one in self.equivalent})

    def ways(self) -> Mapping[str, int]:
        """How many lose points, by the way in which they were made."""
        return Counter(one.mutant.way for one in self.killed)

    def by_way(self) -> Mapping[str, tuple[int, int]]:
        """How many lose points, and how many do not though nobody has declared them, by the way they were made."""
        survived = Counter(one.mutant.way for one in self.survivors)
        return {way: (self.ways()[way], survived[way]) for way in dict.fromkeys([*self.ways(), *survived])}

    def alike(self) -> list[list[Verdict]]:
        """Those among the killed that gave the same values, in groups."""
        groups: dict[Hashable, list[Verdict]] = {}
        for one in self.killed:
            groups.setdefault(one.values, []).append(one)
        return [group for group in groups.values() if len(group) > 1]


def judge(
    exam: Exam,
    runner: Runner,
    on_progress: Callable[[int, int], None] | None = None,
    generators: Sequence[Generator] = GENERATORS,
) -> Campaign:
    """Make every wrong answer, run it, mark it. ``on_progress`` is told how many are done, and of how many.

    Where the model solution is slow its longest runs come last, and only for those that have lost no point by then: one
    wrong run is enough.
    """
    mutants = list(itertools.chain.from_iterable(generate(exam) for generate in generators))
    first = _short(exam, runner)
    verdicts = []
    mistakes: list[tuple[Mutant, Outcomes]] = []
    for number, mutant in enumerate(mutants):
        if on_progress is not None:
            on_progress(number, len(mutants))
        if isinstance(mutant.answer, Outcomes):
            verdicts.append(_judged(mutant, mutant.answer, exam))
        elif isinstance(mutant.answer, str):
            verdicts.append(_verdict(mutant, exam, first, runner))
        elif (found := _made(mutant, exam, first)) is not None:
            verdict, outcomes = found
            verdicts.append(verdict)
            if mutant.way == MISTAKES and len(outcomes.runs) == len(_computed(first).trials):
                mistakes.append((mutant, outcomes))
    same = alike(_computed(first), [outcomes for _, outcomes in mistakes])
    pairs = [(mistakes[one][0], mistakes[other][0]) for one, other in same]
    return Campaign(verdicts, exam.loaded.exercise.equivalent, len(first.trials), first is not exam, pairs)


def _verdict(mutant: Mutant, exam: Exam, first: Exam, runner: Runner) -> Verdict:
    assert isinstance(mutant.answer, str)
    files = {exam.loaded.module: mutant.answer.encode()}
    verdict = _judged(mutant, runner.run(first.job(files)), first)
    if verdict.fate == "survived" and first is not exam:
        verdict = _judged(mutant, runner.run(exam.job(files)), exam)
    return verdict


def _made(mutant: Mutant, exam: Exam, first: Exam) -> tuple[Verdict, Outcomes] | None:
    """The verdict on an answer that is made of values, without the trials in which nothing is looked for."""
    assert not isinstance(mutant.answer, (str, Outcomes))
    verdict = None
    for some in (first, exam) if first is not exam else (exam,):
        outcomes = mutant.answer.outcomes(_computed(some))
        if outcomes is not None:
            verdict = _judged(mutant, outcomes, _computed(some)), outcomes
            if verdict[0].fate != "survived":
                break
    return verdict


def _computed(exam: Exam) -> Exam:
    """The exam without cases that are left out of a diagnosis because they take long; made once."""
    return exam.once(_without_long_cases)


def _without_long_cases(exam: Exam) -> Exam:
    kept = [trial for trial in exam.trials if trial.case.diagnosed]
    return exam if len(kept) == len(exam.trials) else _with(exam, kept)


def _judged(mutant: Mutant, outcomes: Outcomes, exam: Exam) -> Verdict:
    # Nothing is carried forward from a part that keeps its points: whether any are lost is known without a diagnosis.
    result = mark_exercise(exam, outcomes, diagnose=False)
    share = (result.score or 0.0) / result.points
    return Verdict(mutant, _fate(mutant, outcomes, result), share, _numbers(exam, outcomes))


def _full(mutant: Mutant, result: ExerciseResult) -> bool:
    lost = {part.part for part in result.parts if part.score != part.points}
    return not lost & mutant.spoils if mutant.spoils else not lost


def _fate(mutant: Mutant, outcomes: Outcomes, result: ExerciseResult) -> Fate:
    if _full(mutant, result):
        return "survived"
    kinds = {fault.kind for values in outcomes.runs for fault in values.outcome.faults.values()}
    if kinds == {"import"} or not outcomes.runs:
        return "not loaded"
    compared = any(part.status == "wrong" for part in result.parts)
    return "wrong" if compared else "raised"


def _numbers(exam: Exam, outcomes: Outcomes) -> Hashable:
    """A digest of all values as far as float32 tells them apart, and of the reasons why others are missing."""
    digest = hashlib.blake2b(digest_size=32)
    for values in outcomes.runs:
        for part in exam.loaded.exercise.parts:
            if part in values.arrays:
                array = values.arrays[part]
                with np.errstate(over="ignore", invalid="ignore"):
                    digest.update(f"{part}{array.shape}".encode() + array.astype(np.float32).tobytes())
            elif part in values.outcome.faults:
                fault = values.outcome.faults[part]
                digest.update(f"{part}{fault.kind}{fault.type}{fault.message}".encode())
    return digest.digest()


def _short(exam: Exam, runner: Runner) -> Exam:
    """The exam without its longest runs, if it is slow."""
    solution = {exam.loaded.module: exam.loaded.source.answer.encode()}
    if runner.run(exam.job(solution)).seconds <= SLOW:
        return exam
    seconds = [runner.run(_with(exam, [trial]).job(solution)).seconds for trial in exam.trials]
    limit = SLOW / len(seconds) + min(seconds)
    kept = [trial for trial, taken in zip(exam.trials, seconds, strict=True) if taken <= limit]
    return _with(exam, kept) if any(trial.tier == "generic" for trial in kept) else exam


def _with(exam: Exam, trials: Sequence[Trial]) -> Exam:
    """The same exam with some of its trials; inputs and expected values are shared."""
    part = copy.copy(exam)
    part.trials = list(trials)
    part._made = {}
    part.__dict__.pop("shares", None)
    return part
