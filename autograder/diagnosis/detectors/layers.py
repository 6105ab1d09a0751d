"""Mistakes in layers and losses that show in the values: sums over the items of a batch, and the scalar losses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch

from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.detectors.factors import factors
from autograder.diagnosis.detectors.seen import Detector, Seen

__all__ = ["AFTER", "BEFORE", "SHAPES"]


def loss_scaled(part: str, seen: Sequence[Seen], names: Mapping[str, str]) -> Iterator[Candidate]:
    """A loss with another sign or factor: one of several, each with the same scalar upstream gradient.

    What follows from it rightly has the same sign or factor, so the gradient of the loss is changed as well.
    """
    if part.startswith("d") or any(one.local.ndim or not _is_scalar(_upstream(one)) for one in seen):
        return
    if _in_all(seen, lambda one: -one.local):
        yield Candidate("loss_sign", "-1 times the loss", gradients={part: lambda g, _: -g})
        return
    for label, value in factors(seen[0].inputs, names):
        if len(seen) > 1 and _in_all(seen, lambda one, value=value: one.local * (value(one.inputs) or np.nan)):  # type: ignore[misc]
            yield Candidate(
                "wrong_factor", f"{label} times the loss", {"factor": label},
                gradients={part: lambda g, i, value=value: g * (value(i) or 1.0)},  # type: ignore[misc]
            )  # fmt: skip
            return


def item_factor(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """Divided by the number of items, N or N · T, or multiplied with it: the mean for a sum over all axes but the last."""
    if any(_items(one) < 1 for one in seen) or len(seen) < 2:
        return
    for factor, power in (("1/(the number of items)", -1), ("the number of items", 1)):
        if _in_all(seen, lambda one, power=power: one.local * float(_items(one)) ** power):  # type: ignore[misc]
            yield Candidate("wrong_factor", f"{factor} times the right step", {"factor": factor})
            return


def items_not_summed(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """Several axes too many, over all of which the sum is right."""

    def summed(one: Seen) -> bool:
        more = one.actual.ndim - one.local.ndim
        return more > 0 and agrees(one.actual.sum(axis=tuple(range(more))), one.expected, one.local)

    if any(map(summed, seen)) and all(one.right or summed(one) for one in seen):
        yield Candidate("batch_sum_missing", "not summed over all axes in front")


def over_outputs(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The upstream gradient summed over its last axis, where it was to be summed over all others."""

    def turned(one: Seen) -> bool:
        upstream = _upstream(one)
        if upstream is None or upstream.ndim < 2:
            return False
        right = upstream.reshape(-1, upstream.shape[-1]).sum(axis=0)
        wrong = upstream.sum(axis=-1).reshape(-1)
        return agrees(right, one.expected, one.local) and _equal(one.actual.reshape(-1), wrong)

    if all(map(turned, seen)):
        yield Candidate("wrong_axis", "the upstream gradient summed over the outputs")


BEFORE: Sequence[Detector] = [loss_scaled]
"""Asked before all others."""

AFTER: Sequence[Detector] = [item_factor]

SHAPES: Sequence[Detector] = [items_not_summed, over_outputs]
"""For parts of a wrong shape."""


def _in_all(seen: Sequence[Seen], value: Callable[[Seen], np.ndarray]) -> bool:
    """Whether a value explains every case and is not what is right in at least one of them."""
    found = [(one, value(one)) for one in seen]
    return all(one.is_(wrong) for one, wrong in found) and not all(
        agrees(wrong, one.expected, one.local) for one, wrong in found
    )


def _upstream(one: Seen) -> np.ndarray | None:
    value = one.inputs.get(one.upstream or "")
    return value.numpy() if isinstance(value, torch.Tensor) else None


def _is_scalar(value: np.ndarray | None) -> bool:
    return value is not None and value.ndim == 0


def _items(one: Seen) -> int:
    """How many rows the upstream gradient has; 0 where it is none."""
    upstream = _upstream(one)
    return 0 if upstream is None or upstream.ndim < 2 else int(np.prod(upstream.shape[:-1]))


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=1e-12))
