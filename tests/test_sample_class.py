"""The sample class gets the marks that were reasoned out for it, whatever the secret and the number of jobs."""

from __future__ import annotations

import csv
import difflib
import fcntl
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from courses import run

from autograder.cases import Secret
from autograder.course import list_assignments, load_assignment
from autograder.marking import mark_exercise
from autograder.reference import one_thread
from autograder.results import ExerciseResult, PartResult, SubmissionResult, decode_result
from autograder.sandbox.forking import ForkRunner
from autograder.trials import Exam

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_class"
SUBMITTED = SAMPLE / "submitted"
STUDENTS = sorted(folder.name for folder in SUBMITTED.iterdir())
HANDED_IN = sorted((folder.name, folder.parent.name) for folder in SUBMITTED.glob("*/*"))
PERFECT = ("amara", "bjorn", "chiara", "oluwaseun")
EVERYTHING = {name: load_assignment(ROOT, name).exercises for name in list_assignments(ROOT)}


@dataclass(frozen=True)
class Graded:
    """What one run over the whole class wrote."""

    folder: Path

    @cached_property
    def rows(self) -> list[str]:
        return (self.folder / "grades.csv").read_text(encoding="utf-8").splitlines()

    @cached_property
    def records(self) -> dict[tuple[str, str], SubmissionResult]:
        """By assignment and student."""
        found = [decode_result(path.read_bytes()) for path in self.folder.glob("*/*.json")]
        return {(record.assignment, record.student): record for record in found}

    def exercise(self, student: str, exercise: str) -> ExerciseResult:
        return next(
            one
            for record in self.records.values()
            for one in record.exercises
            if (record.student, one.exercise) == (student, exercise)
        )

    def part(self, student: str, exercise: str, part: str) -> PartResult:
        return next(one for one in self.exercise(student, exercise).parts if one.part == part)


def grade_class(folder: Path, *, jobs: int, secret: str) -> None:
    places = ("--course", ROOT, "--submitted", SUBMITTED, "--output", folder)
    done = run("grade", *places, "--jobs", str(jobs), cwd=folder.parent, afresh=True, AUTOGRADER_SECRET=secret)
    assert done.code == 0, done.out + done.err


OTHER = os.environ.get("SAMPLE_CLASS_RESULTS")
"""Where `make grade` has graded the class already, on all cores and with a secret of its own: as `.ci/run` does."""

