"""What an exercise's values would be under a mistake, or from a student's own values: computed here, and kept."""

from __future__ import annotations

import functools
import hashlib
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from autograder.diagnosis.candidate import Candidate, agrees, sizes_of
from autograder.diagnosis.swap import Author, Site, Swaps, record
from autograder.exercise import Case
from autograder.expected import Expected, compute
from autograder.reference import swapped, tensors, trace_reference
from autograder.trials import Exam

__all__ = ["Bench", "Values", "examples"]

Values = Mapping[str, np.ndarray]

KEPT = 512
"""So many values that were computed from those of students are kept."""

MISTAKES_KEPT = 1 << 16
"""So many that mistakes give on their own: far more than an exercise has mistakes and cases, but some are made for a student."""


class Bench:
    """Runs the reference of an exam's exercise in other ways, and keeps what came of it."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self.loaded = exam.loaded
        reference = exam.loaded.exercise.reference
        code = getattr(reference, "__code__", None)
        self.author = Author(str(exam.loaded.source.path), code)
        self.names = (*exam.loaded.exercise.parts, *exam.watched)
        self._inputs: dict[str, dict[str, Any]] = {}
        self._mistakes: dict[tuple[Any, ...], Values] = {}
        self._students: dict[tuple[Any, ...], Values] = {}

    def inputs(self, case: Case) -> dict[str, Any]:
        """The inputs of a case as tensors."""
        if case.name not in self._inputs:
            self._inputs[case.name] = tensors(self.exam.inputs[case.name])
        return self._inputs[case.name]

    def _fresh(self, case: Case) -> dict[str, Any]:
        """Inputs to compute with: an author's function may change them in place, and the next is not to see that."""
        return tensors(self.exam.inputs[case.name])

    @functools.cached_property
    def cases(self) -> list[Case]:
        """The cases of the exam that a diagnosis looks at, in the order of its trials."""
        return list({trial.case.name: trial.case for trial in self.exam.trials if trial.case.diagnosed}.values())

    def values(
        self, case: Case, own: Values | None = None, candidates: Sequence[Candidate] = (), *, from_outputs: bool = False
    ) -> Values:
        """Every name of the exercise in a case, each computed from own values before it, under some mistakes.

        Empty where that cannot be computed.
        """
        own = own or {}
        digest = hashlib.blake2b(digest_size=16)
        for name in sorted(own):
            digest.update(name.encode() + own[name].tobytes())
        key = case.name, digest.digest(), tuple(candidates), from_outputs
        kept = self._students if own else self._mistakes
        if key not in kept:
            if len(self._students) > KEPT:
                self.forget()
            if len(self._mistakes) > MISTAKES_KEPT:
                self._mistakes.clear()
            kept[key] = self._compute(case, own, candidates, from_outputs)
        return kept[key]

    def forget(self) -> None:
        """Let go of what was computed from students' values; what the mistakes give on their own is kept."""
        self._students.clear()

    def _compute(self, case: Case, own: Values, candidates: Sequence[Candidate], from_outputs: bool) -> Values:
        inputs: Mapping[str, Any] = self._fresh(case)
        mine: dict[str, torch.Tensor] = {name: torch.tensor(value) for name, value in own.items()}
        for candidate in candidates:
            if candidate.inputs is not None:
                inputs = candidate.inputs(inputs)
            if candidate.afresh:
                known = self.true(case)
                inputs = {**inputs, **{name: torch.tensor(known[other]) for name, other in candidate.afresh}}
                mine = {}
            if candidate.operand is not None:
                inputs, mine = self._with_operand(case, inputs, mine, *candidate.operand, flows=candidate.flows)
        try:
            with swapped(self._swaps(candidates, from_outputs, inputs)), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = compute(self.loaded, inputs, own=mine).values
            names = self.names if own or candidates else self.all_names
            return {name: np.asarray(torch.as_tensor(found[name]).detach()) for name in names if name in found}
        except Exception:  # a mistake, or a student's values, of which an author's function can make nothing
            return {}

    def _swaps(self, candidates: Sequence[Candidate], from_outputs: bool, inputs: Mapping[str, Any]) -> Swaps | None:
        if not candidates and not from_outputs:
            return None
        losses = [candidate.loss for candidate in candidates if candidate.loss is not None]

        def loss(value: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
            for change in losses:
                value = change(value, inputs)
            return value

        return Swaps(
            self.author,
            {key: value for candidate in candidates for key, value in candidate.derivatives.items()},
            {key: value for candidate in candidates for key, value in candidate.instead.items()},
            {key: value for candidate in candidates for key, value in candidate.gradients.items()},
            loss if losses else None,
            slopes={key: value for candidate in candidates for key, value in candidate.slopes.items()},
            values={key: value for candidate in candidates for key, value in candidate.values.items()},
            later={key: value for candidate in candidates for key, value in candidate.later.items()},
            adds_up=frozenset(candidate.adds_up for candidate in candidates if candidate.adds_up),
            alone=next(((c.alone, examples(inputs)) for c in candidates if c.alone is not None), None),
            from_outputs=from_outputs,
            known=inputs,
        )

    def _with_operand(
        self,
        case: Case,
        inputs: Mapping[str, Any],
        own: Mapping[str, torch.Tensor],
        name: str,
        other: str,
        *,
        flows: bool,
    ) -> tuple[Mapping[str, Any], dict[str, torch.Tensor]]:
        """Inputs and own values in which one name has the value of another, and every other name keeps its own.

        Where it ``flows``, only the values on the way forward do.
        """
        known = {key: torch.tensor(value) for key, value in self.true(case).items()} | dict(own)
        known = {key: value for key, value in inputs.items() if isinstance(value, torch.Tensor)} | known
        kept = self.exam.forward if flows else known.keys()
        held = {key: value for key, value in known.items() if key not in inputs and key in kept}
        if other not in known or name not in known or known[other].shape != known[name].shape:
            return inputs, dict(own)
        if name in inputs:
            return {**inputs, name: known[other]}, held
        return inputs, {**held, name: known[other]}

    @functools.cached_property
    def all_names(self) -> tuple[str, ...]:
        """The names of parts, and of all else that the reference and ``outputs`` name in the first case."""
        found = compute(self.loaded, self._fresh(self.cases[0])).values
        others = [name for name, value in found.items() if torch.is_tensor(value) and value.is_floating_point()]
        return tuple(dict.fromkeys((*self.names, *others)))

    def true(self, case: Case) -> Values:
        """The true values of every name in a case."""
        return self.values(case)

    def expected(self, case: Case, name: str) -> Expected | None:
        """The truth of a part or watched name with its tolerance."""
        return self.exam.expected(case).get(name)

    def sizes(self, case: Case) -> Mapping[str, float]:
        """The lengths of the axes of a case's inputs, by input and axis, and its float scalars."""
        return sizes_of(self.inputs(case))

    @functools.cached_property
    def size_names(self) -> Mapping[str, str]:
        """By size (``X.0``), what to call it: the author's name of it where a case has one, else `X.shape[0]`."""
        names: dict[str, str] = {}
        for key in self.sizes(self.cases[0]):
            if "." not in key:
                names[key] = key
                continue
            tensor, _, axis = key.partition(".")
            called = None
            for case in self.cases:
                chosen = {n for n, v in self.exam.sizes_of(case).items() if v == self.sizes(case).get(key)}
                if chosen:
                    called = chosen if called is None else called & chosen
            names[key] = min(called) if called else f"{tensor}.shape[{axis}]"
        return names

    @functools.cached_property
    def signatures(self) -> dict[str, frozenset[tuple[Site, str]]]:
        """By case, the operations of the author's code that its values go through."""
        found = {}
        for case in self.cases:
            swaps, calls = record(self.author)
            with swapped(swaps):
                compute(self.loaded, self._fresh(case))
            found[case.name] = frozenset((call.site, call.operation) for call in calls)
        return found

    def goes_by(self, case: Case, candidate: Candidate) -> bool:
        """Whether a case's values go by an operation that the mistake is in."""
        return not candidate.sites or bool(candidate.sites & self.signatures[case.name])

    def touched(self, case: Case, candidate: Candidate, *, hold: bool = True) -> frozenset[str]:
        """The names whose own step a mistake changes: where all before them is right, they are not."""
        true = self.true(case)
        own = {name: true[name] for name in self.names if name in true and hold}
        found = self.values(case, own, [candidate])
        return frozenset(
            name
            for name in self.names
            if name in found
            and (expected := self.expected(case, name)) is not None
            and not agrees(found[name], expected, true[name])
        )

    def in_reference(self, site: Site) -> bool:
        """Whether a site is in the reference itself, or in what it calls; not so in an update that ``outputs`` makes."""
        return "lr" not in self.inputs(self.cases[0]) or site in self._main

    @functools.cached_property
    def _main(self) -> frozenset[Site]:
        exercise = self.loaded.exercise
        found: set[Site] = set()
        if exercise.reference is not None:
            for case in self.cases:
                swaps, calls = record(self.author)
                with swapped(swaps):
                    trace_reference(exercise.reference, self.inputs(case), exercise.upstream)
                found |= {call.site for call in calls}
        return frozenset(found)


def examples(inputs: Mapping[str, Any]) -> int:
    """The number of examples: the length of the first tensor."""
    return len(next(value for value in inputs.values() if isinstance(value, torch.Tensor)))
