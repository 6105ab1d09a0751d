"""Mistakes in layers and losses that show in the values, each in two cases with an upstream gradient of their own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from autograder.diagnosis.candidate import Candidate
from autograder.diagnosis.detectors import Detector, Seen
from autograder.diagnosis.detectors.layers import AFTER, BEFORE, SHAPES
from autograder.exercise import Case
from autograder.expected import Expected

Change = Callable[[np.ndarray, np.ndarray], np.ndarray]


def seen(change: Change, *upstreams: np.ndarray) -> list[Seen]:
    """A part that is the upstream gradient summed over all axes but the last, and what somebody makes of it."""
    found = []
    for number, g in enumerate(upstreams):
        local = np.asarray(g.reshape(-1, g.shape[-1]).sum(0) if g.ndim else 1.5 + number)
        tolerance = np.asarray(1e-6 * np.abs(local))
        inputs = {"X": torch.ones(3 + number, 2), "upstream": torch.tensor(g)}
        found.append(
            Seen(
                Case(f"case {number}"), "generic", np.asarray(change(local, g)), local,
                Expected(local, tolerance, tolerance), {}, {}, [], set(), inputs, "float64", "upstream",
            )
        )  # fmt: skip
    return found


RANDOM = np.random.RandomState(0)
ITEMS = RANDOM.standard_normal((5, 3)), RANDOM.standard_normal((2, 5, 4))
SCALAR = np.asarray(0.7), np.asarray(-1.3)

DETECTED: dict[str, tuple[list[Detector], Change, tuple[np.ndarray, ...], str]] = {
    "the mean over all items": ([*AFTER], lambda v, g: v / (g.size / g.shape[-1]), ITEMS, "wrong_factor"),
    "no axis is summed": (SHAPES, lambda v, g: g, ITEMS, "batch_sum_missing"),
    "one axis of two is summed": (SHAPES, lambda v, g: g.sum(0), ITEMS, "batch_sum_missing"),
    "summed over the outputs": (SHAPES, lambda v, g: g.sum(-1).reshape(-1), ITEMS, "wrong_axis"),
    "a loss without its sign": ([*BEFORE], lambda v, g: -v, SCALAR, "loss_sign"),
    "half a loss": ([*BEFORE], lambda v, g: v / 2, SCALAR, "wrong_factor"),
    "a loss times N": ([*BEFORE], lambda v, g: v * (3 if g > 0 else 4), SCALAR, "wrong_factor"),
}


def found(detectors: list[Detector], part: str, cases: list[Seen]) -> list[Candidate]:
    return [one for detector in detectors for one in detector(part, cases, {"X.0": "N"})]


@pytest.mark.parametrize("what", DETECTED)
def test_a_mistake_is_named(what: str) -> None:
    detectors, change, upstreams, mistake = DETECTED[what]
    assert [one.mistake for one in found(detectors, "b", seen(change, *upstreams))] == [mistake]


@pytest.mark.parametrize("what", DETECTED)
def test_nothing_is_named_where_all_is_right_or_one_case_is_wrong_otherwise(what: str) -> None:
    detectors, change, upstreams, _ = DETECTED[what]
    right = seen(lambda v, g: v, *upstreams)
    assert found([*BEFORE, *AFTER], "b", right) == []
    first, other = seen(change, *upstreams)[:1], seen(lambda v, g: v * 0.37 + 0.1, *upstreams)[1:]
    assert found(detectors, "b", [*first, *other]) == []


def test_the_sign_of_a_loss_goes_into_its_gradient_and_a_gradient_is_no_loss() -> None:
    cases = seen(lambda v, g: -v, *SCALAR)
    (candidate,) = found([*BEFORE], "bce", cases)
    assert candidate.gradients["bce"](torch.tensor(2.0), {}) == -2
    assert found([*BEFORE], "dbce", cases) == []
