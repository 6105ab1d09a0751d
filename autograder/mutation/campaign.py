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

from autograder.marking import earned
from autograder.mutation.edits import edited_solutions
from autograder.mutation.mistakes import WAY as MISTAKES
from autograder.mutation.mistakes import alike, made_mistakes
from autograder.mutation.mutant import Mutant
from autograder.mutation.values import spoilt_values
from autograder.results import Status
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

    ``share`` is what it keeps before errors are carried forward, from 0 to 1, in the runs that it had. ``values`` are
    equal for two answers that gave the same numbers; None where that was not asked for.
    """

    mutant: Mutant
    fate: Fate
    share: float
    values: Hashable


@dataclass(frozen=True)
class Campaign:
    """All wrong answers to an exercise.

    Each was run until it had lost points: if ``thorough`` on ``trials`` trials at least (if ``shortened``, these are the
    shortest), else on one first. ``same`` are pairs of mistakes that give the same values in all ``trials``.
    """

    verdicts: Sequence[Verdict]
    declared: Mapping[str, str]
    trials: int
    shortened: bool = False
    thorough: bool = True
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
    *,
    thorough: bool = False,
) -> Campaign:
    """Make every wrong answer, run it, mark it. ``on_progress`` is told how many are done, and of how many.

    One wrong run is enough: the first generic one comes first, and the others for those that have lost no point by then.
    Only what is ``thorough`` knows which of them give the same values, and what they keep of all points; there the
    longest runs of a slow solution come last.
    """
    mutants = list(itertools.chain.from_iterable(generate(exam) for generate in generators))
    short = _short(exam, runner)
    stages = [short] if short is exam else [short, exam]
    if not thorough:
        stages.insert(0, _with(exam, [_first(exam)]))
    verdicts = []
    mistakes: list[tuple[Mutant, Outcomes]] = []
    for number, mutant in enumerate(mutants):
        if on_progress is not None:
            on_progress(number, len(mutants))
        verdict = None
        for stage in stages:
            judged, outcomes = _outcomes(mutant, stage, exam, runner)
            if outcomes is None:
                continue
            verdict = _judged(mutant, outcomes, judged, thorough=thorough)
            if thorough and mutant.way == MISTAKES and stage is short:
                mistakes.append((mutant, outcomes))
            if verdict.fate != "survived":
                break
        if verdict is not None:
            verdicts.append(verdict)
    same = alike(_computed(short), [outcomes for _, outcomes in mistakes])
    pairs = [(mistakes[one][0], mistakes[other][0]) for one, other in same]
    return Campaign(verdicts, exam.loaded.exercise.equivalent, len(short.trials), short is not exam, thorough, pairs)


def _outcomes(mutant: Mutant, stage: Exam, exam: Exam, runner: Runner) -> tuple[Exam, Outcomes | None]:
    """What a wrong answer gives in some of the trials, and the exam of these; None where it is the truth there.

    One that is computed has no values in the trials in which nothing is looked for.
    """
    if isinstance(mutant.answer, str):
        return stage, runner.run(stage.job({exam.loaded.module: mutant.answer.encode()}))
    if isinstance(mutant.answer, Outcomes):
        chosen = {id(trial) for trial in stage.trials}
        runs = zip(exam.trials, mutant.answer.runs, strict=True)
        return stage, Outcomes([values for trial, values in runs if id(trial) in chosen])
    return _computed(stage), mutant.answer.outcomes(_computed(stage))


def _computed(exam: Exam) -> Exam:
    """The exam without cases that are left out of a diagnosis because they take long; made once."""
    return exam.once(_without_long_cases)


def _without_long_cases(exam: Exam) -> Exam:
    kept = [trial for trial in exam.trials if trial.case.diagnosed]
    return exam if len(kept) == len(exam.trials) else _with(exam, kept)


def _judged(mutant: Mutant, outcomes: Outcomes, exam: Exam, *, thorough: bool) -> Verdict:
    # Nothing is carried forward from a part that keeps its points: whether any are lost is known without a diagnosis.
    parts = earned(exam, outcomes)
    exercise = exam.loaded.exercise
    lost = {part for part, one in parts.items() if float(one.score) != exercise.points[part]}
    full = not lost & mutant.spoils if mutant.spoils else not lost
    fate: Fate = "survived" if full else _fate(outcomes, [one.status for one in parts.values()])
    share = float(sum(one.score for one in parts.values()) / exercise.total)
    return Verdict(mutant, fate, share, _numbers(exam, outcomes) if thorough else None)


def _fate(outcomes: Outcomes, statuses: Sequence[Status]) -> Fate:
    """How an answer that has lost points lost them."""
    kinds = {fault.kind for values in outcomes.runs for fault in values.outcome.faults.values()}
    if kinds == {"import"} or not outcomes.runs:
        return "not loaded"
    return "wrong" if "wrong" in statuses else "raised"


def _numbers(exam: Exam, outcomes: Outcomes) -> Hashable:
    """A digest of all values as far as float32 tells them apart, and of the reasons why others are missing."""
    digest = hashlib.blake2b(digest_size=32)
    with np.errstate(over="ignore", invalid="ignore"):
        for values in outcomes.runs:
            for part in exam.loaded.exercise.parts:
                if part in values.arrays:
                    array = values.arrays[part]
                    digest.update(f"{part}{array.shape}".encode() + array.astype(np.float32).tobytes())
                elif part in values.outcome.faults:
                    fault = values.outcome.faults[part]
                    digest.update(f"{part}{fault.kind}{fault.type}{fault.message}".encode())
    return digest.digest()


def _first(exam: Exam) -> Trial:
    """The trial that most wrong answers fail already."""
    return next(trial for trial in exam.trials if trial.tier == "generic" and trial.case.diagnosed)


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
    """The same exam with some of its trials; inputs, expected values and the shares of the tiers are those of the whole.

    A change of an input is counted in a tier of which no trial may be left.
    """
    part = copy.copy(exam)
    part.trials = list(trials)
    part.shares = exam.shares
    part._made = {}
    return part
