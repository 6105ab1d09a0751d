"""The mistakes that may be made in an exercise: those of the rules, and those of other operands, inputs and updates."""

from __future__ import annotations

import functools
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from autograder.diagnosis.bench import Bench, examples
from autograder.diagnosis.candidate import Candidate
from autograder.diagnosis.detectors import Factor, factors
from autograder.diagnosis.rules import WRONG_DERIVATIVES, WRONG_OPERATIONS
from autograder.diagnosis.swap import Site
from autograder.exercise import Case
from autograder.trials import Exam

__all__ = ["Lab"]

NOT_EVERYWHERE = ("kink", "mask_ignored", "ties_shared", "transposed")
"""Mistakes that not every case shows: they are looked for in each."""


class Lab(Bench):
    """A bench, and the mistakes that can be tried on it."""

    def __init__(self, exam: Exam) -> None:
        super().__init__(exam)
        self._losses: dict[str, Sequence[Candidate]] = {}

    @functools.cached_property
    def candidates(self) -> Sequence[Candidate]:
        """Every mistake of the rules that changes a part of this exercise, those of one kind at one part together."""
        merged: dict[tuple[Any, ...], Candidate] = {}
        seen: set[frozenset[tuple[Site, str]]] = set()
        for case in self.cases:
            if self.signatures[case.name] in seen:
                continue
            new = self.signatures[case.name].difference(*seen)
            seen.add(self.signatures[case.name])
            count: dict[tuple[Any, ...], int] = {}
            for site in sorted(new):
                for candidate in _at(site, in_reference=self.in_reference(site[0])):
                    touches = self.touched(case, candidate)
                    if not touches and candidate.mistake in NOT_EVERYWHERE:
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

    def _rival(self, site: tuple[Site, str]) -> str:
        """The operation, where the same line does others in other cases: each is then a mistake for itself."""
        others = {o for signature in self.signatures.values() for s, o in signature if s == site[0]}
        return site[1] if len(others) > 1 else ""

    def _place(self, name: str) -> int:
        return self.names.index(name)

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
                Candidate(
                    "no_answer", f"{one} is never moved", {"what": f"{one} itself"}, later={one: lambda g, i: g * 0}
                ),
                Candidate("step_size", f"the step of {one} without lr", later={one: lambda g, i: g / i[lr]}),
                Candidate("sign", f"the step of {one} uphill", later={one: lambda g, i: -g}),
                Candidate("accumulated", f"the gradients of {one} add up", {"earlier": "earlier ones"}, adds_up=one),
            ]
        if not any(part.startswith("d") and part[1:] in updated for part in exercise.parts):
            made.append(Candidate("first_example_only", "the first example alone", alone=0))
            made.append(Candidate("overwritten", "in each epoch the step of the last example alone", alone=-1))
            for label, value in _TRAINING_FACTORS.items():
                mistake = "sign" if label == "-1" else "wrong_factor"
                how = f"{label} times every gradient"
                made.append(Candidate(mistake, how, {"factor": label}, later={one: _Scaled(value) for one in updated}))
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
            made += (
                []
                if not self._shows_gradients
                else [
                    Candidate("step_direction", "lr with the other sign", inputs=lambda i: {**i, "lr": -i["lr"]}),
                    Candidate("step_size", "lr / N", inputs=lambda i: {**i, "lr": i["lr"] / examples(i)}),
                    Candidate("step_size", "lr / 2", inputs=lambda i: {**i, "lr": i["lr"] / 2}),
                    Candidate("step_size", "2 lr", inputs=lambda i: {**i, "lr": i["lr"] * 2}),
                ]
            )
            made += [
                Candidate("step_size", "1 for lr", inputs=lambda i: {**i, "lr": 1.0}),
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
    def loss_factors(self) -> Mapping[str, Factor]:
        """What a loss may be off by, by what it is called: its sign, and every factor."""
        return {"-1": lambda _: -1.0, **dict(factors(self.inputs(self.cases[0]), self.size_names))}

    def loss_times(self, label: str) -> Sequence[Candidate]:
        """A loss times a number, with all its gradients and without them."""
        if label not in self._losses:
            value = self.loss_factors[label]
            mistake, detail = "loss_sign" if label == "-1" else "wrong_factor", {"factor": label}
            whole = Candidate(
                mistake, f"{label} times the loss, with its gradients", detail, consistent=True,
                loss=_LossTimes(value, derivative=True),
            )  # fmt: skip
            touches = frozenset().union(*(self.touched(case, whole) for case in self.cases[:2]))
            alone = Candidate(
                mistake, f"{label} times the loss, without its gradients", detail,
                loss=_LossTimes(value, derivative=False),
            )  # fmt: skip
            self._losses[label] = replace(whole, touches=touches), alone
        return self._losses[label]

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
                candidate = Candidate(
                    mistake, f"{other} for {name}", {"used": other, "meant": name}, operand=(name, other)
                )
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
            touches = {
                t for t in self.touched(case, candidate, hold=False) if t.startswith("new_") and t[4:] not in moved
            }
            if touches:
                found.append(replace(candidate, touches=frozenset(touches)))
        return found


@dataclass(frozen=True)
class _LossTimes:
    """A loss times a number that follows from the inputs, with or without its derivative."""

    value: Factor
    derivative: bool

    def __call__(self, loss: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        number = self.value(inputs) or 1.0
        return loss * number if self.derivative else loss + (number - 1) * loss.detach()


class _Scaled:
    """A gradient times a number that follows from the inputs."""

    def __init__(self, value: Callable[[Mapping[str, Any]], float]) -> None:
        self.value = value

    def __call__(self, gradient: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        return gradient * self.value(inputs)


_TRAINING_FACTORS: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    "-1": lambda _: -1.0,
    "1/2": lambda _: 0.5,
    "2": lambda _: 2.0,
    "1/N": lambda i: 1 / examples(i),
    "N": examples,
}


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
