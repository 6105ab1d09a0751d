"""Mistakes in what optimizers do with a gradient: momentum, Adam's means and bias correction, weight decay."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation
from autograder.diagnosis.swap import Call, Instead

__all__ = ["DERIVATIVES", "OPERATIONS"]


def _mixed(weight: Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]) -> Instead:
    """Another mean of what was and what is new, whose weight is a number."""

    def wrong(call: Call) -> torch.Tensor:
        was, new, share = call.args[:3]
        return weight(was, new, share) if isinstance(share, float) else call.run()

    return wrong


def _step_number(change: Callable[[int], int]) -> Instead:
    """The powers of a bias correction for another number of the step."""

    def wrong(call: Call) -> torch.Tensor:
        if "beta1" not in call.known or not isinstance(call.args[1], int):
            return call.run()
        return call.run(call.x, change(call.args[1]))

    return wrong


def _corrected(*places: int) -> Instead:
    """No bias correction in these places: a power that is 0."""

    def wrong(call: Call) -> torch.Tensor:
        powers: torch.Tensor = call.run()
        if "beta1" not in call.known or powers.ndim != 1:
            return powers
        powers = powers.clone()
        powers[list(places)] = 0
        return powers

    return wrong


def _inside_root(call: Call) -> torch.Tensor:
    """A root of what has eps added already, to which eps will be added."""
    eps = call.known.get("eps")
    return (call.x + eps).sqrt() - eps if isinstance(eps, float) else call.run()


def _not_times_rate(call: Call) -> torch.Tensor:
    """Weight decay that is not multiplied by the learning rate, as the rest of the step is."""
    decay, rate = call.known.get("weight_decay"), call.known.get("learning_rate")
    if decay is None or not isinstance(rate, float) or call.args[1] is not decay:
        return call.run()
    return call.run() / rate


def _decayed_afterwards(call: Call) -> torch.Tensor:
    """A step whose weight decay is taken from the weights that the gradient has moved already.

    ``W - lr (g + decay W)`` is right; with ``V = W - lr g`` it becomes ``V - lr decay V``, which is more by ``lr² decay g``.
    """
    decay, rate = call.known.get("weight_decay"), call.known.get("learning_rate")
    if not isinstance(decay, float) or not isinstance(rate, float) or not isinstance(call.args[1], torch.Tensor):
        return call.run()
    by_gradient = call.args[1] - rate * decay * call.x
    result: torch.Tensor = call.run() + rate * decay * by_gradient
    return result


def _new_with_share(call: Call) -> torch.Tensor:
    """A velocity to which the gradient is added with the rest of the share, as in a mean."""
    beta = call.known.get("beta")
    if not isinstance(beta, float) or not isinstance(call.args[1], torch.Tensor):
        return call.run()
    added: torch.Tensor = call.args[0] + (1 - beta) * call.args[1]
    return added


DERIVATIVES: Sequence[WrongDerivative] = []

OPERATIONS: Sequence[WrongOperation] = [
    WrongOperation("wrong_operand", "eps inside of the root", ("sqrt",), _inside_root,
                   {"used": "the root of v + eps", "meant": "the root of v, plus eps"}),
    WrongOperation("wrong_operand", "β and 1 - β exchanged", ("lerp",), _mixed(lambda w, n, s: (1 - s) * n + s * w),
                   {"used": "β", "meant": "1 - β"}),
    WrongOperation("dropped_term", "the new value without the factor 1 - β", ("lerp",),
                   _mixed(lambda w, n, s: (1 - s) * w + n)),
    WrongOperation("dropped_term", "the former value without the factor β", ("lerp",), _mixed(lambda w, n, s: w + s * n)),
    WrongOperation("dropped_term", "the former value left out", ("lerp",), _mixed(lambda w, n, s: s * n)),
    WrongOperation("dropped_term", "the new value alone", ("lerp",), _mixed(lambda w, n, s: n * 1)),
    WrongOperation("dropped_term", "no bias correction", ("pow",), _corrected(0, 1)),
    WrongOperation("dropped_term", "no bias correction of m", ("pow",), _corrected(0)),
    WrongOperation("dropped_term", "no bias correction of v", ("pow",), _corrected(1)),
    WrongOperation("other_call", "the bias correction of the first step in every step", ("pow",), _step_number(lambda t: 1)),
    WrongOperation("other_call", "the bias correction of the next step", ("pow",), _step_number(lambda t: t + 1)),
    WrongOperation("step_size", "weight decay without the step size", ("mul",), _not_times_rate),
    WrongOperation("after_update", "weight decay of the weights after the gradient's step", ("sub",), _decayed_afterwards,
                   {"meant": "W"}),
    WrongOperation("wrong_factor", "the gradient times 1 - β", ("add",), _new_with_share, {"factor": "1 - β in one term"}),
]  # fmt: skip
