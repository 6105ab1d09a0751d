"""From what a student's code gave to what went wrong: the first broken links, their mistakes, and what follows from them.

Parts are taken in the order in which a student works. A part that is not right is computed again from the student's own
values before it: if that is what the student has, it follows, and keeps its points. Else it is a broken link, and its
mistake is looked for; a mistake that was found is held to be made wherever the same code runs again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from autograder.compare import Match
from autograder.diagnosis.detectors import DETECTORS, SHAPE_DETECTORS, Seen, copied, factor_candidates
from autograder.diagnosis.lab import Candidate, Lab, Values, agrees
from autograder.sandbox.runner import Outcomes
from autograder.trials import Exam, Trial

__all__ = ["Explained", "Verdicts", "explain", "roots"]

Verdicts = Mapping[str, Sequence[object]]
"""By name, what each trial showed: a `Match`, or what is wrong."""

NUDGE = 1e-9

SPARSE = 8
"""A value with fewer than one in so many of the truth's nonzero elements says too little to go on with."""


@dataclass(frozen=True)
class Explained:
    """What is known about a name that is not right.

    ``carried`` are the trials (by number) in which it follows rightly from values before it. ``mistake`` is its own, or
    the one that it ``repeats`` from an earlier part. ``follows`` are the parts whose values it follows from.
    """

    carried: frozenset[int] = frozenset()
    mistake: Candidate | None = None
    follows: tuple[str, ...] = ()
    repeats: str = ""

    @property
    def broken(self) -> bool:
        """Whether the name is a broken link itself."""
        return not self.follows and not self.repeats


def explain(exam: Exam, outcomes: Outcomes, verdicts: Verdicts) -> dict[str, Explained]:
    """What is known about each name (part or watched) that has wrong values in some trial."""
    if exam.loaded.exercise.reference is None and exam.loaded.exercise.outputs is None:
        return {}
    return _Diagnosis(exam.once(Lab), outcomes, verdicts).run()


def roots(name: str, explained: Mapping[str, Explained]) -> list[str]:
    """The broken links that a name follows from, or whose mistake it repeats, in order."""
    known = explained.get(name)
    if known is None or known.broken:
        return []
    before = (known.repeats,) if known.repeats else known.follows
    found = [root for one in before for root in ([one] if explained[one].broken else roots(one, explained))]
    return list(dict.fromkeys(found))


@dataclass
class _Run:
    """One trial: the student's values by name, those that are wrong, and those to go on from."""

    number: int
    trial: Trial
    actual: dict[str, np.ndarray]
    dtypes: Mapping[str, str]
    wrong: set[str]
    own: dict[str, np.ndarray] = field(default_factory=dict)
    to_come: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class _Found:
    """A mistake that is held to be made, and the part that it was found at."""

    part: str
    candidate: Candidate


