"""Compare what a student's code gave with what is true: `None` where they agree, else what differs first.

The order is that of `torch.testing`: attributes before values. Shapes must be equal; nothing is broadcast.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from autograder.expected import Expected

__all__ = ["Match", "Mismatch", "MismatchKind", "compare"]

MismatchKind = Literal["dtype", "shape", "finite", "values"]

COARSE = ("float16", "bfloat16")


@dataclass(frozen=True)
class Match:
    """An answer within tolerance.

    ``float32`` when it has that dtype, ``rounded`` when it is right to the digits of float32 only.
    """

    float32: bool = False
    rounded: bool = False


@dataclass(frozen=True)
class Mismatch:
    """What differs first. For ``values`` and ``finite``: how many elements of how many, and the worst one."""

    kind: MismatchKind
    actual_shape: tuple[int, ...]
    expected_shape: tuple[int, ...]
    dtype: str
    wrong: int = 0
    index: tuple[int, ...] = ()
    actual: float = 0.0
    expected: float = 0.0

    @property
    def size(self) -> int:
        """Number of elements of the true value."""
        return int(np.prod(self.expected_shape))


def compare(actual: np.ndarray, expected: Expected, dtype: str = "") -> Match | Mismatch:
    """Compare an array with the truth, element by element.

    ``dtype`` is the student's own where the wire had to convert. Integers and booleans are compared by value: the
    entries of a table may be written as 1 or True.
    """
    true = expected.value
    if actual is true and not dtype:  # most parts of a wrong answer that is made of the truth
        return Match(float32=False, rounded=False)
    dtype = dtype or _dtype_name(actual.dtype)
    if actual.shape != true.shape:
        return Mismatch("shape", actual.shape, true.shape, dtype)
    if dtype in COARSE or "float8" in dtype:
        return _mismatch("dtype", actual, true, dtype, np.ones(true.shape, dtype=bool))
    # A signalling NaN, infinities, values near the end of the range: a difference that is no number is wrong all the same.
    with np.errstate(invalid="ignore", over="ignore"):
        answer = actual.astype(np.float64, copy=False)
        difference = np.abs(answer - true)
    right = difference <= expected.tolerance
    if right.all():
        return Match(float32=dtype == "float32", rounded=not bool((difference <= expected.exact_tolerance).all()))
    finite = np.isfinite(answer)
    if not finite.all():
        return _mismatch("finite", answer, true, dtype, ~finite)
    return _mismatch("values", answer, true, dtype, ~right, difference)


@functools.cache
def _dtype_name(dtype: np.dtype) -> str:
    """NumPy works it out anew each time."""
    return str(dtype)


def _mismatch(
    kind: MismatchKind,
    actual: np.ndarray,
    true: np.ndarray,
    dtype: str,
    wrong: np.ndarray,
    difference: np.ndarray | None = None,
) -> Mismatch:
    where = wrong if difference is None else np.where(wrong, difference, -1.0)
    flat = int(np.argmax(where)) if where.size else 0
    index = tuple(int(i) for i in np.unravel_index(flat, true.shape)) if true.ndim and true.size else ()
    return Mismatch(
        kind,
        actual.shape,
        true.shape,
        dtype,
        wrong=int(wrong.sum()),
        index=index,
        actual=float(actual[index]) if actual.size else 0.0,
        expected=float(true[index]) if true.size else 0.0,
    )
