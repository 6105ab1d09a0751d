"""Mistakes that show in the values themselves: another sign, a factor, digits that are lost, no answer at all."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from autograder.diagnosis.candidate import Candidate, agrees, sizes_of
from autograder.diagnosis.detectors.factors import factors, size_of
from autograder.diagnosis.detectors.seen import Detector, Seen

__all__ = ["VALUES", "copied"]

MOST = 1e6  # a number that somebody may have written for a size is below


def _everywhere(seen: Sequence[Seen], value: Callable[[Seen], np.ndarray | None]) -> bool:
    """Whether a value explains every case: it is what was found, and it is not what is right in at least one."""
    told = False
    for one in seen:
        found = value(one)
        if found is None or not one.is_(found):
            return False
        told = told or not agrees(found, one.expected, one.local)
    return told


def blank(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """Zeros, or another constant, where the truth is neither."""
    told = [one for one in seen if one.actual.size > 1 and not agrees(one.local, one.expected, one.actual)]
    if not told or any(np.ptp(one.actual) != 0 for one in told):
        return
    values = {float(one.actual.flat[0]) for one in told}
    if any(np.ptp(one.local) == 0 for one in told) or (values != {0.0} and max(one.actual.size for one in told) < 4):
        return
    if values == {0.0}:
        yield Candidate("no_answer", "zeros", {"what": "zeros"})
    elif values == {1.0} and all(map(_passes_upstream, told)):
        yield Candidate("upstream_ignored", "ones for the upstream gradient")
    elif values == {1.0}:
        yield Candidate("no_answer", "ones", {"what": "ones"})
    else:
        yield Candidate("no_answer", "the same number everywhere", {"what": "the same number everywhere"})


def _passes_upstream(one: Seen) -> bool:
    """Whether the truth is the upstream gradient itself."""
    upstream = one.inputs.get(one.upstream or "")
    return isinstance(upstream, torch.Tensor) and agrees(upstream.numpy(), one.expected, one.local)


def opposite(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The opposite sign."""
    if _everywhere(seen, lambda one: -one.local):
        yield Candidate("sign", "-1 times the right step", gradients=_at_gradient(part, lambda g, i: -g))


