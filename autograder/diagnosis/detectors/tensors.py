"""Mistakes that show in the shape of a gradient where something was broadcast, reduced, or put in another order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.detectors.seen import Detector, Seen

__all__ = ["SHAPES"]

MOST_AXES = 4
"""Of more axes there are too many orders and choices to try."""


def _wrong_everywhere(seen: Sequence[Seen]) -> list[Seen]:
    """The cases with a wrong shape, where all others are right; else none."""
    wrong = [one for one in seen if one.actual.shape != one.local.shape]
    return wrong if all(one.right for one in seen if one.actual.shape == one.local.shape) else []


def _same(one: Seen, value: np.ndarray) -> bool:
    return agrees(value, one.expected, one.local)


def not_summed(_part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The values before they are summed over the axes along which something was repeated."""

    def summed(one: Seen) -> bool:
        try:
            value = torch.from_numpy(one.actual).sum_to_size(one.local.shape)
        except RuntimeError:
            return False
        return _same(one, value.numpy())

    wrong = _wrong_everywhere(seen)
    if any(one.actual.size > one.local.size for one in wrong) and all(summed(one) for one in wrong):
        yield Candidate("batch_sum_missing", "not summed over what it was broadcast to")


def other_order(_part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The axes in another order."""

    def turned(one: Seen) -> bool:
        axes = one.actual.ndim
        return 2 < axes == one.local.ndim <= MOST_AXES and any(
            one.actual.transpose(order).shape == one.local.shape and _same(one, one.actual.transpose(order))
            for order in itertools.permutations(range(axes))
        )

    # Where all axes are of one size, the shape does not show it.
    if any(one.actual.shape != one.local.shape for one in seen) and all(one.right or turned(one) for one in seen):
        yield Candidate("transposed", "the axes in another order")


def other_sum(_part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """A sum of the upstream gradient over other axes than the right ones, or of the right result over axes that it has."""

    def sums(value: np.ndarray) -> Iterator[np.ndarray]:
        for count in range(1, value.ndim + 1):
            for axes in itertools.combinations(range(value.ndim), count):
                yield value.sum(axis=axes)

    def summed(one: Seen) -> bool:
        upstream = one.inputs.get(one.upstream or "")
        found = [one.local]
        if isinstance(upstream, torch.Tensor) and upstream.ndim <= MOST_AXES:
            every = list(sums(upstream.numpy()))
            if any(value.size == one.local.size and _same(one, value.reshape(one.local.shape)) for value in every):
                found.append(upstream.numpy())
        return any(
            value.size == one.actual.size
            and np.allclose(value.reshape(one.actual.shape), one.actual, rtol=1e-5, atol=1e-12)
            for source in found
            if source.ndim <= MOST_AXES
            for value in sums(source)
        )

    wrong = _wrong_everywhere(seen)
    if wrong and all(summed(one) for one in wrong):
        yield Candidate("wrong_axis", "a sum over other axes")


SHAPES: Sequence[Detector] = [not_summed, other_order, other_sum]
