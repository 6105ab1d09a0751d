"""How well mistakes are named and charged: every planted mistake, but for those listed here with the reason."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import accuracy
import pytest

from autograder.reference import one_thread
from autograder.sandbox.forking import ForkRunner
from autograder.trials import Exam

# Not in CI: training runs take as long as all the others together. `benchmarks/accuracy.py` has them.
LONG = {"xor_training", "digits_classifier"}
NAMES = sorted(loaded for _, loaded in accuracy.load_mistakes() if loaded not in LONG)

UNNAMED = {
    "a global X in place of the batch, as in the notebook": "the code raises: there is no value to look at",
    "z is the sum of h3 without the weights, and everything after it is worked out from that": "2 is 2 by many ways",
    "dL_dz has the sigmoid's derivative twice": "one number: its rule would need dy_hat_dz once more",
    "the labels themselves are subtracted from the probabilities": "labels of rows that do not count go in as well",
    "dX stops before the first layer's weights": "the last round of a loop alone",
    "one norm for each column instead of one for each layer": "another shape, of other values",
    "the last layer has no activation": "the last round of a loop alone",
    "the gradient of Wh with the gradient of the other pre-activation": "another tensor in every step at once",
    "the mistake of the tanh is taken for another one": "the number of a mistake in a list, and no value",
}


def in_one_process(names: Iterable[str]) -> list[Any]:
    """Parameters that keep the tests of an exercise together: its mistakes are graded once for all of them."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(f"accuracy of {name}")) for name in names]


@functools.cache
def graded_alone(name: str, runner: ForkRunner) -> tuple[Exam, list[accuracy.Graded]]:
    """Each planted mistake of an exercise, handed in alone."""
    ((exam, planted),) = accuracy.exams([name])
    with one_thread():
        return exam, [accuracy.grade(exam, runner, mistake) for mistake in planted]


@pytest.mark.parametrize("name", in_one_process(NAMES))
def test_planted_mistakes_are_found_named_and_charged_once(name: str, fork_runner: ForkRunner) -> None:
    _, graded = graded_alone(name, fork_runner)
    assert {one.name: found for one in graded if (found := accuracy.problems(one))} == {}
    assert {one.name for one in graded if not one.killed} == set()
    assert {one.name: one.misnamed for one in graded if one.misnamed} == {}
    assert {one.name: one.names for one in graded if not one.named and one.name not in UNNAMED} == {}
    assert {one.name: one.deviations for one in graded if one.deviations} == {}


@pytest.mark.parametrize("name", in_one_process(["mazur", "relu_network", "two_layer_bce"]))
def test_two_mistakes_are_charged_once_each_and_mostly_named(name: str, fork_runner: ForkRunner) -> None:
    exam, alone = graded_alone(name, fork_runner)
    with one_thread():
        both = accuracy.grade_pairs(exam, fork_runner, alone)
    assert {one.name: one.deviations for one in both if one.deviations} == {}
    assert {one.name: one.misnamed for one in both if one.misnamed} == {}
    assert sum(one.named for one in both) >= 0.8 * len(both) > 10


def test_the_exceptions_are_still_exceptions() -> None:
    names = {mistake.name for mistakes in accuracy.load_mistakes().values() for mistake in mistakes}
    assert {*UNNAMED} <= names
