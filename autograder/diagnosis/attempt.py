"""A student's values in every run of an exercise, and which of them a computation may go on from."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from autograder.compare import Match
from autograder.diagnosis.bench import Values
from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.lab import Lab
from autograder.sandbox.runner import Outcomes
from autograder.trials import Trial

__all__ = ["Attempt", "RunValues", "Verdicts"]

Verdicts = Mapping[str, Sequence[object]]
"""By name, what each trial showed: a `Match`, or what is wrong."""

NUDGE = 1e-9

SPARSE = 2
"""A value with fewer than one in so many of the truth's nonzero elements says too little to go on with."""

TINY = 1e-6
"""An element so much smaller than the greatest counts as zero: what comes of it is below the tolerance."""


NOTHING = 1e-100
"""A value so much smaller than the truth is as good as zero: what comes of it is zero."""


@dataclass
class RunValues:
    """One trial: the student's values by name, those that are wrong, and those to go on from.

    ``own`` are the wrong values that are gone on from by now; ``to_come`` those that may be later on.
    """

    number: int
    trial: Trial
    actual: dict[str, np.ndarray]
    dtypes: Mapping[str, str]
    wrong: set[str]
    own: dict[str, np.ndarray] = field(default_factory=dict)
    to_come: dict[str, np.ndarray] = field(default_factory=dict)


