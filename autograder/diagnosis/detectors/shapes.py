"""Mistakes that show in the shape of a part: transposed, an axis too many, a sum that is missing or over another axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.detectors.seen import Detector, Seen

__all__ = ["SHAPES"]


def wrong_shape_transposed(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The transposed matrix, which a matrix that is not square shows by its shape."""
    if _each(seen, lambda one: one.actual.ndim == one.local.ndim >= 2 and _same(one, one.actual.swapaxes(-1, -2))):
        yield Candidate("transposed", "the transposed matrix")


def axis_of_one(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The right values with an axis of size 1 more or less."""
    if _each(
        seen,
        lambda one: (
            one.actual.size == one.local.size and _ones(one) and _same(one, one.actual.reshape(one.local.shape))
        ),
    ):
        yield Candidate("extra_axis", "axes of size 1 more or less")


def sum_missing(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """One axis too many, over which the sum is right."""
    if _each(seen, lambda one: one.actual.ndim == one.local.ndim + 1 and _same(one, one.actual.sum(axis=0))):
        yield Candidate("batch_sum_missing", "not summed over the first axis")
    elif _each(seen, lambda one: one.actual.ndim == one.local.ndim + 1 and _same(one, one.actual.mean(axis=0))):
        yield Candidate("batch_sum_missing", "no mean over the first axis")


def other_axis(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The sum of a source over another axis than the right one."""
    for name in seen[0].sources:
        if all(
            name in one.sources and one.sources[name].ndim == 2 and one.actual.ndim == 1
            and _close(one.sources[name].sum(axis=0), one.local) and _close(one.actual, one.sources[name].sum(axis=1))
            for one in seen
        ):  # fmt: skip
            yield Candidate("wrong_axis", f"the sum of {name} over axis 1", {"source": name})
            return


def summed_up(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """A sum over an axis where nothing is to be summed."""
    several = [
        one for one in seen if one.tier == "generic"
    ]  # where one row is left, a squeeze may have summed the rest
    for axis in (0, -1):
        if _each(several, lambda one, axis=axis: one.local.ndim > 1 and _close(one.actual, one.local.sum(axis=axis))):  # type: ignore[misc]
            yield Candidate("wrong_axis", f"summed over axis {axis}")
            return


def pairs(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """Each with each: a square of values whose diagonal is right, from (N,) against (N, 1)."""

    def squared(one: Seen) -> bool:
        n = max(one.local.shape, default=0)
        return (
            one.local.size == n and one.actual.shape in ((n, n), (n, n, 1)) and _same(
                one, np.diagonal(one.actual.reshape(n, n)).reshape(one.local.shape)
            )
        )  # fmt: skip

    if _each(seen, squared):
        yield Candidate("broadcast", "each with each")


SHAPES: Sequence[Detector] = [wrong_shape_transposed, other_axis, axis_of_one, sum_missing, summed_up, pairs]


def _each(seen: Sequence[Seen], holds: Callable[[Seen], bool]) -> bool:
    """Whether it holds in every case, and the shape is wrong in one of them."""
    return any(one.actual.shape != one.local.shape for one in seen) and all(
        one.right if one.actual.shape == one.local.shape and one.right else holds(one) for one in seen
    )


def _same(one: Seen, values: np.ndarray) -> bool:
    return agrees(values, one.expected, one.local)


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-12)


def _ones(one: Seen) -> bool:
    return tuple(n for n in one.actual.shape if n != 1) == tuple(n for n in one.local.shape if n != 1)
