"""Records on disk: whole or not at all, and read back as they were written."""

from __future__ import annotations

import csv
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.errors import OutputError
from autograder.results import SCHEMA_VERSION, ExerciseResult, PartResult, SubmissionResult, TierResult, brief
from autograder.store import CSV_FIELDS, Store

NAMES = ["ann", "Zoë", "a b", "a,b", 'a"b', "line\nbreak", "=1+1", "[red]", "<b>", "x" * 200]


def record(student: str = "ann", assignment: str = "lines", message: str = "Right.") -> SubmissionResult:
    parts = [
        PartResult("dW", "correct", 1 / 3, 2.0, message, tiers=[TierResult("generic", 0.6, 2, 2)]),
        PartResult("db", "grader_error", None, 0.5, "The grader failed here.", instructor="why"),
    ]
    return SubmissionResult(
        SCHEMA_VERSION, assignment, student, None, 2.5, [ExerciseResult("slope", None, 2.5, parts, "f1")], ["a note"]
    )


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a disk that fills up in the middle of a file: Python ignores SIGXFSZ, and the write raises OSError."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


@pytest.mark.parametrize("name", NAMES)
def test_a_record_is_read_back_as_it_was_written(store: Store, name: str) -> None:
    store.write(record(name))
    assert store.read("lines", name) == record(name)
    assert store.damaged == []


def test_a_record_is_kept_by_assignment_and_student(store: Store) -> None:
    assert store.write(record("bob", "curves")) == store.folder / "curves" / "bob.json"


def test_there_is_no_record_before_one_is_written(store: Store) -> None:
    assert (store.read("lines", "ann"), store.read_all(), store.damaged) == (None, [], [])


def test_all_records_come_by_assignment_and_student(store: Store) -> None:
    for student, assignment in (("bob", "lines"), ("ann", "lines"), ("zoe", "curves")):
        store.write(record(student, assignment))
    assert [(r.assignment, r.student) for r in store.read_all()] == [
        ("curves", "zoe"),
        ("lines", "ann"),
        ("lines", "bob"),
    ]


def test_all_records_come_in_brief_and_what_is_known_is_not_read_again(store: Store) -> None:
    path = store.write(record())
    store.write(record("bob"))
    (ann, bob) = store.read_all()
    assert ann == brief(record()) != record()
    assert [(p.part, p.status, p.score, p.points, p.message, p.tiers) for p in ann.exercises[0].parts] == [
        ("dW", "correct", 1 / 3, 2.0, "", []),
        ("db", "grader_error", None, 0.5, "", []),
    ]
    assert ann.exercises[0].parts[1].instructor == "why"
    path.write_bytes(b"{")
    assert (store.read_all([ann]), store.damaged) == ([ann, bob], [])


def test_a_damaged_record_is_listed_once(store: Store) -> None:
    path = store.write(record())
    path.write_bytes(b"{")
    assert (store.read("lines", "ann"), store.read("lines", "ann"), store.read_all()) == (None, None, [])
    assert store.damaged == [path]


def test_a_write_that_fails_leaves_the_record_from_before(store: Store) -> None:
    path = store.write(record())
    before = path.read_bytes()
    with files_of_at_most(300), pytest.raises(OutputError):
        store.write(record(message="Something else."))
    assert path.read_bytes() == before


def test_a_write_that_fails_leaves_nothing_half_written(store: Store) -> None:
    with files_of_at_most(300), pytest.raises(OutputError):
        store.write(record())
    assert [path.name for path in store.folder.rglob("*") if path.is_file()] == []


def test_a_write_that_fails_says_where_why_and_what_to_do(store: Store) -> None:
    with files_of_at_most(300), pytest.raises(OutputError) as caught:
        store.write(record())
    assert (caught.value.path, caught.value.problem) == (store.folder, "ann.json cannot be written: File too large")
    assert str(caught.value) == (
        f"{store.folder}: ann.json cannot be written: File too large\n"
        "  Make room or mend the permissions, then run the same command again: what is graded stays, and only the rest "
        "is done."
    )


def test_a_file_with_the_same_content_is_left_as_it_is(store: Store) -> None:
    first = store.write(record()).stat()
    second = store.write(record()).stat()
    assert (first.st_ino, first.st_mtime_ns) == (second.st_ino, second.st_mtime_ns)


def test_a_changed_file_is_replaced_and_not_written_over(store: Store) -> None:
    path = store.write(record())
    with path.open("rb") as reader:
        store.write(record(message="Something else."))
        assert b"Right." in reader.read()
    assert b"Something else." in path.read_bytes()


def test_records_may_be_read_by_everybody_who_may_enter_the_folder(store: Store) -> None:
    assert store.write(record()).stat().st_mode & 0o777 == 0o644


def test_the_folder_is_held_against_a_second_run(store: Store) -> None:
    with store.locked(), pytest.raises(OutputError) as caught, Store(store.folder).locked():
        pass
    assert str(caught.value) == (
        f"{store.folder}: another grading run is writing here\n"
        "  Wait for it to end, or write somewhere else with --output."
    )


def test_the_folder_is_free_again_after_a_run(store: Store) -> None:
    with store.locked():
        pass
    with Store(store.folder).locked():
        pass


def test_the_folder_is_free_again_after_a_run_that_failed(store: Store) -> None:
    with pytest.raises(RuntimeError), store.locked():
        raise RuntimeError
    with Store(store.folder).locked():
        pass


def test_the_grades_have_one_row_for_each_part_and_no_score_where_there_is_none(store: Store) -> None:
    path = store.write_grades([record()])
    assert path.read_text() == (
        "assignment,student,exercise,part,status,score,points\n"
        "lines,ann,slope,dW,correct,0.3333333333333333,2.0\n"
        "lines,ann,slope,db,grader_error,,0.5\n"
    )


def test_the_grades_without_any_record_have_their_header(store: Store) -> None:
    assert store.write_grades([]).read_text() == ",".join(CSV_FIELDS) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_read_back_from_the_grades(store: Store, name: str) -> None:
    with store.write_grades([record(name)]).open(newline="", encoding="utf-8") as file:
        assert [row["student"] for row in csv.DictReader(file)] == [name, name]
