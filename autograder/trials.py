"""Which runs judge an exercise: its cases, and the purity checks on the first of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import torch

from autograder.cases import Secret, make_inputs
from autograder.course import Forbidden, Loaded
from autograder.exercise import TIERS, Case, Tier
from autograder.expected import Expected, compute, expected_values
from autograder.reference import Trace, tensors, trace_reference
from autograder.sandbox.runner import Inputs, Job, Limits, Run
from autograder.sandbox.wire import Guard, Variant

__all__ = ["Exam", "Trial"]

Made = TypeVar("Made")

GUARDED = {"autograd", "forward mode", "function transform", "jit", "backward kernel"}
"""Means that are out of reach at run time; an exercise that allows any of them is run where none is."""


@dataclass(frozen=True)
class Trial:
    """One case in one variant. The tier decides which share of the points it counts for."""

    case: Case
    hidden: bool
    tier: Tier
    variant: Variant = "plain"
    other: Case | None = None


class Exam:
    """An exercise with its trials, their inputs and the expected values, each made once and shared by all students.

    Without a secret there are only the public trials: what a student may check against.
    """

    def __init__(self, loaded: Loaded, secret: Secret | None) -> None:
        self.loaded = loaded
        exercise = loaded.exercise
        hidden = exercise.hidden if secret is not None else ()
        self.inputs: dict[str, Inputs] = {
            case.name: make_inputs(loaded, case, secret) for case in (*exercise.public, *hidden)
        }
        # Hidden trials come last: no exception or text of a public one can tell what a student's code has seen there. (A
        # mistake is named if it explains the hidden values as well, which is no more than their status tells.)
        self.trials: Sequence[Trial] = [
            *(Trial(case, False, case.tier) for case in exercise.public),
            *self._purity(),
            *(Trial(case, True, case.tier) for case in hidden),
        ]
        self._lock = Lock()
        self._made: dict[Any, Any] = {}

    @property
    def runs(self) -> list[Run]:
        """The runs of a job, in the order of the trials."""
        return [
            Run(
                self.inputs[trial.case.name],
                trial.variant,
                self.inputs[trial.other.name] if trial.other is not None else {},
            )
            for trial in self.trials
        ]

    def job(self, files: Mapping[str, bytes], forbidden: Forbidden = "zero") -> Job:
        """The job that runs a submission's files, with the assignment's data beside them, through all trials.

        ``forbidden`` is what the course does about means that the exercise rules out.
        """
        loaded = self.loaded
        guard: Guard = "block" if forbidden == "zero" else "record"
        return Job(
            exercise=loaded.name,
            module=loaded.module,
            files={**loaded.data, **files},
            calls=loaded.exercise.calls,
            wanted=(*loaded.exercise.parts, *self.watched),
            runs=self.runs,
            arrays=loaded.exercise.arrays,
            limits=Limits(seconds=loaded.exercise.seconds),
            withheld=sum(trial.hidden for trial in self.trials),
            guard="off" if GUARDED & set(loaded.exercise.allowed) else guard,
        )

    def expected(self, case: Case) -> dict[str, Expected]:
        """Expected values of a case, by part."""
        with self._lock:
            return self._all_expected[case.name]

    @cached_property
    def _all_expected(self) -> dict[str, dict[str, Expected]]:
        cases = {trial.case.name: trial.case for trial in self.trials}
        return {
            name: expected_values(self.loaded, case, self.inputs[name], self.watched) for name, case in cases.items()
        }

    @cached_property
    def watched(self) -> tuple[str, ...]:
        """Names that the calls give and the reference knows, without points: what comes after them is judged by them."""
        others = [name for name in self.loaded.calls.gives if name not in self.loaded.exercise.points]
        if not others:
            return ()
        known = compute(self.loaded, tensors(self.inputs[self.trials[0].case.name])).values
        return tuple(name for name in others if name in known)

    def sizes_of(self, case: Case) -> Mapping[str, int]:
        """The whole numbers among the sizes of a case, by the author's names, as far as they are fixed."""
        return {name: value for name, value in case.sizes.items() if isinstance(value, int)}

    def once(self, make: Callable[[Exam], Made]) -> Made:
        """What ``make`` makes of this exam, made once."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the exercise's file and with the data files beside it."""
        digest = hashlib.sha256(self.loaded.source.text.encode())
        for name, content in sorted(self.loaded.data.items()):
            digest.update(name.encode() + hashlib.sha256(content).digest())
        return digest.hexdigest()

    @cached_property
    def shares(self) -> dict[Tier, Fraction]:
        """Share of a part's points by tier: the exercise's weights of the tiers that it has, together 1."""
        weights = {
            tier: Fraction(str(self.loaded.exercise.tiers.get(tier, 0)))
            for tier in TIERS
            if any(trial.tier == tier for trial in self.trials)
        }
        return {tier: weight / sum(weights.values()) for tier, weight in weights.items()}

    def sizes(self, trial: Trial) -> str:
        """The shapes of a public trial's inputs: ``x (2,), W1 (4, 2)``; nothing of a hidden one."""
        if trial.hidden:
            return ""
        inputs = self.inputs[trial.case.name]
        return ", ".join(f"{name} {value.shape}" for name, value in inputs.items() if isinstance(value, np.ndarray))

    @cached_property
    def derived(self) -> frozenset[str]:
        """Parts that `outputs` computes from the reference's trace, and that are not in the trace themselves."""
        return frozenset(part for part, found in self.sources.items() if found) - self.traced

    @cached_property
    def forward(self) -> frozenset[str]:
        """Names of values on the way forward, before the loss."""
        if self.loaded.exercise.reference is None:
            return frozenset()
        return frozenset(self._trace.values_by_name) - {self.loss}

    @cached_property
    def loss(self) -> str:
        """What the loss is called: ``loss``, or the part that has its value."""
        if self.loaded.exercise.reference is None or "loss" in self.loaded.exercise.parts:
            return "loss"
        true = compute(self.loaded, tensors(self.inputs[self.trials[0].case.name])).values
        given = {part: torch.as_tensor(true[part]) for part in self.loaded.exercise.parts}
        same = (part for part, value in given.items() if "loss" in true and torch.equal(value, true["loss"]))
        return next(same, "loss")

    @cached_property
    def traced(self) -> frozenset[str]:
        """Names that the reference itself gives."""
        return frozenset(self._trace) if self.loaded.exercise.reference is not None else frozenset()

    @cached_property
    def _trace(self) -> Trace:
        exercise = self.loaded.exercise
        assert exercise.reference is not None
        inputs = tensors(self.inputs[self.trials[0].case.name])
        return trace_reference(exercise.reference, inputs, exercise.upstream)

    @cached_property
    def sources(self) -> dict[str, list[str]]:
        """By part, the nearest other parts that it is computed from, as far as the reference's marks tell.

        What `outputs` computes has no graph to read; it is computed from those parts of the trace that change it.
        """
        exercise = self.loaded.exercise
        if exercise.reference is None:
            return {}
        inputs = self.inputs[self.trials[0].case.name]
        found = {part: self._trace.sources(part, exercise.parts) for part in exercise.parts}
        derived = [part for part in exercise.parts if part not in self._trace]
        if derived:
            # Tensors anew for each run: an author's `outputs` may change them in place.
            true = compute(self.loaded, tensors(inputs)).values
            own = {part: true[part] for part in exercise.parts if torch.is_tensor(true[part])}
            before = compute(self.loaded, tensors(inputs), own=own).values
            for source in [part for part in own if own[part].is_floating_point()]:
                try:
                    after = compute(self.loaded, tensors(inputs), own={**own, source: own[source] + 0.1}).values
                except Exception:  # moved values may be none that the author's function can take: a hint less  # noqa: S112
                    continue
                for part in derived:
                    if part != source and not torch.equal(torch.as_tensor(before[part]), torch.as_tensor(after[part])):
                        found[part].append(source)
        return found

    def _purity(self) -> list[Trial]:
        """The first drawn generic public case again, with non-contiguous inputs, and in turn with another case."""
        exercise = self.loaded.exercise
        if not exercise.pure:
            return []
        generic = [case for case in exercise.public if case.tier == "generic"]
        first = next((case for case in generic if case.inputs is None), generic[0])
        trials = [Trial(first, False, "purity", "again"), Trial(first, False, "purity", "strided")]
        others = [case for case in exercise.public if case is not first]
        if others and len(self.loaded.calls.statements) > 1:
            trials.append(Trial(first, False, "purity", "interleaved", others[0]))
        return trials
