"""What an exercise's values would be under a mistake, or from a student's own values: computed here, and kept.

A `Candidate` is a mistake that somebody may have made in this exercise: where, and how the reference has to be changed to
make it, too. A `Lab` belongs to one exam.
"""

from __future__ import annotations

import functools
import hashlib
import string
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from autograder.diagnosis.rules import WRONG_DERIVATIVES, WRONG_OPERATIONS
from autograder.diagnosis.swap import Author, Call, Derivative, Instead, Site, Swaps, record
from autograder.exercise import Case
from autograder.expected import EPS32, EPS64, SLACK, Expected, compute
from autograder.reference import swapped, tensors, trace_reference
from autograder.trials import Exam

__all__ = ["Candidate", "Lab", "Values", "agrees"]

Values = Mapping[str, np.ndarray]
Sizes = Mapping[str, float]

KEPT = 512


@dataclass(frozen=True, eq=False)
class Candidate:
    """A mistake that may have been made in an exercise, as a change of its reference.

    ``touches`` are the parts whose own step it changes. ``consistent`` mistakes are in what is computed, not in how it
    is differentiated: whoever makes them differentiates a wrong function rightly, in all that it touches.
    """

    mistake: str
    how: str
    detail: Mapping[str, str] = field(default_factory=dict)
    touches: frozenset[str] = frozenset()
    consistent: bool = False
    derivatives: Mapping[tuple[Site, str], Derivative] = field(default_factory=dict)
    instead: Mapping[tuple[Site, str], Instead] = field(default_factory=dict)
    values: Mapping[tuple[Site, str], Instead] = field(default_factory=dict)
    slopes: Mapping[tuple[Site, str], Instead] = field(default_factory=dict)
    gradients: Mapping[str, Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor]] = field(default_factory=dict)
    loss: Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor] | None = None
    inputs: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    operand: tuple[str, str] | None = None
    flows: bool = False
    afresh: tuple[tuple[str, str], ...] = ()
    later: Mapping[str, Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor]] = field(default_factory=dict)
    adds_up: str = ""

    @property
    def step(self) -> bool:
        """Whether the mistake is in the update of the parameters."""
        return (self.inputs is not None and self.mistake.startswith("step_")) or self.flows or bool(self.afresh)

    @property
    def changes(self) -> bool:
        """Whether it changes anything in the reference, so that it can be made again somewhere else."""
        return bool(self.sites or self.gradients or self.later or self.adds_up or self.loss or self.inputs or self.afresh)

    def may_be_named_at(self, name: str) -> bool:
        """Whether a part may be where it is made: that of the parameter, where it is in the use of that one's gradient."""
        only = self.adds_up or (next(iter(self.later)) if len(self.later) == 1 else "")
        return name in self.touches and (not only or name.endswith(f"_{only}"))

    @property
    def sites(self) -> set[tuple[Site, str]]:
        """The operations that it changes."""
        return {*self.derivatives, *self.instead, *self.values, *self.slopes}