class Attempt:
    """What a submission gave for an exercise, run by run."""

    def __init__(self, lab: Lab, outcomes: Outcomes, verdicts: Verdicts) -> None:
        self.lab = lab
        self.exam = lab.exam
        self.verdicts = verdicts
        self.broken: set[str] = set()  # the broken links that are known by now
        self._says: dict[tuple[int, str], bool] = {}
        self._all_before: dict[str, frozenset[str]] = {}
        self.names = sorted(lab.names, key=self.exam.loaded.calls.gives.index)
        self.runs = [self._run(n, trial, outcomes) for n, trial in enumerate(self.exam.trials[: len(outcomes.runs)])]
        # What is found for a name does not depend on values after it: with those in place already, most of what is asked
        # for later is computed at once.
        for run in self.runs:
            run.to_come = {
                name: run.actual[name]
                for name in self.names
                if name in run.wrong and self.counts(name) and self.says_something(run, name)
            }

    def _run(self, number: int, trial: Trial, outcomes: Outcomes) -> RunValues:
        """The values of one trial, as float64 and of any shape, and which of them are wrong."""
        values = outcomes.runs[number]
        with np.errstate(invalid="ignore"):  # a signalling NaN
            actual = {
                name: np.array(array, dtype=np.float64, order="C")
                for name, array in values.arrays.items()
                if name in self.lab.names and name not in values.outcome.faults
            }
        dtypes = {name: values.outcome.dtypes.get(name, str(array.dtype)) for name, array in values.arrays.items()}
        run = RunValues(number, trial, actual, dtypes, set())
        run.wrong = {n for n in self.names if n in actual and not isinstance(self.verdicts[n][number], Match)}
        return run

    def counts(self, name: str) -> bool:
        """Whether a wrong name costs points. One that carries none does when that of an earlier call does, or a broken link of
        its own call that is computed from it.
        """
        points = self.exam.loaded.exercise.points
        for earlier in () if name in points else self.earlier(name):
            ending = name[len(earlier) :]
            users = [
                part
                for part in self.broken & points.keys()
                if part.endswith(ending) and earlier in self._before(part.removesuffix(ending))
            ]
            if any(self._wrong_where(name, part) for part in (earlier, *users)):
                return True
        return name in points

    def _wrong_where(self, name: str, part: str) -> bool:
        """Whether a part is wrong in ordinary cases, if a name is; else in any."""
        generic = any(name in run.wrong and run.trial.tier == "generic" for run in self.runs)
        return any(part in run.wrong and (run.trial.tier == "generic" or not generic) for run in self.runs)

    def sources(self, name: str) -> list[str]:
        """The nearest names that a name is computed from: for one of a later call, those of the same call."""
        for earlier in self.earlier(name):
            ending = name[len(earlier) :]
            return [f"{source}{ending}" for source in self.exam.sources.get(earlier, [])]
        return self.exam.sources.get(name, [])

    def _before(self, part: str) -> frozenset[str]:
        """All parts that a part is computed from, near and far."""
        if part not in self._all_before:
            found: set[str] = set()
            waiting = [part]
            while waiting:
                new = set(self.exam.sources.get(waiting.pop(), [])) - found
                found |= new
                waiting += new
            self._all_before[part] = frozenset(found)
        return self._all_before[part]

    def usable(self, run: RunValues, name: str) -> bool:
        """Whether a wrong value is one that a computation can go on from at all."""
        actual, expected = run.actual[name], self.lab.expected(run.trial.case, name)
        return (
            expected is not None
            and actual.shape == expected.value.shape
            and bool(np.isfinite(actual).all())
            and expected.value.dtype.kind == "f"
        )

    def says_something(self, run: RunValues, name: str) -> bool:
        """Whether a wrong value may be gone on from: no constant, no copy of an input or value, not next to nothing."""
        key = run.number, name
        if key not in self._says:
            self._says[key] = self._says_something(run, name)
        return self._says[key]

    def _says_something(self, run: RunValues, name: str) -> bool:
        actual, expected = run.actual[name], self.lab.expected(run.trial.case, name)
        if expected is None or not self.usable(run, name) or not actual.any():
            return False
        if np.abs(actual).max() < NOTHING * np.abs(expected.value).max():
            return False
        if actual.size > 1 and np.ptp(actual) == 0 and np.ptp(expected.value) != 0:
            return False
        if np.count_nonzero(np.abs(actual) > TINY * np.abs(actual).max()) * SPARSE < np.count_nonzero(expected.value):
            return False
        if actual.size > 1 and any(
            other != name and value.shape == actual.shape and np.array_equal(value, actual)
            for other, value in run.actual.items()
            if other not in run.wrong
        ):
            return False
        upstream = self.exam.loaded.exercise.upstream
        return not any(
            isinstance(value, np.ndarray) and value.shape == actual.shape and actual.size > 1
            and key not in (upstream, self.updated(name)) and np.array_equal(value, actual)
            for key, value in self.exam.inputs[run.trial.case.name].items()
        )  # fmt: skip

    def forget(self, name: str) -> None:
        """Go on from no watched name for the sake of a part of its own call, where that is the part in question."""
        endings = {name[len(earlier) :] for earlier in self.earlier(name)}
        for run in self.runs:
            for other in [n for n in run.own if n not in self.exam.loaded.exercise.points]:
                earlier = self.earlier(other)
                if any(other[len(e) :] in endings for e in earlier) and not any(e in run.wrong for e in earlier):
                    del run.own[other]

    def earlier(self, name: str) -> list[str]:
        """Parts that the same code gave in an earlier call: ``dW2`` of ``dW2_next``."""
        return [part for part in self.exam.loaded.exercise.parts if name != part and name.startswith(f"{part}_")]

    def is_updated(self, name: str) -> bool:
        """Whether a name is that of a parameter after a step: ``new_W1``."""
        return bool(self.updated(name))

    def is_stuck(self, parameter: str) -> bool:
        """Whether a parameter is after the steps what it was before."""
        after = [name for name in self.names if self.updated(name) == parameter]
        pairs = [
            (run.actual[name], self.exam.inputs[run.trial.case.name][parameter])
            for run in self.runs
            for name in after
            if name in run.actual
        ]
        return bool(pairs) and all(np.array_equal(a, b) for a, b in pairs)

    def updated(self, name: str) -> str:
        """The parameter whose value after a step a name is."""
        return next((one for one in self.lab.inputs(self.lab.cases[0]) if name.endswith(f"_{one}")), "")

    def right(self, run: RunValues) -> dict[str, np.ndarray]:
        """The values that are right."""
        return {name: value for name, value in run.actual.items() if name not in run.wrong and self.usable(run, name)}

    def has_shape(self, run: RunValues, name: str) -> bool:
        """Whether a value has the shape of the truth."""
        expected = self.lab.expected(run.trial.case, name)
        return expected is not None and run.actual[name].shape == expected.value.shape

    def unusable(self, run: RunValues, name: str) -> bool:
        """Whether a name has a value in a generic case from which nothing can be computed."""
        return name in run.wrong and not self.usable(run, name) and run.trial.tier == "generic"

    def gives(self, name: str, run: RunValues, candidates: Sequence[Candidate]) -> bool:
        """Whether a step, under some mistakes, gives what the student has."""
        expected = self.lab.expected(run.trial.case, name)
        values = self.locals(name, run, candidates)
        return expected is not None and any(
            agrees(run.actual[name], expected, value, from_truth=not run.own) for value in values
        )

    def locals(self, name: str, run: RunValues, candidates: Sequence[Candidate]) -> Iterator[np.ndarray]:
        """What a right step makes of the values before it; where activations are wrong, in the ways that there are."""
        if not candidates and not any(other != name for other in run.own):
            return
        # Before the first wrong value, a mistake gives what it gives in every submission: that is kept.
        to_come = run.to_come if run.own else {}
        for own, from_outputs in itertools.chain(self._ways(run), self._gone_round(name, run)):
            found = self.lab.values(run.trial.case, {**to_come, **own}, candidates, from_outputs=from_outputs)
            if name in found:
                yield found[name]

    def _gone_round(self, name: str, run: RunValues) -> Iterator[tuple[Values, bool]]:
        """What to go on from without one link: its step was written as one with the next, or it was overwritten."""
        for link in sorted((self.broken | {*self.sources(name)}) & run.own.keys()):
            rest = {other: value for other, value in run.own.items() if other != link}
            if rest:
                yield self.right(run) | rest, False
                if any(other in self._activations for other in rest):
                    yield self.right(run) | rest, True

    def _ways(self, run: RunValues) -> Iterator[tuple[Values, bool]]:
        """What to go on from: the wrong values, or all that there are; and where activations are wrong, how.

        Formulas may differentiate an activation by its argument or by its value, and may use the student's or the true
        one: all of these are right next steps.
        """
        yield run.own, False
        if not run.own:
            return
        every = self.right(run) | run.own
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

    def looked_at(self, run: RunValues) -> bool:
        """Whether mistakes are looked for in a run: one of a case on its own."""
        return run.trial.variant == "plain" and run.trial.case.diagnosed