pytestmark = pytest.mark.xdist_group("sample class")  # it is graded twice: in one process of the tests


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Graded, Graded]:
    """The class graded by one job, and by two with another secret; the workers of a test run share both."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sample-class"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            grade_class(shared / "one", jobs=1, secret="the secret of one job")
            if OTHER is None:
                grade_class(shared / "other", jobs=2, secret="another secret for two jobs")
            (shared / "done").touch()
    return Graded(shared / "one"), Graded(Path(OTHER or shared / "other"))


@pytest.fixture(scope="module")
def graded(runs: tuple[Graded, Graded]) -> Graded:
    return runs[0]


def difference(expected: list[str], found: list[str]) -> str:
    """Only the lines that differ, `-` as they should be and `+` as they are."""
    lines = list(difflib.unified_diff(expected, found, "expected", "found", n=0, lineterm=""))
    return "\n".join(line for line in lines if not line.startswith("@@"))


def test_every_row_of_the_grades_is_as_expected(graded: Graded) -> None:
    expected = (SAMPLE / "expected.csv").read_text(encoding="utf-8").splitlines()
    assert difference(expected, graded.rows) == ""


def test_another_secret_and_another_number_of_jobs_change_no_grade(runs: tuple[Graded, Graded]) -> None:
    one, other = runs
    assert difference(one.rows, other.rows) == ""


def test_another_secret_changes_no_word_that_a_student_reads(runs: tuple[Graded, Graded]) -> None:
    def words(graded: Graded) -> list[str]:
        return [
            f"{key} {exercise.exercise} {part.part}: {part.message} {part.next_step}"
            for key, record in sorted(graded.records.items())
            for exercise in record.exercises
            for part in exercise.parts
        ]

    one, other = runs
    assert difference(words(one), words(other)) == ""


def test_the_class_is_a_class() -> None:
    assert len(STUDENTS) == 16
    some_assignments_only = {student for student in STUDENTS if len(list((SUBMITTED / student).iterdir())) < 4}
    assert len(some_assignments_only) >= 3
    with (SAMPLE / "expected.csv").open(newline="", encoding="utf-8") as file:
        statuses = {row["status"] for row in csv.DictReader(file)}
    wanted = {
        "correct",
        "carried_forward",
        "wrong",
        "missing",
        "not_attempted",
        "error",
        "timeout",
        "crashed",
        "skipped",
    }
    assert statuses == wanted


def test_every_submission_has_a_row_for_every_part(graded: Graded) -> None:
    assert sorted(graded.records) == HANDED_IN
    for (assignment, student), record in graded.records.items():
        found = [(one.exercise, [part.part for part in one.parts]) for one in record.exercises]
        assert found == [(one.name, list(one.exercise.parts)) for one in EVERYTHING[assignment]], student


@pytest.mark.parametrize("student", PERFECT)
def test_right_answers_get_all_points_in_any_style(student: str, graded: Graded) -> None:
    assignments = [assignment for assignment, other in HANDED_IN if other == student]
    assert len(assignments) == 4
    for assignment in assignments:
        record = graded.records[assignment, student]
        assert record.score == record.points
        assert {part.status for exercise in record.exercises for part in exercise.parts} == {"correct"}


def test_right_answers_in_float32_are_told_so_and_others_are_not(graded: Graded) -> None:
    for (_, student), record in graded.records.items():
        for exercise in record.exercises:
            if exercise.exercise == "value_tables":
                continue  # numbers that are typed in are rounded as well
            rounded = [part.part for part in exercise.parts if part.rounded]
            assert bool(rounded) == (student == "chiara"), (student, exercise.exercise, rounded)


MESSAGES = [
    ("dmitri", "mazur", "loss_after", "Not attempted: step is not"),
    ("dmitri", "value_tables", "dL_dW1", "still None in CHAIN"),
    ("dmitri", "relu_network", "dW1", "gives no entry 'dW1'"),
    ("dmitri", "two_layer_bce", "new_W1", "Not attempted: TwoLayerNetwork.update is not"),
    ("esi", "two_layer_bce", "A1", "Not attempted: TwoLayerNetwork.forward is not"),
    ("esi", "gradient_norms", "log_norms", "Not attempted"),
    ("farid", "two_layer_bce", "A1", "two_layer_bce.py cannot be loaded: SyntaxError in line 29"),
    ("grace", "relu_network", "dz", "IndexError in line"),
    ("grace", "two_layer_tanh", "dW1", "AttributeError in line"),
    ("grace", "two_layer_tanh", "new_W1", "`net.backward()` failed before it"),
    ("grace", "digits_classifier", "predictions", "IndexError in line"),
    ("grace", "gradient_norms", "dweights", "KeyError in line"),
    ("hiroshi", "mazur", "db2", "has the shape (1, 2), but must have (2,)"),
    ("hiroshi", "two_layer_bce", "db1", "has the shape (1, 5), but must have (5,)"),
    ("hiroshi", "two_layer_squared_error", "db2", "has the shape (4, 3), but must have (3,)"),
    ("hiroshi", "digits_classifier", "db1", "has the shape (16, 24), but must have (24,)"),
    ("ines", "relu_network", "dW1", "has the shape (2, 4), but must have (4, 2)"),
    ("ines", "two_layer_bce", "dW2", "has the shape (5, 3), but must have (3, 5)"),
    ("ines", "three_layer_bce", "new_W1", "`net.update()` failed before it"),
    ("ines", "gradient_norms", "dweights", "dweights is transposed (see the public case 'tanh, three layers')"),
    ("jonas", "mazur", "dz2", "by the mistake in loss once more: no points lost here"),
    ("jonas", "two_layer_bce", "dZ2", "they follow correctly from your dA2: no points lost here"),
    ("jonas", "softmax_cross_entropy", "dz", "by the mistake in loss once more: no points lost here"),
    ("kamala", "mazur", "loss", "loss is 2/n_y times what it should be"),
    ("kamala", "value_tables", "L", "L lacks its minus sign"),
    ("kamala", "relu_network", "db1", "gives no entry 'db1'"),
    ("kamala", "two_layer_bce", "loss", "loss lacks its minus sign"),
    ("kamala", "three_layer_bce", "dW1", "RuntimeError in line"),
    ("kamala", "softmax_cross_entropy", "dz", "right for ordinary values, but not for extreme ones"),
    ("kamala", "digits_classifier", "Z2", "wrong values (160 of 160 elements)"),
    ("lucas", "mazur", "new_W1", "stopped after 10 s without an answer, in `step("),
    ("lucas", "mazur", "loss_after", "failed before it: it did not end in time"),
    ("mei", "two_layer_tanh", "dW1", "ended by itself before it had answered"),
    ("noor", "softmax_cross_entropy", "dz", "asked for more memory than it may have"),
    ("priya", "value_tables", "z2", "There is no value_tables.py. There is"),
    ("priya", "three_layer_bce", "A1", "three_layer_bce (1).py"),
    ("priya", "xor_training", "final_w1", "There is no xor_training.py"),
]


@pytest.mark.parametrize(("student", "exercise", "part", "words"), MESSAGES)
def test_what_is_wrong_is_said(student: str, exercise: str, part: str, words: str, graded: Graded) -> None:
    found = graded.part(student, exercise, part)
    assert words in found.message
    assert found.next_step


def test_a_transpose_is_named_where_a_hidden_case_happens_to_be_square(fork_runner: ForkRunner) -> None:
    """With this secret a hidden case has as many outputs as hidden units: there the transposed dW2 has the right shape."""
    (loaded,) = [one for one in EVERYTHING["two_layer_network"] if one.name == "two_layer_tanh"]
    exam = Exam(loaded, Secret(b"secret 18 of the tests", "the tests"))
    assert len(set(exam.inputs["other saturated outputs"]["W2"].shape)) == 1
    answer = (SUBMITTED / "ines" / "two_layer_network" / loaded.module).read_bytes()
    with one_thread():
        result = mark_exercise(exam, fork_runner.run(exam.job({loaded.module: answer})))
    assert [part.part for part in result.parts if part.mistake == "transposed"] == [
        "dW2",
        "dW1",
        "dW2_next",
        "dW1_next",
    ]


def test_everyone_who_loses_points_is_told_why(graded: Graded) -> None:
    losing = {student for (_, student), record in graded.records.items() if record.score != record.points}
    assert losing == set(STUDENTS) - set(PERFECT) == {student for student, *_ in MESSAGES}


def test_a_crash_costs_its_own_exercise_alone(graded: Graded) -> None:
    for student, assignment, exercise in (
        ("farid", "two_layer_network", "two_layer_bce"),
        ("mei", "two_layer_network", "two_layer_tanh"),
    ):
        scores = {one.exercise: (one.score, one.points) for one in graded.records[assignment, student].exercises}
        assert scores.pop(exercise)[0] in (0, 3)
        assert all(score == points for score, points in scores.values())


def test_memory_that_is_refused_costs_its_own_function_alone(graded: Graded) -> None:
    statuses = {part.part: part.status for part in graded.exercise("noor", "softmax_cross_entropy").parts}
    assert statuses == {"probabilities": "correct", "loss": "correct", "dz": "error"}


def test_floods_are_counted_and_only_their_start_is_kept(graded: Graded) -> None:
    for exercise in ("xor_training", "two_layer_bce"):
        flood = graded.exercise("oluwaseun", exercise)
        assert flood.printed_bytes > 1_000_000
        assert 0 < len(flood.output) <= 4000
    largest = max(path.stat().st_size for path in graded.folder.glob("*/*.json"))
    assert largest < 200_000


def test_no_record_mentions_another_student(graded: Graded) -> None:
    for path in graded.folder.glob("*/*.json"):
        text = path.read_text(encoding="utf-8")
        others = [name for name in STUDENTS if name != path.stem and re.search(rf"\b{name}\b", text, re.IGNORECASE)]
        assert others == [], path.name


def test_extra_files_are_neither_refused_nor_in_the_way(graded: Graded) -> None:
    records = [record for (_, student), record in graded.records.items() if student == "priya"]
    assert [record.notes for record in records] == [[], [], []]
    assert graded.exercise("priya", "mazur").score == graded.exercise("priya", "mazur").points
    names = {path.name for path in (SUBMITTED / "priya").rglob("*") if path.is_file()}
    assert names >= {"notes.txt", "helpers.py", "helpers.cpython-311.pyc", ".DS_Store", "losses.csv", "scratch.ipynb"}


def test_odd_bytes_have_come_through_version_control() -> None:
    folder = SUBMITTED / "oluwaseun"
    assert b"\r\n" in (folder / "two_layer_network" / "two_layer_bce.py").read_bytes()
    assert (folder / "softmax_classifier" / "softmax_cross_entropy.py").read_bytes().startswith(b"\xef\xbb\xbf")
    assert b"\n\treturn" in (folder / "chain_rule" / "mazur.py").read_bytes()


def test_the_readme_gives_every_student_the_points_that_are_expected() -> None:
    with (SAMPLE / "expected.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    totals = {}
    for student in STUDENTS:
        mine = [row for row in rows if row["student"] == student]
        score, points = (sum(float(row[column]) for row in mine) for column in ("score", "points"))
        totals[student] = f"{round(score, 6):g} of {points:g}"
    table = re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+ of \d+) \|$", (SAMPLE / "README.md").read_text(), re.MULTILINE)
    assert dict(table) == totals
