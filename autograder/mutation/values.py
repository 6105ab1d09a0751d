"""Wrong answers that are the true values with one part spoilt: no code, no process.

They say whether the cases and tolerances of an exercise can see a mistake at all, however an answer comes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from autograder.exercise import Tier
from autograder.mutation.mutant import Mutant
from autograder.sandbox.runner import Inputs, Outcomes, Values
from autograder.sandbox.wire import Outcome
from autograder.trials import Exam

__all__ = ["SPOILERS", "WAY", "spoilt_values"]

WAY = "edits of its values"
SMALL = 0.01

Array = np.ndarray
Wrong = list[Array]


def spoilt_values(exam: Exam) -> Iterator[Mutant]:
    """Each part spoilt in each way that changes it, all other parts true; equal values are given once."""
    true = [{name: one.value for name, one in exam.expected(trial.case).items()} for trial in exam.trials]
    for part in exam.loaded.exercise.parts:
        right = [values[part] for values in true]
        seen = {_digest(right)}
        for how, wrong in _all_wrong(exam, right):
            if _digest(wrong) in seen:
                continue
            seen.add(_digest(wrong))
            runs = [
                Values({**values, part: np.array(array, order="C")}, Outcome(dtypes=_dtypes(part, array)))
                for values, array in zip(true, wrong, strict=True)
            ]
            yield Mutant(WAY, f"{part}: {how}", f"{part}: {how}; every other part is right.", Outcomes(runs))


def negated(value: Array) -> Array:
    """The sign is wrong."""
    return -value


def doubled(value: Array) -> Array:
    """A factor 2 is too many."""
    return 2 * value


def halved(value: Array) -> Array:
    """A factor 2 is missing."""
    return value / 2


def zeros(value: Array) -> Array:
    """Nothing but 0."""
    return np.zeros_like(value)


def ones(value: Array) -> Array:
    """Nothing but 1."""
    return np.ones_like(value)


def transposed(value: Array) -> Array:
    """The transpose, in its own shape."""
    return value.T


def transposed_in_shape(value: Array) -> Array:
    """The elements of the transpose in the right shape."""
    return value.T.reshape(value.shape)


def first_row_only(value: Array) -> Array:
    """The first entry of the first axis, the others are 0."""
    return np.concatenate([value[:1], np.zeros_like(value[1:])]) if value.ndim else value


def first_row_everywhere(value: Array) -> Array:
    """The first entry of the first axis, again and again."""
    return np.repeat(value[:1], len(value), axis=0) if value.ndim else value


def reversed_along_first(value: Array) -> Array:
    """The first axis the other way round."""
    return np.flip(value, 0) if value.ndim else value


def reversed_along_last(value: Array) -> Array:
    """The last axis the other way round."""
    return np.flip(value, -1) if value.ndim else value


def summed_along_first(value: Array) -> Array:
    """Summed over the first axis, which is still there."""
    return np.broadcast_to(value.sum(axis=0, keepdims=True), value.shape) if value.ndim else value


def with_another_axis(value: Array) -> Array:
    """An axis of length 1 too many."""
    return value[None]


def without_its_first_axis(value: Array) -> Array:
    """Summed over the first axis."""
    return np.asarray(value.sum(axis=0)) if value.ndim else value


def in_half_precision(value: Array) -> Array:
    """Computed in float16."""
    with np.errstate(over="ignore"):
        return value.astype(np.float16)


def nan_at_the_end(value: Array) -> Array:
    """The last element is nan."""
    return _with_last(value, np.nan)


def off_by_one_percent(value: Array) -> Array:
    """Every element is 1% too large."""
    return value * (1 + SMALL)


def last_element_off(value: Array) -> Array:
    """The last element is off by 1% of the greatest."""
    return _with_last(value, _last(value) + SMALL * float(np.abs(value).max(initial=0.0)))


def last_element_zero(value: Array) -> Array:
    """The last element is 0."""
    return _with_last(value, 0.0)


def absolute(value: Array) -> Array:
    """No element is negative."""
    return np.asarray(np.abs(value))


SPOILERS: Mapping[str, Callable[[Array], Array]] = {
    spoiler.__name__.replace("_", " "): spoiler
    for spoiler in (
        negated,
        doubled,
        halved,
        zeros,
        ones,
        transposed,
        transposed_in_shape,
        first_row_only,
        first_row_everywhere,
        reversed_along_first,
        reversed_along_last,
        summed_along_first,
        with_another_axis,
        without_its_first_axis,
        in_half_precision,
        nan_at_the_end,
        off_by_one_percent,
        last_element_off,
        last_element_zero,
        absolute,
    )
}
"""What is done to the true value of a part, by its name: the same in all trials. A new one is one function more."""


def _all_wrong(exam: Exam, right: Wrong) -> Iterator[tuple[str, Wrong]]:
    """A part's values in every trial, spoilt in every way."""
    for how, spoiler in SPOILERS.items():
        yield how, [np.asarray(spoiler(value)) for value in right]
    inputs = [exam.inputs[trial.case.name] for trial in exam.trials]
    for name, axis in _axes(inputs):
        lengths = [np.shape(given[name])[axis] for given in inputs]
        times = [np.asarray(v * n) for v, n in zip(right, lengths, strict=True)]
        yield f"times the length of {name}'s axis {axis}", times
        divided = [np.asarray(v / n) for v, n in zip(right, lengths, strict=True)]
        yield f"divided by the length of {name}'s axis {axis}", divided
    tiers: dict[Tier, None] = dict.fromkeys(trial.tier for trial in exam.trials)
    for tier in tiers:
        wrong = [last_element_off(v) if trial.tier == tier else v for v, trial in zip(right, exam.trials, strict=True)]
        yield f"last element off, in the runs of the tier '{tier}' alone", wrong


def _axes(inputs: Sequence[Inputs]) -> Iterator[tuple[str, int]]:
    """The axes that inputs have in every trial: a tensor may have more of them in some."""
    for name in inputs[0]:
        yield from ((name, axis) for axis in range(min(np.ndim(given[name]) for given in inputs)))


def _last(value: Array) -> float:
    return float(value.reshape(-1)[-1]) if value.size else 0.0


def _with_last(value: Array, new: float) -> Array:
    changed = value.astype(np.float64, copy=True).reshape(-1)
    changed[-1:] = new
    return changed.reshape(value.shape)


def _digest(values: Wrong) -> tuple[tuple[object, ...], ...]:
    """Equal for equal arrays, of whatever kind their numbers are (-0 is 0), but not for those of half precision."""
    return tuple((v.shape, v.dtype == np.float16, (v.astype(np.float64) + 0.0).tobytes()) for v in values)


def _dtypes(part: str, array: Array) -> dict[str, str]:
    return {part: "float16"} if array.dtype == np.float16 else {}
