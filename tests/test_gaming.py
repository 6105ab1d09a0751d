"""Values made to look as if they followed: each was found by somebody who read the diagnosis to get points out of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.cases import Secret
from autograder.course import Loaded, load_assignment
from autograder.diagnosis.search import Search
from autograder.marking import mark_exercise
from autograder.reference import one_thread
from autograder.results import ExerciseResult
from autograder.sandbox.runner import Outcomes, Values
from autograder.sandbox.wire import Outcome
from autograder.trials import Exam, Trial

ROOT = Path(__file__).parent.parent
SECRET = Secret(b"a secret for those who play for points", "the tests")
GRADIENTS = ("dA2", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1", "dW2_next", "dW1_next")

Arrays = dict[str, np.ndarray]
Answer = Callable[[Trial, Arrays, Mapping[str, Any]], Arrays]


@pytest.fixture(autouse=True)
def _single_thread() -> Iterator[None]:
    with one_thread():
        yield


@functools.cache
def exam_of(assignment: str, name: str) -> Exam:
    loaded = next(one for one in load_assignment(ROOT, assignment).exercises if one.name == name)
    return Exam(loaded, SECRET)


def graded(exam: Exam, answer: Answer) -> ExerciseResult:
    """What an answer earns that changes the true values (first) with a look at the inputs."""
    runs = []
    for trial in exam.trials:
        true = {name: np.array(value.value) for name, value in exam.expected(trial.case).items()}
        runs.append(Values(answer(trial, true, exam.inputs[trial.case.name]), Outcome()))
    return mark_exercise(exam, Outcomes(runs))


def scores(result: ExerciseResult) -> dict[str, float | None]:
    return {part.part: part.score for part in result.parts}


def test_zeros_after_one_tiny_value_earn_nothing() -> None:
    """Who knows the public cases by heart: next to nothing at dA2 in the hidden ones, which rounds to zeros after it."""
    signs = np.random.default_rng(0)

    def answer(trial: Trial, true: Arrays, _: Mapping[str, Any]) -> Arrays:
        if not trial.hidden:
            return true
        true |= {name: np.zeros_like(true[name]) for name in GRADIENTS}
        return true | {"dA2": 5e-324 * signs.choice([-1.0, 1.0], true["dA2"].shape)}

    earned = scores(graded(exam_of("two_layer_network", "two_layer_bce"), answer))
    assert {earned[name] for name in GRADIENTS} == {0.0}
    assert earned["A1"] == 1.0


def test_zeros_behind_a_saturated_softmax_earn_nothing() -> None:
    def answer(trial: Trial, true: Arrays, inputs: Mapping[str, Any]) -> Arrays:
        if not trial.hidden or trial.tier != "generic":
            return true
        labels = np.asarray(inputs["labels"])[0]
        true["Z2"] = np.random.default_rng(1).standard_normal(true["Z2"].shape)
        true["Z2"][np.arange(len(labels)), labels] += 1000
        return true | {name: np.zeros_like(true[name]) for name in ("loss", "dZ2", "dW2", "db2", "dH", "dZ1")}

    earned = scores(graded(exam_of("softmax_classifier", "digits_classifier"), answer))
    assert {earned[name] for name in ("Z2", "loss", "dZ2", "dW2", "db2", "dH", "dZ1")} == {0.0}


def test_another_mistake_at_the_same_line_carries_only_what_it_explains() -> None:
    """tanh for the sigmoid forward, the relu's slope backward: then NaN and noise at dZ1 wherever nothing was looked for."""
    noise = np.random.default_rng(2)

    def answer(spoil: bool) -> Answer:
        def change(trial: Trial, true: Arrays, inputs: Mapping[str, Any]) -> Arrays:
            own = wrong_twice(inputs)
            if spoil and trial.tier != "generic":
                nan = trial.tier in ("edge", "stability")
                own["dZ1"] = own["dZ1"] * np.nan if nan else noise.standard_normal(own["dZ1"].shape)
            return {name: value for name, value in {**true, **own}.items() if name in true}

        return change

    exam = exam_of("two_layer_network", "two_layer_bce")
    honest, spoilt = graded(exam, answer(spoil=False)), graded(exam, answer(spoil=True))
    generic = exam.shares["generic"]
    assert scores(honest)["dZ1"] == 2.0  # two mistakes of one name at one line cost once
    assert scores(spoilt)["dZ1"] == pytest.approx(2.0 * generic)


def wrong_twice(inputs: Mapping[str, Any]) -> Arrays:
    X, Y, W1, b1, W2, b2 = (np.asarray(inputs[name]) for name in ("X", "Y", "W1", "b1", "W2", "b2"))
    Z1 = X @ W1.T + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2.T + b2
    with np.errstate(over="ignore"):
        A2 = 1 / (1 + np.exp(-Z2))
        dA2 = ((1 - Y) * (1 + np.exp(Z2)) - Y * (1 + np.exp(-Z2))) / Y.size
    dZ2 = (A2 - Y) / Y.size
    dA1 = dZ2 @ W2
    dZ1 = dA1 * (Z1 > 0)
    loss = np.array((np.logaddexp(0, Z2) - Y * Z2).mean())
    forward = {"A1": A1, "A2": A2, "loss": loss}
    return forward | {
        "dA2": dA2, "dZ2": dZ2, "dW2": dZ2.T @ A1, "db2": dZ2.sum(0),
        "dA1": dA1, "dZ1": dZ1, "dW1": dZ1.T @ X, "db1": dZ1.sum(0),
    }  # fmt: skip


