"""The planted mistakes of the accuracy benchmark: their files, their labels, and that they are wrong where they say."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import accuracy
import pytest

from autograder.course import Loaded, load_exercise
from autograder.reference import one_thread
from autograder.sandbox.forking import ForkRunner

ROOT = Path(__file__).parent.parent
PLANTED = accuracy.load_mistakes()
EXERCISES = sorted((path.parent.name, path.stem) for path in (ROOT / "solutions").glob("*/*.py"))
PAGES = ROOT / "docs/mistakes"


@cache
def loaded(assignment: str, exercise: str) -> Loaded:
    return load_exercise(ROOT / "solutions" / assignment / f"{exercise}.py", assignment=assignment)


def test_every_exercise_has_mistakes() -> None:
    assert sorted(PLANTED) == EXERCISES
    assert all(8 <= len(mistakes) <= 25 for mistakes in PLANTED.values())


@pytest.mark.parametrize("key", PLANTED, ids="/".join)
def test_mistakes_are_well_formed(key: tuple[str, str]) -> None:
    exercise = loaded(*key)
    mistakes = PLANTED[key]
    assert len({mistake.name for mistake in mistakes}) == len(mistakes)
    answers = set()
    for mistake in mistakes:
        assert {mistake.part, *mistake.loses} <= set(exercise.exercise.points), mistake.name
        assert mistake.ids, mistake.name
        answer = accuracy.edited(exercise.source.answer, [mistake])
        ast.parse(answer)
        answers.add(answer)
    assert len(answers) == len(mistakes)


@pytest.mark.skipif(not PAGES.is_dir(), reason="no pages on mistakes")
def test_every_name_of_a_mistake_has_its_page() -> None:
    names = {name for mistakes in PLANTED.values() for mistake in mistakes for name in mistake.ids}
    assert names <= {page.stem for page in PAGES.glob("*.md")}


def test_an_edit_has_one_place_and_two_edits_have_two() -> None:
    one, other, absent = (
        accuracy.Mistake(find, ((find, "x"),), "a", ("sign",), {"a": frozenset(["generic"])})
        for find in ("bc", "cd", "e")
    )
    assert accuracy.edited("abcd", [one]) == "axd"
    with pytest.raises(ValueError, match="overlap"):
        accuracy.edited("abcd", [one, other])
    with pytest.raises(ValueError, match="0 times"):
        accuracy.edited("abcd", [absent])
    with pytest.raises(ValueError, match="2 times"):
        accuracy.edited("abcbc", [one])


def test_mistakes_of_a_long_training_are_wrong_where_their_labels_say(fork_runner: ForkRunner) -> None:
    """`test_accuracy` says it of the others, and `python benchmarks/accuracy.py --check` of all of them."""
    with one_thread():
        ((exam, mistakes),) = accuracy.exams(["digits_classifier"])
        for mistake in mistakes[::5]:
            graded = accuracy.grade(exam, fork_runner, mistake)
            assert accuracy.problems(graded) == [], mistake.name
            assert graded.killed, mistake.name


def test_a_label_that_is_not_true_is_found(fork_runner: ForkRunner) -> None:
    ((exam, mistakes),) = accuracy.exams(["relu_network"])
    kink = next(mistake for mistake in mistakes if mistake.loses == {"dz3": {"edge"}})
    lies = {
        "dz3 is right in the generic cases": {"dz3": frozenset(["generic", "edge"])},
        "dz3 is right in stability": {"dz3": frozenset(["stability"])},
        "dz9 is no part": {"dz9": frozenset(["edge"])},
    }
    for words, loses in lies.items():
        lie = accuracy.Mistake(kink.name, kink.edits, "dz3", kink.ids, loses)
        assert accuracy.problems(accuracy.grade(exam, fork_runner, lie)) == [words]


def test_a_teacher_takes_away_the_points_of_the_first_broken_link(fork_runner: ForkRunner) -> None:
    ((exam, mistakes),) = accuracy.exams(["relu_network"])
    missing = next(mistake for mistake in mistakes if mistake.name == "the second ReLU passes everything back")
    kink = next(mistake for mistake in mistakes if mistake.loses == {"dz2": {"edge"}})
    graded = accuracy.grade(exam, fork_runner, missing, kink)
    points = exam.loaded.exercise.points
    expected = {**points, "dz3": 0, "dz2": 0.85 * points["dz2"]}
    assert {part: float(given) for part, given in graded.teacher.items()} == pytest.approx(expected)
    assert graded.deviations == {
        part.part: (part.score, expected[part.part])
        for part in graded.result.parts
        if part.score != pytest.approx(expected[part.part])
    }


def test_other_graders_say_what_they_are_known_for(fork_runner: ForkRunner) -> None:
    ((exam, mistakes),) = accuracy.exams(["gradient_norms"])
    given = {mistake.name: accuracy.grade(exam, fork_runner, mistake).others for mistake in mistakes}
    total = exam.loaded.exercise.total
    everything, by_part, means = accuracy.OTHERS
    right = accuracy.grade(exam, fork_runner).others
    assert set(right.values()) == {total}
    transposed = given["dweights is transposed, and square"]
    assert transposed[everything] == 0
    assert transposed[by_part] < total
    assert transposed[means] == total  # what a mean cannot see
    hidden = given["the sigmoid's derivative is left out"]
    assert set(hidden.values()) == {total}  # the first case is one with tanh