class Lab:
    """Runs the reference of an exam's exercise in other ways, and keeps what came of it."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self.loaded = exam.loaded
        reference = exam.loaded.exercise.reference
        code = getattr(reference, "__code__", None)
        self.author = Author(str(exam.loaded.source.path), code)
        self.names = (*exam.loaded.exercise.parts, *exam.watched)
        self._inputs: dict[str, dict[str, Any]] = {}
        self._kept: dict[tuple[Any, ...], Values] = {}

    def inputs(self, case: Case) -> dict[str, Any]:
        """The inputs of a case as tensors."""
        if case.name not in self._inputs:
            self._inputs[case.name] = tensors(self.exam.inputs[case.name])
        return self._inputs[case.name]

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
        if key not in self._kept:
            if len(self._kept) > KEPT:
                self._kept.clear()
            self._kept[key] = self._compute(case, own, candidates, from_outputs)
        return self._kept[key]

    def _compute(self, case: Case, own: Values, candidates: Sequence[Candidate], from_outputs: bool) -> Values:
        inputs: Mapping[str, Any] = self.inputs(case)
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

    def _swaps(
        self, candidates: Sequence[Candidate], from_outputs: bool, inputs: Mapping[str, Any]
    ) -> Swaps | None:
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
        found = compute(self.loaded, self.inputs(self.cases[0])).values
        others = [name for name, value in found.items() if torch.is_tensor(value) and value.is_floating_point()]
        return tuple(dict.fromkeys((*self.names, *others)))

    def true(self, case: Case) -> Values:
        """The true values of every name in a case."""
        return self.values(case)

    def expected(self, case: Case, name: str) -> Expected | None:
        """The truth of a part or watched name with its tolerance."""
        return self.exam.expected(case).get(name)

    def sizes(self, case: Case) -> Sizes:
        """The lengths of the axes of a case's inputs, by input and axis, and its float scalars."""
        return sizes_of(self.inputs(case))

    @functools.cached_property
    def size_names(self) -> Mapping[str, str]:
        """By size (``X.0``), what to call it: the author's name of it where a case has one, else 'the length of …'."""
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
            names[key] = min(called) if called else f"the length of axis {axis} of {tensor}"
        return names

    @functools.cached_property
    def _signatures(self) -> dict[str, frozenset[tuple[Site, str]]]:
        """By case, the operations of the author's code that its values go through."""
        found = {}
        for case in self.cases:
            swaps, calls = record(self.author)
            with swapped(swaps):
                compute(self.loaded, self.inputs(case))
            found[case.name] = frozenset((call.site, call.operation) for call in calls)
        return found

    def goes_by(self, case: Case, candidate: Candidate) -> bool:
        """Whether a case's values go by an operation that the mistake is in."""
        return not candidate.sites or bool(candidate.sites & self._signatures[case.name])

    @functools.cached_property
    def candidates(self) -> Sequence[Candidate]:
        """Every mistake of the rules that changes a part of this exercise, those of one kind at one part together."""
        merged: dict[tuple[Any, ...], Candidate] = {}
        seen: set[frozenset[tuple[Site, str]]] = set()
        for case in self.cases:
            if self._signatures[case.name] in seen:
                continue
            new = self._signatures[case.name].difference(*seen)
            seen.add(self._signatures[case.name])
            count: dict[tuple[Any, ...], int] = {}
            for site in sorted(new):
                for candidate in _at(site, in_reference=self._in_reference(site[0])):
                    touches = self.touched(case, candidate)
                    if not touches and candidate.mistake in ("kink", "mask_ignored"):  # not every case shows these
                        touches = frozenset().union(*(self.touched(c, candidate) for c in self.cases))
                    if not touches:
                        continue
                    place = min(map(self._place, touches))
                    # The second of a kind in one case (another layer's) is a mistake of its own; in another case it may be
                    # the same one, on another way there.
                    kind = candidate.mistake, candidate.how, candidate.consistent, place, self._rival(site)
                    key = *kind, count.setdefault(kind, 0)
                    count[kind] += 1
                    old = merged.get(key, Candidate("", ""))
                    merged[key] = Candidate(
                        candidate.mistake,
                        candidate.how,
                        candidate.detail,
                        touches=old.touches | touches,
                        consistent=candidate.consistent,
                        derivatives={**old.derivatives, **candidate.derivatives},
                        instead={**old.instead, **candidate.instead},
                        values={**old.values, **candidate.values},
                        slopes={**old.slopes, **candidate.slopes},
                    )
        return [*self._input_candidates(), *merged.values(), *self._loop_candidates()]

    def _in_reference(self, site: Site) -> bool:
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

    def _rival(self, site: tuple[Site, str]) -> str:
        """The operation, where the same line does others in other cases: each is then a mistake for itself."""
        others = {o for signature in self._signatures.values() for s, o in signature if s == site[0]}
        return site[1] if len(others) > 1 else ""

    def _place(self, name: str) -> int:
        return self.names.index(name)

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

    def _loop_candidates(self) -> list[Candidate]:
        """Mistakes in how a training run uses its gradients, one parameter at a time or all alike."""
        made: list[Candidate] = []
        exercise = self.loaded.exercise
        if exercise.outputs is None or "lr" not in self.inputs(self.cases[0]):
            return []
        updated = {one for one in self.inputs(self.cases[0]) for part in exercise.parts if part.endswith(f"_{one}")}
        lr = "lr"
        for one in sorted(updated):
            made += [
                Candidate("no_answer", f"{one} is never moved", {"what": f"{one} itself"}, later={one: lambda g, i: g * 0}),
                Candidate("step_size", f"the step of {one} without lr", later={one: lambda g, i: g / i[lr]}),
                Candidate("sign", f"the step of {one} uphill", later={one: lambda g, i: -g}),
                Candidate("accumulated", f"the gradients of {one} add up", {"earlier": "earlier ones"}, adds_up=one),
            ]
        if not any(part.startswith("d") and part[1:] in updated for part in exercise.parts):
            made.append(Candidate("first_example_only", "the first example alone", inputs=_first_rows))
            for label, value in _TRAINING_FACTORS.items():
                mistake = "sign" if label == "-1" else "wrong_factor"
                how = f"{label} times every gradient"
                made.append(
                    Candidate(mistake, how, {"factor": label}, later={one: _Scaled(value) for one in updated})
                )
        found = []
        for candidate in made:
            touches = self.touched(self.cases[0], candidate)
            if touches:
                found.append(replace(candidate, touches=touches))
        return found

    def _input_candidates(self) -> list[Candidate]:
        """Mistakes that are other inputs: a step size with the wrong sign or left out, the upstream gradient ignored."""
        exercise = self.loaded.exercise
        made: list[Candidate] = []
        first = self.inputs(self.cases[0])
        if exercise.outputs is not None and isinstance(first.get("lr"), float):
            made += [] if not self._shows_gradients else [
                Candidate("step_direction", "lr with the other sign", inputs=lambda i: {**i, "lr": -i["lr"]}),
                Candidate("step_size", "lr / 2", inputs=lambda i: {**i, "lr": i["lr"] / 2}),
                Candidate("step_size", "2 lr", inputs=lambda i: {**i, "lr": i["lr"] * 2}),
            ]
            made += [
                Candidate("step_size", "1 for lr", inputs=lambda i: {**i, "lr": 1.0}),
                Candidate("step_size", "lr / N", inputs=lambda i: {**i, "lr": i["lr"] / _examples(i)}),
                Candidate("step_size", "lr twice", inputs=lambda i: {**i, "lr": i["lr"] ** 2}),
            ]
        if exercise.upstream is not None:
            name = exercise.upstream
            made.append(
                Candidate(
                    "upstream_ignored",
                    "ones for the upstream gradient",
                    inputs=lambda i: {**i, name: torch.ones_like(i[name])},
                )
            )
        found = []
        for candidate in made:
            touches = self.touched(self.cases[0], candidate)
            if touches:
                found.append(Candidate(candidate.mistake, candidate.how, touches=touches, inputs=candidate.inputs))
        return found

    @property
    def _shows_gradients(self) -> bool:
        """Whether gradients are parts: else a gradient with the wrong sign and a step uphill are the same thing."""
        return any(part[:1] == "d" and part in self.exam.traced for part in self.loaded.exercise.parts)

    @functools.cached_property
    def operands(self) -> Sequence[Candidate]:
        """Mistakes that take one tensor for another of the same shape, in one step alone."""
        generic = [case for case in self.cases if case.tier == "generic"]
        known = [
            {**{k: np.asarray(v) for k, v in self.inputs(c).items() if torch.is_tensor(v)}, **self.true(c)}
            for c in generic
        ]
        main = {*self.inputs(generic[0]), *self.exam.traced, *self.loaded.exercise.parts}
        names = [n for n, value in known[0].items() if n in main and value.ndim and value.dtype.kind == "f"]
        found = []
        for name in names:
            for other in names:
                if name == other or any(k[name].shape != k.get(other, np.empty(0)).shape for k in known):
                    continue
                if other.startswith("d") and not name.startswith("d"):
                    continue
                mistake = "after_update" if other == f"new_{name}" else "wrong_operand"
                candidate = Candidate(mistake, f"{other} for {name}", {"used": other, "meant": name}, operand=(name, other))
                touches = self.touched(generic[0], candidate) - {name}
                if touches:
                    found.append(
                        Candidate(mistake, candidate.how, candidate.detail, touches, operand=candidate.operand)
                    )
                if mistake == "after_update":
                    later = Candidate(mistake, candidate.how, candidate.detail, operand=(name, other), flows=True)
                    touches = self.touched(generic[0], later, hold=False) - {name}
                    found.append(replace(later, touches=touches))
        found += self._after_updates(generic[0], {n for n in names if f"new_{n}" in known[0]})
        return found

    def _after_updates(self, case: Case, updated: set[str]) -> list[Candidate]:
        """Everything computed afresh with the parameters of one layer after their step."""
        found = []
        for layer in sorted({name.lstrip(string.ascii_letters) for name in updated} - {""}):
            moved = sorted(name for name in updated if name.endswith(layer))
            candidate = Candidate(
                "after_update",
                f"all over again with new {', '.join(moved)}",
                {"meant": " and ".join(moved)},
                afresh=tuple((name, f"new_{name}") for name in moved),
            )
            touches = {t for t in self.touched(case, candidate, hold=False) if t.startswith("new_") and t[4:] not in moved}
            if touches:
                found.append(replace(candidate, touches=frozenset(touches)))
        return found