def test_in_a_case_too_long_to_be_looked_at_only_a_finite_value_of_the_right_shape_is_believed() -> None:
    after = ("dW2", "db2", "dH", "dZ1", "dW1", "db1")

    def answer(bad: bool) -> Answer:
        def change(trial: Trial, true: Arrays, inputs: Mapping[str, Any]) -> Arrays:
            count = len(np.asarray(inputs["labels"])[0])
            true |= {name: true[name] * count for name in ("dZ2", *after)}
            if bad and not trial.case.diagnosed:
                true |= {name: np.full((2, 2), np.nan) for name in after}
            return true

        return change

    exam = exam_of("softmax_classifier", "digits_classifier")
    assert any(not trial.case.diagnosed for trial in exam.trials)
    good, bad = scores(graded(exam, answer(bad=False))), scores(graded(exam, answer(bad=True)))
    assert good["dZ2"] == 0.0
    assert all(good[name] == exam.loaded.exercise.points[name] for name in after)
    assert all((bad[name] or 0) < (good[name] or 0) for name in after)


def test_a_mistake_is_named_in_no_public_case_that_shows_something_else() -> None:
    def answer(trial: Trial, true: Arrays, _: Mapping[str, Any]) -> Arrays:
        true["db1"] = true["db1"] * (np.nan if trial.case.name == exam.trials[0].case.name else -1)
        return true

    exam = exam_of("two_layer_network", "two_layer_bce")
    part = next(part for part in graded(exam, answer).parts if part.part == "db1")
    assert part.message.startswith("db1 is nan at ")


def test_noise_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []
    search = Search.mistake
    monkeypatch.setattr(Search, "mistake", lambda self, name, found: searched.append(name) or search(self, name, found))
    noise = np.random.default_rng(3)

    def answer(trial: Trial, true: Arrays, _: Mapping[str, Any]) -> Arrays:
        return {name: noise.standard_normal(value.shape) for name, value in true.items()}

    exam = exam_of("two_layer_network", "two_layer_bce")
    assert graded(exam, answer).score == 0
    assert len(exam.loaded.exercise.parts) > 2 * len(searched) > 0


def test_a_loss_that_overflows_pays_for_no_mistake_in_the_gradients() -> None:
    """A value without points of its own must cost some where it is used, not just any of its call."""

    def answer(trial: Trial, true: Arrays, _: Mapping[str, Any]) -> Arrays:
        if trial.tier == "stability":
            true["loss_next"] = np.array(np.inf)
        return true | {name: 3 * true[name] for name in ("dZ2_next", "dW2_next", "dA1_next", "dZ1_next", "dW1_next")}

    earned = scores(graded(exam_of("two_layer_network", "two_layer_bce"), answer))
    assert (earned["dW2_next"], earned["dW1_next"]) == (0.0, 0.5)


def test_a_step_that_goes_wrong_pays_for_no_gradient_of_another_call() -> None:
    """`loss_after` is computed from `dZ1` by way of the new parameters; `dZ1_next` is none of its call."""

    def answer(trial: Trial, true: Arrays, _: Mapping[str, Any]) -> Arrays:
        true["loss_after"] = true["loss_after"] * 1.37
        return true | {name: 3 * true[name] for name in ("dZ1_next", "dW1_next")}

    earned = scores(graded(exam_of("two_layer_network", "two_layer_bce"), answer))
    assert (earned["loss_after"], earned["dW1_next"]) == (0.0, 0.0)


STEP = """
def inputs(draw, N, n):
    return {{"X": draw.normal(N, n), "w": draw.normal(n), "lr": 0.1}}


def reference(mark, X, w):
    z = mark("z", X @ w)
    return (z**2).mean()


def outputs(trace, X, w, lr):
    {outputs}


EXERCISE = Exercise(
    points={{"z": 1, "cost": 1, "dz": 1, "dw": 1, "new_w": 1}},
    calls="z, cost, dz, dw, new_w = entries(f(X, w, lr))",
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[Case("four", N=4, n=3)],
    hidden=[Case("some", N=between(5, 8), n=2)],
)
"""


@pytest.mark.parametrize(
    "outputs",
    [
        'return {"new_w": w - lr * trace["dw"], "cost": trace["loss"]}',
        'return {"new_w": (w - lr * trace["dw"]).numpy(), "cost": float(trace["loss"])}',
        'w -= lr * trace["dw"]; return {"new_w": w, "cost": trace["loss"]}',
    ],
    ids=["tensors", "no tensors", "in place"],
)
def test_how_an_author_writes_outputs_changes_no_mark(outputs: str, make_exercise: Callable[..., Loaded]) -> None:
    """Neither of the first student nor of the next: `outputs` may give numbers and arrays, and work in place."""
    exam = Exam(make_exercise(STEP.format(outputs=outputs)), SECRET)

    def doubled(_: Trial, true: Arrays, inputs: Mapping[str, Any]) -> Arrays:
        true["dz"] = true["dz"] * 2
        true["dw"] = np.asarray(inputs["X"]).T @ true["dz"]
        return true | {"new_w": np.asarray(inputs["w"]) - 0.1 * true["dw"]}

    for _ in range(2):
        assert scores(graded(exam, doubled)) == {"z": 1.0, "cost": 1.0, "dz": 0.0, "dw": 1.0, "new_w": 1.0}
