"""A mistake that somebody may have made in an exercise: where, and what it does to the values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from autograder.diagnosis.swap import Derivative, Instead, Site
from autograder.expected import EPS32, EPS64, SLACK, Expected

__all__ = ["Candidate", "agrees", "sizes_of"]


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
    alone: int | None = None

    @property
    def step(self) -> bool:
        """Whether the mistake is in the update of the parameters."""
        return (self.inputs is not None and self.mistake.startswith("step_")) or self.flows or bool(self.afresh)

    @property
    def changes(self) -> bool:
        """Whether it changes anything in the reference, so that it can be made again somewhere else."""
        return bool(
            self.sites
            or self.gradients
            or self.later
            or self.adds_up
            or self.alone is not None
            or self.loss
            or self.inputs
            or self.afresh
        )

    def may_be_named_at(self, name: str) -> bool:
        """Whether a part may be where it is made: that of the parameter, where it is in the use of that one's gradient."""
        only = self.adds_up or (next(iter(self.later)) if len(self.later) == 1 else "")
        return name in self.touches and (not only or name.endswith(f"_{only}"))

    @property
    def sites(self) -> set[tuple[Site, str]]:
        """The operations that it changes."""
        return {*self.derivatives, *self.instead, *self.values, *self.slopes}


def agrees(actual: np.ndarray, expected: Expected, value: np.ndarray, *, from_truth: bool = False) -> bool:
    """Whether an answer is ``value``, as exactly as the truth would be asked for.

    The tolerance of the truth is taken along in proportion to the sizes of the two. A value computed ``from_truth`` alone
    may cancel to what rounding leaves, which differs from one processor to the next: against the size of the truth that is
    nothing. (Of values that a student made ever so small, this would let anything follow.)
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
        if from_truth and np.isfinite(whole):
            floor = np.maximum(floor, SLACK * EPS64 * whole)
        return bool((np.abs(actual - value) <= floor).all())


def sizes_of(inputs: Mapping[str, Any]) -> Mapping[str, float]:
    """The lengths of the axes of tensors, and float scalars, by name."""
    found: dict[str, float] = {}
    for name, value in inputs.items():
        if isinstance(value, torch.Tensor):
            found |= {f"{name}.{axis}": float(length) for axis, length in enumerate(value.shape)}
        elif isinstance(value, float):
            found[name] = value
    return found
