"""Proving exercises: a sound one holds, and each way of spoiling one is found by the check that is there for it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from courses import SECRET, SLOPE, write

from autograder.cases import Secret
from autograder.course import Loaded, load_exercise
from autograder.sandbox.forking import ForkRunner
from autograder.verify import Finding, verify

INPUTS = "the inputs of every case can be made"
SOLUTION = "the model solution earns every point"
STUB = "the stub earns nothing and is not attempted"
DIFFERENCES = "the reference agrees with finite differences"
KNOWN = "the reference agrees with known figures"
ZEROS = "an answer of zeros fails"
WIDE = "no tolerance is wide"
KILLED = "every wrong answer loses points"
DECLARED = "what is declared equivalent keeps its points"
APART = "how well wrong answers are told apart"
MISTAKES = "how well mistakes are told apart"
SPREAD = "points that wrong answers keep before errors are carried forward"

REPOSITORY = Path(__file__).parent.parent
EXERCISES = sorted((REPOSITORY / "solutions").glob("*/[!_]*.py"))

LOSS = "return (z**2).mean()"
DETACHED = "return (z.detach() * z).mean()"

# What is replaced by what, and the checks that must not hold then: those and no others.
SPOILT: dict[str, tuple[dict[str, str], set[str]]] = {
    "the sign of the reference": ({LOSS: "return -(z**2).mean()"}, {SOLUTION, KNOWN}),
    "the gradient of a mark": ({LOSS: DETACHED}, {SOLUTION, DIFFERENCES, KNOWN}),
    "the gradient of a mark, and the solution alike": (
        {LOSS: DETACHED, "SCALE * (X @ w) / N": "(X @ w) / N", '"dz": ["3", "2"], "dw": ["3", "4"]': ""},
        {DIFFERENCES},
    ),
    "the gradient of an input": (
        {'mark("z", X @ w)': 'mark("z", X @ w.detach())'},
        {SOLUTION, DIFFERENCES, KNOWN, ZEROS},
    ),
    "a known figure": ({'"dw": ["3", "4"]': '"dw": ["3", "4.1"]'}, {KNOWN}),
    "the last digit of a known figure": ({'"dw": ["3", "4"]': '"dw": ["3.00000", "4.00001"]'}, {KNOWN}),
    "the shape of a known figure": ({'"dw": ["3", "4"]': '"dw": ["3", "4", "0"]'}, {KNOWN}),
    "a known figure of no part": ({'"dw": ["3", "4"]': '"db": ["3", "4"]'}, {KNOWN}),
    "no known figure at all": ({', known={"z": ["3", "2"], "dz": ["3", "2"], "dw": ["3", "4"]}': ""}, {KNOWN}),
    "an answer outside the markers": (
        {"    ### BEGIN SOLUTION\n    predictions = X @ w": "    predictions = X @ w\n    ### BEGIN SOLUTION"}
        | {
            "    ### BEGIN SOLUTION\n    upstream_of_z": "    return {'dz': 2 * X @ w / N}\n    ### BEGIN SOLUTION\n    upstream_of_z"
        },
        {STUB, SOLUTION},
    ),
    "the sign of the solution": ({"SCALE * (X @ w)": "-SCALE * (X @ w)"}, {SOLUTION}),
    "a solution in float32": ({"predictions = X @ w": "predictions = X.float() @ w.float()"}, {SOLUTION}),
    "a solution that changes its inputs": (
        {"    predictions = X @ w": "    predictions = X @ w\n    w += 1"},
        {SOLUTION},
    ),
    "a zero gradient that is not declared": (
        {
            'Case("four rows", N=4, D=3)': 'Case("four rows", inputs=lambda draw: inputs(draw, 4, 3) | {"w": torch.zeros(3)})'
        },
        {ZEROS},
    ),
    "a declared zero that is none": (
        {'Case("four rows", N=4, D=3)': 'Case("four rows", zeros=("dw",), N=4, D=3)'},
        {ZEROS},
    ),
    "inputs that raise": ({'return {"X": draw.normal(N, D)': 'return {"X": 1 / 0'}, {INPUTS}),
    "a reference that raises": ({LOSS: "raise ValueError('a slip')"}, {SOLUTION, DIFFERENCES, KNOWN, ZEROS, WIDE}),
    "cases of one row alone": (
        {
            "N=4, D=3": "N=1, D=3",
            "N=between(5, 9)": "N=1",
            "[[1.0, 0.0], [0.0, 2.0]]": "[[1.0, 2.0]]",
            '"z": ["3", "2"], "dz": ["3", "2"], "dw": ["3", "4"]': '"z": ["5"], "dz": ["10"], "dw": ["10", "20"]',
        },
        {KILLED},
    ),
    "an equivalent that is none": ({"    seconds=60,": "    equivalent={'z: negated': 'a slip'},"}, {DECLARED}),
    "a reference that is not finite": ({LOSS: "return (z**2).mean() / 0"}, {SOLUTION, DIFFERENCES, KNOWN, ZEROS, WIDE}),
    "a reference that lacks a part": ({'mark("z", X @ w)': "X @ w"}, {SOLUTION, KNOWN, ZEROS, WIDE}),
}

# What one of these checks says.
DETAILS = {
    "cases of one row alone": (
        KILLED,
        "\n-    upstream_of_z = SCALE * (X @ w) / N\n+    upstream_of_z = SCALE * (X @ w)\n",
    ),
    "an equivalent that is none": (DECLARED, "take it out\nz: negated"),
    "the gradient of a mark": (DIFFERENCES, "dw in case 'four rows': the slope along a random direction is "),
    "a known figure": (KNOWN, ", but 4.1 is known"),
    "an answer outside the markers": (STUB, "dw is 'missing'"),
    "a zero gradient that is not declared": (ZEROS, "case 'four rows': z is zero; choose other inputs, or declare it"),
    "a declared zero that is none": (ZEROS, "case 'four rows': dw is declared zero, but is not"),
    "a solution in float32": (SOLUTION, "only to the precision of float32: z"),
    "the sign of the solution": (
        SOLUTION,
        "dz (wrong): public case 'four rows': dz has wrong values (4 of 4 elements)",
    ),
}

HARMLESS: dict[str, dict[str, str]] = {
    "nothing": {},
    "a declared zero": {
        'Case("four rows", N=4, D=3)': 'Case("four rows", zeros=("z", "dz", "dw"), '
        'inputs=lambda draw: inputs(draw, 4, 3) | {"w": torch.zeros(3)})'
    },
    "another way to write the reference": {LOSS: "return torch.dot(z, z) / len(z)"},
    "a figure of a value without points": {'"dw": ["3", "4"]': '"dw": ["3", "4"], "dX": [["9", "3"], ["6", "2"]]'},
    "a figure that is printed short": {'"dw": ["3", "4"]': '"dw": ["3.0", "4.000"]'},
}


def findings(tmp_path: Path, changes: dict[str, str], runner: ForkRunner, *, thorough: bool = False) -> list[Finding]:
    text = SLOPE
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    loaded = load_exercise(write(tmp_path / "solutions/lines/slope.py", text), assignment="lines")
    return verify(loaded, Secret(SECRET.encode(), "the test"), runner, thorough=thorough)


@pytest.mark.parametrize("what", HARMLESS)
def test_a_sound_exercise_holds(tmp_path: Path, fork_runner: ForkRunner, what: str) -> None:
    found = findings(tmp_path, HARMLESS[what], fork_runner)
    assert [finding.check for finding in found] == [SOLUTION, STUB, DIFFERENCES, KNOWN, ZEROS, WIDE, KILLED, DECLARED]
    assert [finding for finding in found if not finding.holds] == []


def test_what_is_thorough_says_more(tmp_path: Path, fork_runner: ForkRunner) -> None:
    found = findings(tmp_path, {}, fork_runner, thorough=True)
    assert [finding.check for finding in found[6:]] == [KILLED, DECLARED, APART, MISTAKES, SPREAD]
    assert [finding for finding in found if not finding.holds] == []


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_exercise_fails_the_checks_that_are_there_for_it(
    tmp_path: Path, fork_runner: ForkRunner, what: str
) -> None:
    changes, failing = SPOILT[what]
    found = findings(tmp_path, changes, fork_runner)
    assert {finding.check for finding in found if not finding.holds} == failing, found
    if what in DETAILS:
        check, words = DETAILS[what]
        assert any(finding.check == check and words in finding.detail for finding in found), found


def test_what_a_check_says_is_that_of_a_spoilt_exercise() -> None:
    assert set(DETAILS) <= set(SPOILT)
    assert all(check in SPOILT[what][1] for what, (check, _) in DETAILS.items())


def test_wrong_answers_are_made_only_of_a_solution_that_is_right(tmp_path: Path, fork_runner: ForkRunner) -> None:
    found = findings(tmp_path, SPOILT["the sign of the solution"][0], fork_runner)
    assert [finding.check for finding in found] == [SOLUTION, STUB, DIFFERENCES, KNOWN, ZEROS, WIDE]


# --- the exercises of this repository -------------------------------------------------------------------------------


def load(path: Path) -> Loaded:
    return load_exercise(path, assignment=path.parent.name)


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_there_are_exercises() -> None:
    assert EXERCISES


@pytest.mark.parametrize("path", EXERCISES, ids=named)
def test_an_exercise_of_the_course_holds(path: Path, fork_runner: ForkRunner) -> None:
    found = verify(load(path), Secret(SECRET.encode(), "the test"), fork_runner)
    assert [finding for finding in found if not finding.holds] == []


def negated(reference: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    @functools.wraps(reference)
    def negative(*arguments: Any, **inputs: Any) -> torch.Tensor:
        return -reference(*arguments, **inputs)

    return negative


# One of each assignment, with all that its references are made of.
@pytest.mark.parametrize("path", {path.parent: path for path in EXERCISES}.values(), ids=named)
def test_an_exercise_of_the_course_does_not_hold_with_the_sign_of_its_loss_flipped(
    path: Path, fork_runner: ForkRunner
) -> None:
    loaded = load(path)
    assert loaded.exercise.reference is not None
    reference = negated(loaded.exercise.reference)
    exercise = dataclasses.replace(loaded.exercise, reference=reference)
    # The author's outputs may call the reference as well, by its name in the file.
    names = loaded.exercise.reference.__globals__
    names.update({name: reference for name, value in names.items() if value is loaded.exercise.reference})
    spoilt = dataclasses.replace(loaded, exercise=exercise)
    found = verify(spoilt, Secret(SECRET.encode(), "the test"), fork_runner)
    assert SOLUTION in {finding.check for finding in found if not finding.holds}, found
