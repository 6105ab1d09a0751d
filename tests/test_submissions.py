"""Planted mistakes and other right answers, each a file that a student could have handed in."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from autograder.cases import Secret
from autograder.course import load_exercise
from autograder.diagnosis.mistakes import MISTAKES as NAMES
from autograder.marking import mark_exercise
from autograder.results import ExerciseResult
from autograder.sandbox.forking import ForkRunner
from autograder.trials import Exam

ROOT = Path(__file__).parent.parent
MISTAKES = sorted((ROOT / "tests/submissions").glob("*/expected.toml"))
RIGHT = sorted((ROOT / "tests/alternatives").glob("*/*/*.py"))
SECRET = Secret(b"a secret of the test suite", "the tests")


def by_exercise(files: list[Path], exercise: Callable[[Path], str]) -> list[Any]:
    """Answers to one exercise go to one worker: what is derived from its reference is the dearest of a test."""
    return [pytest.param(file, marks=pytest.mark.xdist_group(f"answers to {exercise(file)}")) for file in files]


def planted_in(file: Path) -> str:
    expected = tomllib.loads(file.read_text())
    return f"{expected['assignment']}/{expected['exercise']}"


@cache
def exam_of(assignment: str, exercise: str) -> Exam:
    path = ROOT / "solutions" / assignment / f"{exercise}.py"
    return Exam(load_exercise(path, assignment=assignment), SECRET)


def graded(assignment: str, exercise: str, file: Path, runner: ForkRunner) -> ExerciseResult:
    exam = exam_of(assignment, exercise)
    return mark_exercise(exam, runner.run(exam.job({exam.loaded.module: file.read_bytes()})))


def test_there_are_mistakes_and_alternatives_to_test() -> None:
    assert len(MISTAKES) >= 20
    assert len(RIGHT) >= 24


@pytest.mark.parametrize("expected_file", by_exercise(MISTAKES, planted_in), ids=lambda path: path.parent.name)
def test_a_planted_mistake_gets_its_expected_record(expected_file: Path, fork_runner: ForkRunner) -> None:
    expected: dict[str, Any] = tomllib.loads(expected_file.read_text())
    answer = expected_file.with_name(f"{expected['exercise']}.py")
    result = graded(expected["assignment"], expected["exercise"], answer, fork_runner)
    found = {part.part: [part.status, part.score] for part in result.parts}
    assert found == {part: [status, pytest.approx(score)] for part, (status, score) in expected["parts"].items()}
    assert {part.part: part.mistake for part in result.parts if part.mistake} == expected["mistakes"]
    messages = {part.part: f"{part.message} {part.next_step}" for part in result.parts}
    for part, words in expected.get("says", {}).items():
        assert words in messages[part]


def test_every_mistake_that_is_expected_has_a_name_and_costs_points() -> None:
    for file in MISTAKES:
        expected = tomllib.loads(file.read_text())
        for part, mistake in expected["mistakes"].items():
            assert mistake in NAMES, file
            assert expected["parts"][part][0] not in ("correct", "carried_forward"), file


@pytest.mark.parametrize(
    "answer",
    by_exercise(RIGHT, lambda file: "/".join(file.parts[-3:-1])),
    ids=lambda path: "/".join(path.with_suffix("").parts[-3:]),
)
def test_another_right_answer_gets_every_point(answer: Path, fork_runner: ForkRunner) -> None:
    result = graded(answer.parts[-3], answer.parts[-2], answer, fork_runner)
    assert {part.part: part.status for part in result.parts} == dict.fromkeys([p.part for p in result.parts], "correct")
    assert result.score == result.points
    if answer.stem == "float32":
        assert any(part.rounded for part in result.parts)


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*/*.py")), ids=lambda path: path.stem)
def test_every_exercise_has_two_other_right_answers(path: Path) -> None:
    folder = ROOT / "tests/alternatives" / path.parent.name / path.stem
    assert len(list(folder.glob("*.py"))) >= 2


def test_an_answer_in_float32_keeps_its_points_where_one_rounding_of_the_reference_is_small_by_luck(
    fork_runner: ForkRunner,
) -> None:
    # With this secret one element of dZ1 had a tolerance below what its conditioning asks for.
    secret = Secret(b"5a224de2524907cafb3c90c0f1b461bc90801ed8225a3afbdc98a65e51ec932d", "the tests")
    path = ROOT / "solutions/two_layer_network/two_layer_tanh.py"
    exam = Exam(load_exercise(path, assignment="two_layer_network"), secret)
    answer = ROOT / "sample_class/submitted/chiara/two_layer_network/two_layer_tanh.py"
    result = mark_exercise(exam, fork_runner.run(exam.job({exam.loaded.module: answer.read_bytes()})))
    assert result.score == result.points
