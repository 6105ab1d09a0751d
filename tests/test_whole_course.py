"""A class over the whole course: right answers, blank stubs and planted mistakes, each with the record that it must get."""

from __future__ import annotations

import accuracy
import pytest
from courses import run, write

from autograder.cases import Secret
from autograder.course import list_assignments, load_assignment
from autograder.release import stub
from autograder.results import ExerciseResult, decode_result
from autograder.trials import Exam

ROOT = accuracy.ROOT
KEY = "the secret of a whole course"
PLANTED = accuracy.load_mistakes()
COURSE = {name: load_assignment(ROOT, name).exercises for name in list_assignments(ROOT)}
EXERCISES = [(assignment, one.name) for assignment, exercises in COURSE.items() for one in exercises]
MISTAKEN = ("ada", "bob", "cyd")
"""Each has one mistake in every exercise: the first, the middle and the last of those that are planted."""

LONG = {"xor_training", "digits_classifier"}
"""What is wrong in a training run of these is looked for by the benchmark of accuracy: it takes a minute."""

pytestmark = [pytest.mark.usefixtures("needs_isolation"), pytest.mark.xdist_group("whole course")]


def mistake_of(student: str, assignment: str, name: str) -> accuracy.Mistake | None:
    planted = PLANTED.get((assignment, name), [])
    if student not in MISTAKEN or not planted or name in LONG:
        return None
    return planted[(MISTAKEN.index(student) * (len(planted) - 1)) // (len(MISTAKEN) - 1)]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], ExerciseResult]:
    """By student, assignment and exercise."""
    folder = tmp_path_factory.mktemp("class")
    for assignment, exercises in COURSE.items():
        for loaded in exercises:
            answer = loaded.source.answer
            for student in ("perfect", "blank", *MISTAKEN):
                mistake = mistake_of(student, assignment, loaded.name)
                text = stub(loaded.source) if student == "blank" else answer
                text = accuracy.edited(answer, [mistake]) if mistake else text
                write(folder / "submitted" / student / assignment / loaded.module, text)
    places = ("--course", ROOT, "--submitted", folder / "submitted", "--output", folder / "results")
    done = run("grade", *places, "--jobs", "2", cwd=folder, AUTOGRADER_SECRET=KEY)
    assert done.code == 0, done.out + done.err
    graded = [decode_result(path.read_bytes()) for path in folder.glob("results/*/*.json")]
    return {(one.student, one.assignment, each.exercise): each for one in graded for each in one.exercises}


Records = dict[tuple[str, str, str], ExerciseResult]


def test_everybody_has_a_record_of_every_exercise(records: Records) -> None:
    everybody = ("perfect", "blank", *MISTAKEN)
    assert sorted(records) == sorted((student, *exercise) for student in everybody for exercise in EXERCISES)


@pytest.mark.parametrize("exercise", EXERCISES, ids="/".join)
def test_right_answers_have_every_point_and_blank_ones_none(records: Records, exercise: tuple[str, str]) -> None:
    perfect, blank = records["perfect", *exercise], records["blank", *exercise]
    assert {part.part: part.message for part in perfect.parts if part.status != "correct"} == {}
    assert perfect.score == perfect.points
    assert {part.status for part in blank.parts} == {"not_attempted"}
    assert blank.score == 0


@pytest.mark.parametrize("student", MISTAKEN)
@pytest.mark.parametrize("exercise", EXERCISES, ids="/".join)
def test_a_mistake_costs_what_a_teacher_takes_away(records: Records, exercise: tuple[str, str], student: str) -> None:
    mistake = mistake_of(student, *exercise)
    result = records[student, *exercise]
    loaded = next(one for one in COURSE[exercise[0]] if one.name == exercise[1])
    exam = Exam(loaded, Secret(KEY.encode(), "the test"))
    expected = accuracy.teacher(exam, [mistake] if mistake else [])
    assert {part.part: part.score for part in result.parts} == {
        part: pytest.approx(float(points)) for part, points in expected.items()
    }
    named = {part.mistake for part in result.parts if part.mistake}
    assert named <= set(mistake.ids if mistake else ()), mistake
