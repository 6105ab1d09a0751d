"""Which mistake gives what a student has at a broken link: detectors first, then all that can be made in the exercise.

A mistake is named only when it explains the values in every case in which it should, and everything else that it touches.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from autograder.diagnosis.attempt import Attempt, RunValues
from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.detectors import DETECTORS, SHAPE_DETECTORS, Seen, copied

__all__ = ["Search"]

SAYS_MORE = ("attention_scale", "cache_detached")
"""Mistakes that show as a factor or as zeros, and whose names say more than that: they are looked for first."""


class Search:
    """The search for the mistakes of one attempt."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.lab, self.exam = attempt.lab, attempt.exam

    def mistake(self, name: str, found: Sequence[Candidate]) -> Candidate | None:
        """The first mistake that explains a name in every case, and everything else that it touches.

        Those that were ``found`` elsewhere are made as well, where they matter.
        """
        runs = [
            run
            for run in self.attempt.runs
            if self.attempt.looked_at(run) and name in run.actual and np.isfinite(run.actual[name]).all()
        ]
        wrong = [run for run in self.attempt.runs if name in run.wrong and self.attempt.looked_at(run)]
        if not wrong:
            return None
        if all(run.trial.tier == "stability" for run in wrong):
            return Candidate("overflow", "right but for extreme values")
        if not any(name in run.wrong for run in runs):
            return None
        runs.sort(key=lambda run: (name not in run.wrong, run.number))
        seen = [self._seen(name, run) for run in runs]
        known = [one for one in seen if one is not None]
        if len(known) < len(seen) or not known:
            return None
        names = self.lab.size_names
        if any(one.actual.shape != one.local.shape for one in known):
            # Right values may have been computed in spite of wrong ones before them: a transposed gradient, turned back in
            # the step. Where it is square in a case, it is gone on from there, and then from the right ones as well.
            every = [one for one in (self._seen(name, run, way=1) for run in runs) if one is not None]
            return next(
                (c for one in (known, every) for detector in SHAPE_DETECTORS for c in detector(name, one, names)), None
            )
        for candidate in self._loss_candidates(name):
            if self._explains(candidate, name, runs, found):
                return candidate
        for candidate in self.lab.candidates:
            says_more = candidate.mistake in SAYS_MORE and candidate.may_be_named_at(name)
            if says_more and self._explains(candidate, name, runs, found):
                return candidate
        for detector in DETECTORS:
            for candidate in detector(name, known, names):
                return candidate
        if self.attempt.updated(name) and self.attempt.is_stuck(self.attempt.updated(name)):
            what = f"{self.attempt.updated(name)} itself"
            return Candidate("no_answer", what, {"what": what})
        unclear = any(
            self.attempt.unusable(run, source)
            for run in self.attempt.runs
            for source in self.exam.sources.get(name, [])
        )
        # One whole number says too little about operands: 2 is 2 by many ways.
        whole = sum(one.actual.size for one in known) < 2 and all(not (one.actual % 1).any() for one in known)
        for candidate in () if unclear else (*self.lab.candidates, *(() if whole else self.lab.operands)):
            if candidate.sites and self.attempt.earlier(name) and not candidate.adds_up:
                continue  # the same code was right in an earlier call, or its mistake is known
            if not candidate.may_be_named_at(name) or (candidate.step and not self.attempt.is_updated(name)):
                continue
            if self._explains(candidate, name, runs, found):
                return candidate
        return next(copied(name, known, names), None)

    def _seen(self, name: str, run: RunValues, way: int = 0) -> Seen | None:
        expected = self.lab.expected(run.trial.case, name)
        if expected is None:
            return None
        local = next(itertools.islice(self.attempt.locals(name, run, []), way, None), expected.value)
        sources = {source: run.actual[source] for source in self.exam.sources.get(name, []) if source in run.actual}
        return Seen(
            run.trial.case, run.trial.tier, run.actual[name], local, expected, sources,
            {other: value for other, value in run.actual.items() if other != name},
            [other for other, sources in self.exam.sources.items() if name in sources],
            {other for one in self.attempt.runs for other in one.wrong},
            self.lab.inputs(run.trial.case), run.dtypes.get(name, ""), self.exam.loaded.exercise.upstream,
        )  # fmt: skip

    def _loss_candidates(self, name: str) -> Iterator[Candidate]:
        """Another sign or factor of the loss, with and without all its gradients."""
        if name not in ("loss", self.exam.loss):
            return
        seen = next(run for run in self.attempt.runs if name in run.wrong)
        expected = self.lab.expected(seen.trial.case, name)
        for label, value in self.lab.loss_factors.items():
            number = value(self.lab.inputs(seen.trial.case))
            if number and expected is not None and agrees(seen.actual[name], expected, expected.value * number):
                yield from self.lab.loss_times(label)

    def _explains(self, candidate: Candidate, name: str, runs: Sequence[RunValues], found: Sequence[Candidate]) -> bool:
        """Whether a mistake gives what the student has: of this name in every case, and of all else that it touches."""
        told = False
        for run in runs:
            case = run.trial.case
            if not self.lab.goes_by(case, candidate):
                continue
            if not self.attempt.gives(name, run, [candidate]) and not self._gives_again(name, run, [*found, candidate]):
                return False
            if not told and name in run.wrong:
                told = True
                if not self._consistent(candidate, name, run, found):
                    return False
        return told

    def _gives_again(self, name: str, run: RunValues, mistakes: Sequence[Candidate]) -> bool:
        """Whether a mistake gives it in a later call or a training run, in which those that were found are made again."""
        made = [one for one in mistakes if one.changes or one is mistakes[-1]]
        return len(made) > 1 and name not in self.exam.traced and self.attempt.gives(name, run, made)

    def _consistent(self, candidate: Candidate, name: str, run: RunValues, found: Sequence[Candidate]) -> bool:
        """Whether everything else that a mistake touches is as the mistake makes it; one in a value, what is before it."""
        others = candidate.touches - {name}
        if not candidate.sites and not candidate.consistent:
            return True
        if not candidate.derivatives and not candidate.consistent:
            others &= {*self.attempt.names[: self.attempt.names.index(name)]}
        everything = {n: run.actual[n] for n in self.attempt.names if n in run.wrong and self.attempt.usable(run, n)}
        whole = replace(run, own=everything)
        for other in others:
            expected = self.lab.expected(run.trial.case, other)
            if expected is None or other not in run.actual or other not in self.exam.traced:
                continue
            together = [*found, candidate]
            if not self.attempt.gives(other, whole, [candidate]) and not self.attempt.gives(other, whole, together):
                return False
        return True
