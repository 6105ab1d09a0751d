"""What every part of an exercise is in a case, and how exactly it can be asked for."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from autograder.course import Loaded, call_with_known
from autograder.errors import ExerciseError
from autograder.exercise import Case
from autograder.reference import Own, Trace, tensors, trace_reference
from autograder.sandbox.runner import Inputs

__all__ = ["EPS32", "EPS64", "SLACK", "Computed", "Expected", "compute", "expected_values", "true_parts"]

EPS32 = float(np.finfo(np.float32).eps)
EPS64 = float(np.finfo(np.float64).eps)
SAMPLES = 3
SLACK = 64.0
"""How many times the rounding error of the reference in float32 an answer may be off.

A right answer written in another way differs from the reference by a few roundings, each amplified by the problem's
own conditioning; the reference's float32 error measures that amplification. 64 leaves room for other algorithms and
is still 8e-6 of a well-conditioned value: no mistake in a formula is that small."""


@dataclass(frozen=True)
class Expected:
    """The true value of a part, and by how much each element of an answer may differ.

    ``exact_tolerance`` is what float64 arithmetic needs; an answer that is within ``tolerance`` only was computed in
    float32 somewhere.
    """

    value: np.ndarray
    tolerance: np.ndarray
    exact_tolerance: np.ndarray


@dataclass(frozen=True)
class Computed:
    """Everything that the reference and ``outputs`` name in a case; ``trace`` is None where there is no reference.

    ``values`` has what was computed, from own values before it where there were any.
    """

    values: Mapping[str, torch.Tensor]
    trace: Trace | None


def compute(loaded: Loaded, inputs: Mapping[str, Any], *, own: Own | None = None, outputs: bool = True) -> Computed:
    """Run the reference, then ``outputs`` (unless not wanted), at inputs as `tensors` gives them.

    After each named value that is in ``own``, the computation goes on with that.
    """
    exercise = loaded.exercise
    own = own or {}
    trace = None
    found: dict[str, Any] = {}
    if exercise.reference is not None:
        trace = trace_reference(exercise.reference, inputs, exercise.upstream, own=own)
        found = {name: trace.found(name) for name in trace}
    if exercise.outputs is not None and outputs:
        marked: dict[str, torch.Tensor] = {}

        def mark(name: str, value: torch.Tensor) -> torch.Tensor:
            marked[name] = value
            return own.get(name, value)

        first = [mark] if takes_mark(exercise.outputs) else []
        returned = call_with_known(exercise.outputs, *first, trace if trace is not None else {}, known=inputs)
        found |= {**returned, **marked}
    return Computed(found, trace)


@functools.lru_cache(maxsize=1024)
def takes_mark(outputs: Callable[..., Any]) -> bool:
    """Whether an author's ``outputs`` names values of its own."""
    return next(iter(inspect.signature(outputs).parameters), "") == "mark"


def expected_values(loaded: Loaded, case: Case, inputs: Inputs, watched: Collection[str] = ()) -> dict[str, Expected]:
    """True value and tolerance of every part of an exercise in one case, and of other names to be ``watched``.

    The tolerance follows from the reference itself: it is run in float64, and a few times in float32 on inputs rounded
    in different ways; `SLACK` times the greatest difference, by element and never far below that of its row, is allowed.
    Inputs that float32 holds exactly stay exact, so that a kink or a tie stays where the author put it. Raises
    ExerciseError when the reference fails, is not finite, or lacks a part.
    """
    true = true_parts(loaded, case, tensors(inputs), watched)
    error = {part: np.zeros(value.shape) for part, value in true.items()}
    for sample in range(SAMPLES):
        rounded = {name: _rounded(value, sample) for name, value in inputs.items()}
        other = true_parts(loaded, case, tensors(rounded, torch.float32), watched)
        if not all(np.isfinite(value).all() for value in other.values()):
            other = true_parts(loaded, case, tensors(rounded), watched)
        for part, value in other.items():
            error[part] = np.maximum(error[part], np.abs(value.astype(np.float64) - true[part]))
    return {part: _expected(value, _shared_in_rows(error[part])) for part, value in true.items()}


def true_parts(
    loaded: Loaded, case: Case, inputs: dict[str, Any], watched: Collection[str] = ()
) -> dict[str, np.ndarray]:
    """The value of every part, and of other names to be ``watched``, at inputs as `tensors` gives them, in their dtype.

    Raises ExerciseError when the reference fails, lacks a part, or is not finite in float64.
    """
    exercise = loaded.exercise
    try:
        known = compute(loaded, inputs).values
        names = [*exercise.points, *(name for name in watched if name in known)]
        parts = {part: np.asarray(torch.as_tensor(known[part]).detach()) for part in names}
    except KeyError as error:
        raise ExerciseError(
            f"neither the reference nor outputs give the part {error}",
            path=loaded.source.path,
            advice="A part is a mark's or output's name, or 'd' and the name of a mark or input.",
        ) from None
    except Exception as error:
        raise ExerciseError(
            f"the reference raised {type(error).__name__} in case '{case.name}': {error}", path=loaded.source.path
        ) from error
    if inputs and any(torch.is_tensor(v) and v.dtype == torch.float64 for v in inputs.values()):
        broken = [part for part, value in parts.items() if not np.isfinite(value).all()]
        if broken:
            raise ExerciseError(
                f"the reference is not finite in case '{case.name}': {', '.join(broken)}", path=loaded.source.path
            )
    return parts


def _rounded(value: Any, sample: int) -> Any:
    """A float64 array rounded to float32: to nearest, then up or down by chance (exact numbers stay as they are)."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    nearest = value.astype(np.float32)
    if sample == 0:
        return nearest.astype(np.float64)
    other = np.nextafter(nearest, np.where(nearest < value, np.inf, -np.inf).astype(np.float32))
    swap = (nearest != value) & (np.random.RandomState(sample).uniform(size=value.shape) < 0.5)
    return np.where(swap, other, nearest).astype(np.float64)


def _shared_in_rows(error: np.ndarray) -> np.ndarray:
    """Errors of elements, none of them far below the greatest of its row.

    In a few samples a rounding error can be small by luck; that of the whole row (the last axis) cannot. The share of
    it, times `SLACK`, is about 1e-7 of the row's greatest element where that is well conditioned.
    """
    return np.maximum(error, error.max(axis=-1, keepdims=True, initial=0.0) / SLACK) if error.ndim else error


def _expected(value: np.ndarray, error: np.ndarray) -> Expected:
    if value.dtype.kind != "f":
        zero = np.zeros(value.shape)
        return Expected(value, zero, zero)
    size = np.abs(value)
    floor = SLACK * EPS64 * size.max(initial=0.0)
    tolerance = SLACK * (error + EPS32 * size) + floor
    # 1e3: float64 algorithms may differ by more roundings than float32 ones before anybody would speak of precision.
    return Expected(value, tolerance, np.minimum(tolerance, 1e3 * tolerance * (EPS64 / EPS32) + floor))
