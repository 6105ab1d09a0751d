"""Mistakes in the operations of shapes, reductions, indices and sums over several uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation, at_first
from autograder.diagnosis.swap import Call, Derivative

__all__ = ["DERIVATIVES", "OPERATIONS"]

USES = ("expand",)
"""A reference that gives a value to k uses by ``value.expand(k, *value.shape)`` has one upstream gradient for each use."""

BROADCASTS = ("broadcast_to",)
TOTALS = ("sum",)
MEANS = ("mean",)
MAXIMA = ("amax",)
ORDERS = ("permute",)
ROWS = ("index_select",)
POWERS = ("pow",)

Gradients = Mapping[int, torch.Tensor]


def _fans_out(call: Call, g: torch.Tensor) -> bool:
    return g.ndim == call.x.ndim + 1 and g.shape[1:] == call.x.shape and len(g) > 1


def _one_use(use: int) -> Derivative:
    """The contribution of one of several uses alone, as an assignment in the place of a sum leaves it."""

    def wrong(call: Call, g: torch.Tensor) -> Gradients:
        return {0: g[use]} if _fans_out(call, g) and use < len(g) else {}

    return wrong


def _without_use(use: int) -> Derivative:
    """The sum over all uses but one; of two uses it would be the other alone."""

    def wrong(call: Call, g: torch.Tensor) -> Gradients:
        return {0: g.sum(0) - g[use]} if _fans_out(call, g) and len(g) > 2 and use < len(g) else {}

    return wrong


def _mean_of_uses(call: Call, g: torch.Tensor) -> Gradients:
    return {0: g.mean(0)} if _fans_out(call, g) else {}


def _mean_of_copies(call: Call, g: torch.Tensor) -> Gradients:
    """The mean over what was copied in the place of the sum."""
    return {0: g.sum_to_size(call.x.shape) * (call.x.numel() / g.numel())} if g.numel() else {}


def _one_copy(copy: int) -> Derivative:
    """One of the copies in the place of their sum."""

    def wrong(call: Call, g: torch.Tensor) -> Gradients:
        for _ in range(g.ndim - call.x.ndim):
            g = g[copy]
        for axis, size in enumerate(call.x.shape):
            if size == 1:
                g = g.narrow(axis, copy % g.shape[axis], 1)
        return {0: g}

    return wrong


def _over_axis(factor: Callable[[Call, int], float]) -> Derivative:
    """A reduction over one axis (of size n), which is gone after it, with another factor in the derivative."""

    def wrong(call: Call, g: torch.Tensor) -> Gradients:
        right = call.right.get(0)
        if right is None or g.ndim != call.x.ndim - 1:
            return {}
        return {0: right * factor(call, call.x.shape[call.dim])}

    return wrong


def _greatest(gradient: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]) -> Derivative:
    """The derivative of a maximum from where the greatest elements are, and the upstream gradient at every element."""

    def wrong(call: Call, g: torch.Tensor) -> Gradients:
        if g.ndim != call.x.ndim - 1:
            return {}
        greatest = (call.x == call.output.unsqueeze(call.dim)).to(g.dtype)
        return {0: gradient(greatest, g.unsqueeze(call.dim).expand(call.x.shape), call.dim)}

    return wrong


def _first(greatest: torch.Tensor, dim: int) -> torch.Tensor:
    return greatest * (greatest.cumsum(dim) == 1)


def _greatest_of_all(call: Call, g: torch.Tensor) -> Gradients:
    """The mask from a comparison with the maximum over everything."""
    return {0: g.unsqueeze(call.dim) * (call.x == call.x.max())} if g.ndim == call.x.ndim - 1 else {}


def _value_for_mask(call: Call, _: torch.Tensor) -> Gradients:
    right = call.right.get(0)
    return {} if right is None else {0: right * call.x}


def _other_order(call: Call, g: torch.Tensor) -> Gradients:
    """The order of the axes again, in the place of the order that turns it back; the shape is put right afterwards."""
    order = call.args[1:] if isinstance(call.args[1], int) else tuple(call.args[1])
    return {0: g.permute(order).reshape(call.x.shape)}


def _each_place_once(last: bool) -> Derivative:
    """Rows that are chosen several times have the upstream gradient of one of these times alone."""

    def wrong(call: Call, g: torch.Tensor) -> Gradients:
        if call.args[1] != 0:
            return {}
        gradient = torch.zeros_like(call.x)
        rows = list(enumerate(call.args[2].tolist()))
        for number, row in rows if last else reversed(rows):
            gradient[row] = g[number]
        return {0: gradient}

    return wrong


def _mean_of_rows(call: Call, g: torch.Tensor) -> Gradients:
    right = call.right.get(0)
    if right is None or call.args[1] != 0:
        return {}
    times = torch.bincount(call.args[2], minlength=len(call.x)).clamp(min=1)
    return {0: right / times.reshape(-1, *[1] * (g.ndim - 1))}


def _own_factors(call: Call, g: torch.Tensor) -> Gradients:
    """A product of two numbers with each one's own value in the place of the other's."""
    one, other = call.args[:2]
    if not isinstance(other, torch.Tensor) or one.ndim or other.ndim:
        return {}
    return {0: g * one, 1: g * other}


def _power(slope: Callable[[torch.Tensor, float], torch.Tensor]) -> Derivative:
    """Another derivative of a power with a number as its exponent."""

    def wrong(call: Call, g: torch.Tensor) -> Gradients:
        exponent = call.args[1]
        return {0: g * slope(call.x, exponent)} if isinstance(exponent, (int, float)) else {}

    return wrong


NUMBERS = ((0, "first"), (1, "second"), (2, "third"))

DERIVATIVES: Sequence[WrongDerivative] = [
    *(WrongDerivative("overwritten", f"the contribution of the {which} use alone", USES, _one_use(use))
      for use, which in NUMBERS),
    *(WrongDerivative("dropped_term", f"without the contribution of the {which} use", USES, _without_use(use))
      for use, which in NUMBERS),
    WrongDerivative("wrong_factor", "the mean of the contributions", USES, _mean_of_uses,
                    {"factor": "one over the number of uses"}),
    WrongDerivative("wrong_factor", "the mean over the copies", BROADCASTS, _mean_of_copies,
                    {"factor": "one over the number of copies"}),
    WrongDerivative("overwritten", "the first copy alone", BROADCASTS, _one_copy(0)),
    WrongDerivative("overwritten", "the last copy alone", BROADCASTS, _one_copy(-1)),
    WrongDerivative("wrong_factor", "the factor 1 / n of a mean", TOTALS, _over_axis(lambda call, n: 1 / n),
                    {"factor": "one over the size of the axis"}),
    WrongDerivative("wrong_factor", "without 1 / n", MEANS, _over_axis(lambda call, n: n),
                    {"factor": "the size of the axis"}),
    WrongDerivative("wrong_factor", "one over the number of all elements for 1 / n", MEANS,
                    _over_axis(lambda call, n: n / call.x.numel()), {"factor": "one over the sizes of the other axes"}),
    WrongDerivative("wrong_factor", "one over the length of the first axis for 1 / n", MEANS,
                    _over_axis(lambda call, n: n / len(call.x)), {"factor": "the axis over the first axis"}),
    WrongDerivative("mask_ignored", "every element as if it were the greatest", MAXIMA,
                    _greatest(lambda greatest, g, dim: g)),
    WrongDerivative("kink", "each of those that tie has the whole gradient", MAXIMA,
                    _greatest(lambda greatest, g, dim: g * greatest)),
    WrongDerivative("kink", "the first of those that tie has the whole gradient", MAXIMA,
                    _greatest(lambda greatest, g, dim: g * _first(greatest, dim))),
    WrongDerivative("kink", "the last of those that tie has the whole gradient", MAXIMA,
                    _greatest(lambda greatest, g, dim: g * _first(greatest.flip(dim), dim).flip(dim))),
    WrongDerivative("wrong_axis", "the greatest of all elements", MAXIMA, _greatest_of_all),
    WrongDerivative("wrong_operand", "the value for the mask", MAXIMA,
                    _value_for_mask,
                    {"used": "the greatest element", "meant": "a mask of zeros and ones"}),
    WrongDerivative("transposed", "reshaped, but the axes not turned back", ORDERS,
                    at_first(lambda call, g: g.reshape(call.x.shape))),
    WrongDerivative("transposed", "the same order of the axes once more", ORDERS, _other_order),
    WrongDerivative("overwritten", "the last of equal indices alone", ROWS, _each_place_once(last=True)),
    WrongDerivative("overwritten", "the first of equal indices alone", ROWS, _each_place_once(last=False)),
    WrongDerivative("wrong_factor", "the mean over equal indices", ROWS, _mean_of_rows,
                    {"factor": "one over the number of times that a row is used"}),
    WrongDerivative("wrong_operand", "each factor's own value for the other", ("mul",), _own_factors,
                    {"used": "each factor's own value", "meant": "that of the other factor"}),
    WrongDerivative("dropped_term", "a power's derivative without the exponent as a factor", POWERS,
                    _power(lambda x, n: x ** (n - 1))),
    WrongDerivative("wrong_operand", "a power's derivative with the exponent as it was", POWERS,
                    _power(lambda x, n: n * x**n),
                    {"used": "the power itself", "meant": "the power whose exponent is one less"}),
]  # fmt: skip

OPERATIONS: Sequence[WrongOperation] = [
    WrongOperation("wrong_factor", "the mean for the sum over an axis", TOTALS,
                   lambda call: call.run() / call.x.shape[call.dim] if _one_axis(call) else call.run(),
                   {"factor": "one over the size of the axis"}),
    WrongOperation("wrong_factor", "the sum for the mean over an axis", MEANS,
                   lambda call: call.run() * call.x.shape[call.dim] if _one_axis(call) else call.run(),
                   {"factor": "the size of the axis"}),
    WrongOperation("transposed", "reshaped, but the axes not turned", ORDERS,
                   lambda call: call.x.reshape(call.run().shape)),
]  # fmt: skip


def _one_axis(call: Call) -> bool:
    """Whether it reduces one axis, which is gone after it."""
    return len(call.args) > 1 and isinstance(call.args[1], int) and not call.kwargs.get("keepdim", False)
