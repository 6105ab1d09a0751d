"""Mistakes of convolution and pooling that show in a part's shape: a stride, a padding or a dilation left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.detectors.seen import Detector, Seen

__all__ = ["SHAPES"]

NEUTRAL = {"stride": 1, "padding": 0, "dilation": 1}


def _all(seen: Sequence[Seen], holds: Any) -> bool:
    """Whether it holds wherever the part is not right, and there is such a case."""
    wrong = [one for one in seen if one.actual.shape != one.local.shape or not one.right]
    return bool(wrong) and all(holds(one) for one in wrong)


def _setting(one: Seen, name: str) -> int:
    value = one.inputs.get(name, NEUTRAL[name])
    return value if isinstance(value, int) else NEUTRAL[name]


def _is_local(one: Seen, value: np.ndarray) -> bool:
    return value.shape == one.local.shape and agrees(value, one.expected, one.local)


def padding_left_on(_: str, seen: Sequence[Seen], __: Mapping[str, str]) -> Iterator[Candidate]:
    """The gradient of the padded signal, with the padding's own."""

    def holds(one: Seen) -> bool:
        p = _setting(one, "padding")
        inner = (slice(None), slice(None), *(slice(p, n - p) for n in one.actual.shape[2:]))
        return p > 0 and one.actual.ndim == one.local.ndim > 2 and _is_local(one, one.actual[inner])

    if _all(seen, holds):
        yield Candidate("stride_ignored", "the padding is still there")


def nothing_left(_: str, seen: Sequence[Seen], __: Mapping[str, str]) -> Iterator[Candidate]:
    """Right with padding, and empty without: a slice up to -0."""
    if _all(seen, lambda one: _setting(one, "padding") == 0 and not one.actual.size and bool(one.local.size)):
        yield Candidate("stride_ignored", "a slice that ends at -padding is empty where the padding is 0")


def number_of_windows(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """As many windows as there would be without a stride, a padding or a dilation."""
    for name, neutral in NEUTRAL.items():
        if part == "out" and _all(
            seen, lambda one, name=name, neutral=neutral: _windows(one, **{name: neutral}) == one.actual.shape[2:]
        ):
            yield Candidate("stride_ignored", f"{name} {neutral}")
            return


def _windows(one: Seen, **changed: int) -> tuple[int, ...] | None:
    """How many windows fit along each axis; None where that is not how many the right result has."""
    x, w, size = (one.inputs.get(name) for name in ("x", "w", "size"))
    taps = w.shape[2:] if w is not None else (size,) * (x.ndim - 2) if x is not None and size is not None else None
    if taps is None or x is None:
        return None

    def count(stride: int, padding: int, dilation: int) -> tuple[int, ...]:
        return tuple(
            (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(x.shape[2:], taps, strict=True)
        )

    settings = {name: _setting(one, name) for name in NEUTRAL}
    return count(**{**settings, **changed}) if count(**settings) == one.local.shape[2:] else None


def one_sum_missing(_: str, seen: Sequence[Seen], __: Mapping[str, str]) -> Iterator[Candidate]:
    """A bias's gradient that is summed over the examples, and not over the places."""

    def holds(one: Seen) -> bool:
        places = tuple(range(1, one.actual.ndim))
        return one.local.ndim == 1 and bool(places) and _is_local(one, one.actual.sum(axis=places))

    if _all(seen, holds):
        yield Candidate("wrong_axis", "not summed over the places")


def channels_swapped(_: str, seen: Sequence[Seen], __: Mapping[str, str]) -> Iterator[Candidate]:
    """A kernel's gradient with its axes of input and output channels in each other's place."""

    def holds(one: Seen) -> bool:
        return one.actual.ndim == one.local.ndim > 2 and _is_local(one, one.actual.swapaxes(0, 1))

    if _all(seen, holds):
        yield Candidate("transposed", "the first two axes in each other's place")


SHAPES: Sequence[Detector] = [channels_swapped, padding_left_on, nothing_left, number_of_windows, one_sum_missing]
