"""Mistakes that show in the shape of a gradient where something was broadcast, reduced or permuted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from autograder.diagnosis.detectors import Seen
from autograder.diagnosis.detectors.tensors import SHAPES
from autograder.exercise import Case
from autograder.expected import Expected


def names(right: Callable[[np.ndarray], np.ndarray], found: Callable[[np.ndarray], np.ndarray]) -> list[str]:
    """What is named, in two cases with another upstream gradient each."""
    seen = []
    for shape in ((2, 4, 3), (5, 3, 4)):
        upstream = np.random.RandomState(shape[0]).standard_normal(shape)
        local = np.asarray(right(upstream))
        zero = np.zeros(local.shape)
        seen.append(
            Seen(
                Case("a case"),
                "generic",
                np.asarray(found(upstream)),
                local,
                Expected(local, zero, zero),
                {},
                {},
                (),
                (),
                {"upstream": torch.from_numpy(upstream)},
                "float64",
                "upstream",
            )
        )
    return [candidate.mistake for detector in SHAPES for candidate in detector("dx", seen, {})][:1]


@pytest.mark.parametrize(
    ("right", "found", "mistake"),
    [
        (lambda g: g.sum(1, keepdims=True), lambda g: g, "batch_sum_missing"),
        (lambda g: g.sum((0, 1)), lambda g: g.sum(0), "batch_sum_missing"),
        (lambda g: g, lambda g: g.transpose(2, 0, 1), "transposed"),
        (lambda g: g.sum((0, 1)), lambda g: g.sum((1, 2)), "wrong_axis"),
        (lambda g: g.sum(1, keepdims=True), lambda g: g.sum(), "wrong_axis"),
    ],
)
def test_a_mistake_shows_in_the_shape(
    right: Callable[[np.ndarray], np.ndarray], found: Callable[[np.ndarray], np.ndarray], mistake: str
) -> None:
    assert names(right, found) == [mistake]


@pytest.mark.parametrize("found", [lambda g: g.sum(1, keepdims=True), lambda g: g[:, :2], lambda g: g.cumsum(0)])
def test_nothing_is_named_where_nothing_is_known(found: Callable[[np.ndarray], np.ndarray]) -> None:
    assert names(lambda g: g.sum(1, keepdims=True), found) == []