class _Scaled:
    """A gradient times a number that follows from the inputs."""

    def __init__(self, value: Callable[[Mapping[str, Any]], float]) -> None:
        self.value = value

    def __call__(self, gradient: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        return gradient * self.value(inputs)


def _first_rows(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first example of all that there are."""
    n = _examples(inputs)
    first = {k: v[:1] for k, v in inputs.items() if isinstance(v, torch.Tensor) and v.ndim and len(v) == n}
    return {**inputs, **first}


def _examples(inputs: Mapping[str, Any]) -> float:
    first = next(value for value in inputs.values() if isinstance(value, torch.Tensor))
    return float(len(first))


_TRAINING_FACTORS: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    "-1": lambda _: -1.0,
    "1/2": lambda _: 0.5,
    "2": lambda _: 2.0,
    "1/N": lambda i: 1 / _examples(i),
    "N": _examples,
}


def sizes_of(inputs: Mapping[str, Any]) -> Sizes:
    """The lengths of the axes of tensors, and float scalars, by name."""
    found: dict[str, float] = {}
    for name, value in inputs.items():
        if isinstance(value, torch.Tensor):
            found |= {f"{name}.{axis}": float(length) for axis, length in enumerate(value.shape)}
        elif isinstance(value, float):
            found[name] = value
    return found


def agrees(actual: np.ndarray, expected: Expected, value: np.ndarray) -> bool:
    """Whether an answer is ``value``, as exactly as the truth would be asked for.

    The tolerance of the truth is taken along in proportion to the sizes of the two.
    """
    if actual.shape != value.shape:
        return False
    with np.errstate(all="ignore"):
        size = float(np.abs(value).max(initial=0.0))
        whole = float(np.abs(expected.value).max(initial=0.0))
        scale = size / whole if whole and np.isfinite(size) else 1.0
        floor = SLACK * (EPS32 * np.abs(value) + EPS64 * size)
        if expected.tolerance.shape == value.shape:
            floor = np.maximum(floor, expected.tolerance * scale)
        return bool((np.abs(actual - value) <= floor).all())


def _at(site: tuple[Site, str], *, in_reference: bool) -> list[Candidate]:
    """The mistakes of the rules at one operation; additions and products of an update are none of the reference's."""
    operation = site[1]
    if not in_reference and operation in ("add", "sub", "mul", "div"):
        return []
    return [
        *(
            Candidate(rule.mistake, rule.how, rule.detail, derivatives={site: rule.derivative})
            for rule in WRONG_DERIVATIVES
            if operation in rule.operations
        ),
        *(
            Candidate(rule.mistake, rule.how, rule.detail, instead={site: rule.instead}, consistent=True)
            for rule in WRONG_OPERATIONS
            if operation in rule.operations
        ),
        *(
            Candidate(rule.mistake, f"{rule.how} in the value alone", rule.detail, values={site: rule.instead})
            for rule in WRONG_OPERATIONS
            if operation in rule.operations
        ),
        *(
            Candidate(rule.mistake, f"{rule.how} in the derivative alone", rule.detail, slopes={site: rule.instead})
            for rule in WRONG_OPERATIONS
            if operation in rule.operations
        ),
    ]
