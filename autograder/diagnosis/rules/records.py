"""What a rule is: a wrong derivative, or a wrong operation, with its name.

A rule says what a mistaken student takes in the place of an operation's derivative (`WrongDerivative`) or of the
operation itself (`WrongOperation`). ``mistake`` is its name in `autograder.diagnosis.mistakes`, which has the words, and
in ``docs/mistakes/``; ``how`` says it exactly, for the instructor. Rules of the same name at the same part are one
mistake: in another case the author's code may take another way there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch

from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["WrongDerivative", "WrongOperation", "again", "at_first", "from_slope"]


@dataclass(frozen=True)
class WrongDerivative:
    """``derivative(call, upstream)`` in the place of the right gradients; positions that it leaves out stay right."""

    mistake: str
    how: str
    operations: Sequence[str]
    derivative: Derivative
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WrongOperation:
    """``instead(call)`` in the place of the operation, in value and derivative; None where it does not apply."""

    mistake: str
    how: str
    operations: Sequence[str]
    instead: Instead
    detail: Mapping[str, str] = field(default_factory=dict)


def from_slope(slope: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Derivative:
    """An elementwise derivative from the argument x and the value y of a function."""
    return lambda call, g: {0: g * slope(call.x, call.output)}


def at_first(gradient: Callable[[Call, torch.Tensor], torch.Tensor]) -> Derivative:
    """A derivative with respect to the first argument alone."""
    return lambda call, g: {0: gradient(call, g)}


def again(call: Call, position: int, g: torch.Tensor) -> torch.Tensor:
    """The gradient of one argument for another upstream gradient."""
    args = [
        a.detach().requires_grad_(n == position) if isinstance(a, torch.Tensor) else a for n, a in enumerate(call.args)
    ]
    with torch.enable_grad():
        (wrong,) = torch.autograd.grad(call.func(*args, **call.kwargs), args[position], g)
    return wrong