def signs(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The right sizes with some of the signs wrong."""
    if _everywhere(seen, lambda one: one.actual if one.actual.shape == one.local.shape and agrees(
        np.abs(one.actual), one.expected, np.abs(one.local)) else None
    ):  # fmt: skip
        yield Candidate("sign", "some entries with the wrong sign")


def factor(part: str, seen: Sequence[Seen], names: Mapping[str, str]) -> Iterator[Candidate]:
    """A constant ratio that is a size of the case, or 2, in every case."""
    if len(seen) < 2 and seen[0].actual.size < 2:
        return  # one number is off by some ratio whatever the mistake
    for label, value in factors(seen[0].inputs, names):
        if _everywhere(seen, lambda one, value=value: _times(one.local, value, one.inputs)):  # type: ignore[misc]
            a, _, b = label.partition("/")
            if b and b != a and (a.startswith(f"{b}_") or b.startswith(f"{a}_")):
                yield Candidate("other_call", f"{label} times the right step", {"size": b, "fixed": a})
                return
            yield Candidate(
                "wrong_factor",
                f"{label} times the right step",
                {"factor": label},
                gradients=_at_gradient(part, lambda g, i, value=value: g * (value(i) or 1.0)),  # type: ignore[misc]
            )
            return


def fixed_size(part: str, seen: Sequence[Seen], names: Mapping[str, str]) -> Iterator[Candidate]:
    """A size of the case divided by the same number in every case: a size that was not read from the inputs."""
    ratios = [_ratio(one) for one in seen]
    told = [(one, ratio) for one, ratio in zip(seen, ratios, strict=True) if ratio is not None]
    if len(told) < 2 or len(told) < len(seen):
        return
    for key, label in names.items():
        if "." not in key:
            continue
        sizes = [sizes_of(one.inputs).get(key, 0.0) for one, _ in told]
        if len(set(sizes)) < 2 or 0.0 in sizes:
            continue
        for inverse in (False, True):
            fixed = [ratio * size if inverse else size / ratio for (_, ratio), size in zip(told, sizes, strict=True)]
            if not all(1 <= one < MOST for one in fixed):
                continue
            whole = round(fixed[0])
            if np.allclose(fixed, whole, rtol=1e-5):
                yield Candidate(
                    "other_call", f"{whole} for {label}", {"size": label, "fixed": str(whole)},
                    gradients=_at_gradient(part, functools.partial(_with_size, key, whole, inverse)),
                )  # fmt: skip
                return


def transposed(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The transposed matrix."""
    if all(one.local.ndim >= 2 for one in seen) and _everywhere(seen, lambda one: _turned(one.local)):
        yield Candidate("transposed", "the transposed matrix")


def _turned(value: np.ndarray) -> np.ndarray | None:
    turned = value.swapaxes(-1, -2)
    return turned if turned.shape == value.shape else None


def added_up(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """The right step added to what an earlier call gave."""
    for name in seen[0].others:
        if part.startswith(name) and _everywhere(seen, lambda one, name=name: _sum(one, name)):  # type: ignore[misc]
            yield Candidate("accumulated", f"added to {name}", {"earlier": name})
            return


def rounded(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """Whole numbers, or numbers rounded to a few digits."""
    if any(one.dtype.startswith(("int", "uint", "bool")) for one in seen) and all(
        one.right or one.is_(np.trunc(one.local)) or one.is_(np.round(one.local)) for one in seen
    ):
        yield Candidate("low_precision", "cut to whole numbers", {"digits": "no digits behind the point"})
        return
    for digits in range(0 if sum(one.actual.size for one in seen) > 3 else 2, 5):
        if _everywhere(seen, lambda one, digits=digits: _rounded_like(one, digits)):  # type: ignore[misc]
            yield Candidate("low_precision", f"{digits} decimals", {"digits": f"{digits} decimals"})
            return
    for digits in range(2, 6):
        if _everywhere(seen, lambda one, digits=digits: _significant(one, digits)):  # type: ignore[misc]
            yield Candidate("low_precision", f"{digits} digits", {"digits": f"{digits} digits"})
            return


def first_example(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """Only the first row is right; the others are zero or copies of it."""

    def first(one: Seen) -> np.ndarray | None:
        if one.local.ndim < 1 or not one.local.size:
            return None
        value = np.zeros_like(one.local)
        value[:1] = one.local[:1]
        return value

    def copies(one: Seen) -> np.ndarray | None:
        return np.broadcast_to(one.local[:1], one.local.shape) if one.local.ndim and one.local.size else None

    def last(one: Seen) -> np.ndarray | None:
        if one.local.ndim < 1 or not one.local.size:
            return None
        value = np.zeros_like(one.local)
        value[-1:] = one.local[-1:]
        return value

    if not any(one.local.shape[:1] > (1,) for one in seen):
        return
    batch = all(one.local.shape[:1] == _batch(one.inputs) for one in seen)
    if batch and (_everywhere(seen, first) or _everywhere(seen, copies)):
        yield Candidate("first_example_only", "only the first row")
    elif any(one.local.ndim > 1 for one in seen) and (_everywhere(seen, first) or _everywhere(seen, last)):
        yield Candidate("overwritten", "one entry of several along the first axis")


def _named(name: str, one: Seen) -> np.ndarray | None:
    return {**one.others, **_arrays(one.inputs)}.get(name)


def _with_size(key: str, fixed: int, inverse: bool, gradient: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
    return gradient * _swap_size(inputs, key, fixed, inverse)


def _batch(inputs: Mapping[str, Any]) -> tuple[int, ...]:
    """The number of examples: the length of the first input's first axis, where that is a matrix."""
    first = next((value for value in inputs.values() if isinstance(value, torch.Tensor)), None)
    return tuple(first.shape[:1]) if first is not None and first.ndim > 1 else (0,)


def copied(part: str, seen: Sequence[Seen], _: Mapping[str, str]) -> Iterator[Candidate]:
    """An input, or another value that the student has, as it is."""
    candidates = {name for one in seen for name in (*one.others, *_arrays(one.inputs)) if name not in one.wrong}
    for name in sorted(candidates):
        if name == part or not _everywhere(seen, functools.partial(_named, name)):
            continue
        if part.startswith(f"{name}_"):
            yield Candidate("other_call", f"{name} again", {"size": name, "fixed": "an earlier value"})
        elif name == seen[0].upstream:
            continue
        elif name in seen[0].after:
            yield Candidate("changed_in_place", f"it is the same tensor as {name}, which is computed from it")
        else:
            yield Candidate("no_answer", f"{name} itself", {"what": f"{name} itself"})
        return


VALUES: Sequence[Detector] = [
    blank, opposite, signs, factor, fixed_size, transposed, first_example, added_up, rounded,
]  # fmt: skip


def _swap_size(inputs: Mapping[str, Any], key: str, fixed: int, inverse: bool) -> float:
    size = size_of(inputs, key) or float(fixed)
    return fixed / size if inverse else size / fixed


def _times(
    local: np.ndarray, value: Callable[[Mapping[str, Any]], float | None], inputs: Mapping[str, Any]
) -> np.ndarray | None:
    number = value(inputs)
    return None if number is None else local * number


def _ratio(one: Seen) -> float | None:
    """The constant ratio of the student's values to the right ones, where there is one."""
    if one.actual.shape != one.local.shape or not one.local.size:
        return None
    at = np.unravel_index(int(np.argmax(np.abs(one.local))), one.local.shape) if one.local.ndim else ()
    largest = float(one.local[at])
    if not largest:
        return None
    ratio = float(one.actual[at]) / largest
    return ratio if ratio and one.is_(one.local * ratio) else None


def _at_gradient(
    part: str, change: Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor]
) -> Mapping[str, Callable[[torch.Tensor, Mapping[str, Any]], torch.Tensor]]:
    return {part[1:]: change} if part.startswith("d") else {}


def _sum(one: Seen, name: str) -> np.ndarray | None:
    other = one.others.get(name)
    return one.local + other if other is not None and other.shape == one.local.shape else None


def _rounded_like(one: Seen, digits: int) -> np.ndarray | None:
    """The right values, rounded, as long as the student's are such round numbers themselves."""
    return one.actual if _is_round(one.actual, one.local, 0.5 * 10.0**-digits) and np.allclose(
        one.actual, np.round(one.actual, digits), rtol=0, atol=1e-12
    ) else None  # fmt: skip


def _is_round(actual: np.ndarray, local: np.ndarray, width: float) -> bool:
    return actual.shape == local.shape and bool((np.abs(actual - local) <= 1.001 * width).all())


def _significant(one: Seen, digits: int) -> np.ndarray | None:
    if one.actual.shape != one.local.shape:
        return None
    with np.errstate(all="ignore"):
        exponent = np.where(one.actual != 0, np.floor(np.log10(np.abs(one.actual))), 0.0)
        unit = 10.0 ** (exponent - digits + 1)
        whole = np.allclose(one.actual / unit, np.round(one.actual / unit), rtol=0, atol=1e-6)
    return one.actual if whole and bool((np.abs(one.actual - one.local) <= 0.5001 * unit).all()) else None


def _arrays(inputs: Mapping[str, Any]) -> Mapping[str, np.ndarray]:
    return {k: np.asarray(v, dtype=np.float64) for k, v in inputs.items() if isinstance(v, torch.Tensor)}