@dataclass(frozen=True)
class _LossTimes:
    """A loss times a number that follows from the inputs, with or without its derivative."""

    value: Callable[[Mapping[str, Any]], float | None]
    derivative: bool

    def __call__(self, loss: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        number = self.value(inputs) or 1.0
        return loss * number if self.derivative else loss + (number - 1) * loss.detach()


class _Diagnosis:
    def __init__(self, lab: Lab, outcomes: Outcomes, verdicts: Verdicts) -> None:
        self.lab = lab
        self.exam = lab.exam
        self.verdicts = verdicts
        self.names = sorted(lab.names, key=self._order)
        self.runs = [self._run(n, trial, outcomes) for n, trial in enumerate(self.exam.trials[: len(outcomes.runs)])]
        self.found: list[_Found] = self._stuck()
        self.explained: dict[str, Explained] = {}

    def _order(self, name: str) -> int:
        return self.exam.loaded.calls.gives.index(name)

    def _run(self, number: int, trial: Trial, outcomes: Outcomes) -> _Run:
        """The values of one trial that have the right shape, and of these the wrong ones that say something."""
        values = outcomes.runs[number]
        actual = {
            name: np.asarray(array, dtype=np.float64)
            for name, array in values.arrays.items()
            if name in self.lab.names and name not in values.outcome.faults
        }
        dtypes = {name: values.outcome.dtypes.get(name, str(array.dtype)) for name, array in values.arrays.items()}
        run = _Run(number, trial, actual, dtypes, set())
        run.wrong = {n for n in self.names if n in actual and not isinstance(self.verdicts[n][number], Match)}
        # What is found for a name does not depend on values after it: with those in place already, most of what is asked
        # for later is computed at once.
        run.to_come = {
            name: actual[name]
            for name in self.names
            if name in run.wrong and self._counts(run, name, set()) and self._says_something(run, name)
        }
        return run

    def _go_on(self, name: str, known: Explained, charged: set[str]) -> None:
        """From here on, go on from the wrong values of a name, where they say something.

        What follows rightly from other wrong values, or has a mistake that is known, says something unless it is zero; and
        what does so in one case of a tier is gone on from in all of them. A
        watched name must cost points somewhere: in the same part of an earlier call, or in a part of its own call
        (``charged`` are the endings of such calls).
        """
        understood = not known.broken or (known.mistake is not None and known.mistake.mistake != "no_answer")
        wrong = [run for run in self.runs if name in run.wrong]
        telling = {
            run.trial.tier
            for run in self.runs
            if name in run.actual
            and (self._says_something(run, name) or (understood and self._usable(run, name) and run.actual[name].any()))
        }
        if "generic" not in telling and any(run.trial.tier == "generic" for run in wrong):
            telling = set()
        for run in wrong:
            run.to_come.pop(name, None)
            if self._counts(run, name, charged) and run.trial.tier in telling and self._usable(run, name):
                run.own[name] = run.actual[name]

    def _counts(self, run: _Run, name: str, charged: set[str]) -> bool:
        """Whether a wrong name costs points. One that carries none does when that of an earlier call, or of its own, does."""
        return name in self.exam.loaded.exercise.points or any(
            earlier in run.wrong or name[len(earlier) :] in charged for earlier in self._earlier(name)
        )

    def _usable(self, run: _Run, name: str) -> bool:
        """Whether a wrong value is one that a computation can go on from at all."""
        actual, expected = run.actual[name], self.lab.expected(run.trial.case, name)
        return (
            expected is not None
            and actual.shape == expected.value.shape
            and bool(np.isfinite(actual).all())
            and expected.value.dtype.kind == "f"
        )

    def _says_something(self, run: _Run, name: str) -> bool:
        """Whether a wrong value may be gone on from: it is no constant, no copy of an input, not next to nothing."""
        actual, expected = run.actual[name], self.lab.expected(run.trial.case, name)
        if expected is None or not self._usable(run, name) or not actual.any():
            return False
        if actual.size > 1 and np.ptp(actual) == 0 and np.ptp(expected.value) != 0:
            return False
        if np.count_nonzero(actual) * SPARSE < np.count_nonzero(expected.value):
            return False
        upstream = self.exam.loaded.exercise.upstream
        return not any(
            isinstance(value, np.ndarray) and value.shape == actual.shape and actual.size > 1
            and key not in (upstream, self._updated(name)) and np.array_equal(value, actual)
            for key, value in self.exam.inputs[run.trial.case.name].items()
        )  # fmt: skip

    def _forget(self, name: str) -> None:
        """Go on from no watched name for the sake of a part of its own call, where that is the part in question."""
        endings = {name[len(earlier) :] for earlier in self._earlier(name)}
        for run in self.runs:
            for other in [n for n in run.own if n not in self.exam.loaded.exercise.points]:
                earlier = self._earlier(other)
                if any(other[len(e) :] in endings for e in earlier) and not any(e in run.wrong for e in earlier):
                    del run.own[other]

    def _earlier(self, name: str) -> list[str]:
        """Parts that the same code gave in an earlier call: ``dW2`` of ``dW2_next``."""
        return [part for part in self.exam.loaded.exercise.parts if name != part and name.startswith(f"{part}_")]

    def run(self) -> dict[str, Explained]:
        charged: set[str] = set()
        waiting: list[str] = []
        for name in self.names:
            if not any(name in run.wrong for run in self.runs):
                continue
            self.explained[name] = known = self._explain(name)
            if known.broken and name in self.exam.loaded.exercise.points:
                charged |= {name[len(earlier) :] for earlier in self._earlier(name)}
            waiting.append(name)
            for one in waiting if charged else [name]:
                self._go_on(one, self.explained[one], charged)
        for name, known in self.explained.items():
            if known.broken and known.mistake is None:  # it may be made by a mistake that was found after it
                self._forget(name)
                self.explained[name] = self._repeated(name, known.carried) or known
        return self.explained

    def _explain(self, name: str) -> Explained:
        """A value that is right from those before it follows; one that a known mistake explains repeats it."""
        if all(run.trial.variant != "plain" for run in self.runs if name in run.wrong):
            return self._of_state(name)
        carried = self._carried(name, [])
        if self._enough(name, carried):
            return Explained(self._all(name, carried), follows=self._sources(name))
        again = self._repeated(name, carried)
        if again is not None:
            return again
        if self._from_nothing(name):
            return Explained(carried)
        candidate = self._search(name)
        if candidate is None:
            return Explained(carried)
        for one in self.found:
            same = (one.candidate.mistake, one.candidate.how) == (candidate.mistake, candidate.how)
            line = one.candidate.mistake == candidate.mistake and one.candidate.sites & candidate.sites
            again = one.part in self._earlier(name) or set(self._earlier(one.part)) & set(self._earlier(name))
            if line:
                self.found.append(_Found(one.part, candidate))
            if line or (same and again and candidate.mistake in ("other_call", "low_precision")):
                everywhere = frozenset(run.number for run in self.runs if name in run.wrong)
                return Explained(everywhere, candidate, repeats=one.part)
        if name in self.exam.loaded.exercise.points:
            self.found.append(_Found(name, candidate))
        return Explained(frozenset(), candidate)

    def _of_state(self, name: str) -> Explained:
        """A value that is wrong only in a call after another one: the first part that shows it stands for all."""
        wrong = [run for run in self.runs if name in run.wrong]
        doubled = all(
            (expected := self.lab.expected(run.trial.case, name)) is not None
            and agrees(run.actual[name], expected, 2 * expected.value)
            for run in wrong
            if run.trial.variant == "again"
        )
        again = any(run.trial.variant == "again" for run in wrong)
        if all(run.trial.variant == "strided" for run in wrong):
            return Explained()
        candidate = Candidate(
            "accumulated" if again and doubled else "other_call", "wrong in a second call", {"earlier": "an earlier call"}
        )
        for other, known in self.explained.items():
            if known.mistake is not None and known.mistake.how == candidate.how and not known.repeats:
                return Explained(frozenset(run.number for run in wrong), known.mistake, repeats=other)
        return Explained(mistake=candidate)

    def _repeated(self, name: str, carried: frozenset[int]) -> Explained | None:
        """What is known when a mistake that was found elsewhere explains a name as well."""
        for known in self._known():
            again = carried | self._carried(name, [one.candidate for one in known])
            if self._enough(name, again):
                first = known[-1]
                if first.candidate.mistake == "no_answer" and self._updated(name) in first.candidate.later:
                    return Explained(mistake=first.candidate)
                if first.candidate.step and name in first.candidate.touches and self._is_updated(name):
                    return Explained(mistake=first.candidate)  # no parameter's step follows from that of another
                return Explained(self._all(name, again), first.candidate, repeats=first.part)
        return None

    def _is_updated(self, name: str) -> bool:
        """Whether a name is that of a parameter after a step: ``new_W1``."""
        return bool(self._updated(name))

    def _stuck(self) -> list[_Found]:
        """Parameters that are never moved: what comes of that is known before anything else is looked for."""
        stuck = [one for one in self.lab.inputs(self.lab.cases[0]) if self._is_stuck(one)]
        what = f"{', '.join(stuck)} never moved"
        later = dict.fromkeys(stuck, lambda gradient, _: gradient * 0)
        return [
            _Found(name, Candidate("no_answer", what, {"what": f"{self._updated(name)} itself"}, later=later))
            for name in self.names
            if self._updated(name) in stuck
        ][:1]

    def _is_stuck(self, parameter: str) -> bool:
        """Whether a parameter is after the steps what it was before."""
        after = [name for name in self.names if self._updated(name) == parameter]
        pairs = [
            (run.actual[name], self.exam.inputs[run.trial.case.name][parameter])
            for run in self.runs
            for name in after
            if name in run.actual
        ]
        return bool(pairs) and all(np.array_equal(a, b) for a, b in pairs)

    def _updated(self, name: str) -> str:
        """The parameter whose value after a step a name is."""
        return next((one for one in self.lab.inputs(self.lab.cases[0]) if name.endswith(f"_{one}")), "")

    def _from_nothing(self, name: str) -> bool:
        """Whether a value is made of wrong ones that say nothing: it earns nothing, and has no mistake of its own."""
        before = set(self.exam.sources.get(name, []))
        shapes = any(not self._has_shape(run, name) for run in self.runs if name in run.wrong)
        if shapes and any(self._unusable(run, source) for run in self.runs for source in before):
            return True
        run = next(run for run in self.runs if name in run.wrong)
        graded = self.exam.loaded.exercise.points
        own = {n: run.actual[n] for n in graded if n in run.wrong and n != name and self._usable(run, n)} | run.own
        expected = self.lab.expected(run.trial.case, name)
        if own == run.own or expected is None:
            return False
        found = self.lab.values(run.trial.case, own).get(name)
        return found is not None and agrees(run.actual[name], expected, found)

    def _has_shape(self, run: _Run, name: str) -> bool:
        expected = self.lab.expected(run.trial.case, name)
        return expected is not None and run.actual[name].shape == expected.value.shape

    def _unusable(self, run: _Run, name: str) -> bool:
        return name in run.wrong and not self._usable(run, name) and run.trial.tier == "generic"

    def _all(self, name: str, carried: frozenset[int]) -> frozenset[int]:
        """Trials in which a name follows, with those of cases in which nothing is looked for."""
        return carried | {r.number for r in self.runs if name in r.wrong and not r.trial.case.diagnosed}

    def _known(self) -> Iterator[list[_Found]]:
        """The mistakes found so far, one by one and all together."""
        usable = [one for one in self.found if one.candidate.changes]
        yield from ([one] for one in usable)
        if len(usable) > 1:
            yield usable

    def _carried(self, name: str, candidates: Sequence[Candidate]) -> frozenset[int]:
        """The trials in which a wrong value is what a right step makes of the values before it."""
        carried = set()
        for run in self.runs:
            if name not in run.wrong or not run.trial.case.diagnosed:
                continue
            expected = self.lab.expected(run.trial.case, name)
            actual = run.actual[name]
            if expected is not None and any(agrees(actual, expected, v) for v in self._locals(name, run, candidates)):
                carried.add(run.number)
            elif run.trial.variant == "plain" and run.trial.tier == "generic":
                break
        return frozenset(carried)

    def _enough(self, name: str, carried: frozenset[int]) -> bool:
        """Whether a name follows in every generic case in which it is wrong; that it is wrong at all is known."""
        told = [
            run.number
            for run in self.runs
            if name in run.wrong and self._looked_at(run) and run.trial.tier == "generic"
        ]
        return bool(carried) and all(number in carried for number in told)

    def _locals(self, name: str, run: _Run, candidates: Sequence[Candidate]) -> Iterator[np.ndarray]:
        """What a right step makes of the values before it; where activations are wrong, in the ways that there are."""
        if not candidates and not any(other != name for other in run.own):
            return
        for own, from_outputs in self._ways(run):
            found = self.lab.values(run.trial.case, {**run.to_come, **own}, candidates, from_outputs=from_outputs)
            if name in found:
                yield found[name]

    def _ways(self, run: _Run) -> Iterator[tuple[Values, bool]]:
        """What to go on from: the wrong values, or all that there are; and where activations are wrong, how.

        Formulas may differentiate an activation by its argument or by its value, and may use the student's or the true
        one: all of these are right next steps.
        """
        yield run.own, False
        if not run.own:
            return
        every = {n: v for n, v in run.actual.items() if n not in run.wrong and self._usable(run, n)} | run.own
        yield every, False
        if any(name in self._activations for name in run.own):
            yield every, True
            yield run.own, True
            yield {name: value for name, value in run.own.items() if name not in self._activations}, False
            # A wrong value may lie where a factor of the derivative is 0 and the other infinite: next to it they are not.
            yield {n: v * (1 - NUDGE) + NUDGE / 4 if n in self._activations else v for n, v in run.own.items()}, True

    @functools.cached_property
    def _activations(self) -> frozenset[str]:
        """Names of values on the way forward, in this call or in a later one."""
        forward = self.exam.forward
        return forward | {name for name in self.names if any(name.startswith(f"{one}_") for one in forward)}

    def _sources(self, name: str) -> tuple[str, ...]:
        """The nearest parts before a name that are not right themselves."""
        sources = self.exam.sources.get(name, [])
        broken = tuple(source for source in sources if source in self.explained)
        return broken or tuple(other for other in self.explained if other != name)[:1]

    def _search(self, name: str) -> Candidate | None:
        """The first mistake that explains a name in every case, and everything else that it touches."""
        runs = [
            run
            for run in self.runs
            if self._looked_at(run) and name in run.actual and np.isfinite(run.actual[name]).all()
        ]
        wrong = [run for run in self.runs if name in run.wrong and self._looked_at(run)]
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
            return next((c for detector in SHAPE_DETECTORS for c in detector(name, known, names)), None)
        for candidate in self._loss_candidates(name):
            if self._explains(candidate, name, runs):
                return candidate
        for detector in DETECTORS:
            for candidate in detector(name, known, names):
                return candidate
        if self._updated(name) and self._is_stuck(self._updated(name)):
            what = f"{self._updated(name)} itself"
            return Candidate("no_answer", what, {"what": what})
        whole = sum(one.actual.size for one in known) < 2 and all(not (one.actual % 1).any() for one in known)
        unclear = any(self._unusable(run, source) for run in self.runs for source in self.exam.sources.get(name, []))
        for candidate in () if unclear else (*self.lab.candidates, *(() if whole else self.lab.operands)):  # 2 is 2 by many ways
            if candidate.sites and self._earlier(name) and not candidate.adds_up:
                continue  # the same code was right in an earlier call, or its mistake is known
            if not candidate.may_be_named_at(name) or (candidate.step and not self._is_updated(name)):
                continue
            if self._explains(candidate, name, runs):
                return candidate
        return next(copied(name, known, names), None)

    def _looked_at(self, run: _Run) -> bool:
        return run.trial.variant == "plain" and run.trial.case.diagnosed

    def _seen(self, name: str, run: _Run) -> Seen | None:
        expected = self.lab.expected(run.trial.case, name)
        if expected is None:
            return None
        local = next(self._locals(name, run, []), expected.value)
        sources = {source: run.actual[source] for source in self.exam.sources.get(name, []) if source in run.actual}
        return Seen(
            run.trial.case, run.trial.tier, run.actual[name], local, expected, sources,
            {other: value for other, value in run.actual.items() if other != name},
            [other for other, sources in self.exam.sources.items() if name in sources],
            {other for one in self.runs for other in one.wrong},
            self.lab.inputs(run.trial.case), run.dtypes.get(name, ""), self.exam.loaded.exercise.upstream,
        )  # fmt: skip

    def _loss_candidates(self, name: str) -> Iterator[Candidate]:
        """Another sign or factor of the loss, together with all its gradients."""
        if name not in ("loss", self.exam.loss):
            return
        case = self.lab.cases[0]
        changes = [("-1", lambda _: -1.0), *factor_candidates(self.lab.inputs(case), self.lab.size_names)]
        seen = next(run for run in self.runs if name in run.wrong)
        expected = self.lab.expected(seen.trial.case, name)
        for label, value in changes:
            number = value(self.lab.inputs(seen.trial.case))
            if number is None or expected is None or not agrees(seen.actual[name], expected, expected.value * number):
                continue
            mistake = "loss_sign" if label == "-1" else "wrong_factor"
            whole = _LossTimes(value, derivative=True)
            touches = frozenset().union(*(self.lab.touched(c, Candidate("", "", loss=whole)) for c in self.lab.cases[:2]))
            how = f"{label} times the loss"
            yield Candidate(mistake, f"{how}, with its gradients", {"factor": label}, touches, consistent=True, loss=whole)
            yield Candidate(mistake, f"{how}, without its gradients", {"factor": label}, loss=_LossTimes(value, derivative=False))

    def _explains(self, candidate: Candidate, name: str, runs: Sequence[_Run]) -> bool:
        """Whether a mistake gives what the student has: of this name in every case, and of all else that it touches."""
        told = False
        for run in runs:
            case = run.trial.case
            if not self.lab.goes_by(case, candidate):
                continue
            expected = self.lab.expected(case, name)
            assert expected is not None
            values = list(self._locals(name, run, [candidate]))
            if not any(agrees(run.actual[name], expected, value) for value in values):
                return False
            if not told and name in run.wrong:
                told = True
                if (candidate.derivatives or candidate.consistent) and not self._consistent(candidate, name, run):
                    return False
        return told

    def _consistent(self, candidate: Candidate, name: str, run: _Run) -> bool:
        """Whether everything else that a mistake touches is as the mistake makes it."""
        everything = {n: run.actual[n] for n in self.names if n in run.wrong and self._usable(run, n)}
        whole = replace(run, own=everything)
        for other in candidate.touches - {name}:
            expected = self.lab.expected(run.trial.case, other)
            if expected is None or other not in run.actual or other not in self.exam.traced:
                continue
            values = [
                *self._locals(other, whole, [candidate]),
                *self._locals(other, whole, [*(one.candidate for one in self.found), candidate]),
            ]
            if not any(agrees(run.actual[other], expected, value) for value in values):
                return False
        return True


