"""A course in CS231n's conventions can switch: what its students have, one file with all functions, is graded as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.answers import with_answers_from_elsewhere
from autograder.cases import Secret
from autograder.course import Loaded, load_assignment
from autograder.marking import mark_exercise
from autograder.sandbox.forking import ForkRunner
from autograder.submission import read_submission
from autograder.trials import Exam

ROOT = Path(__file__).parent.parent
BROUGHT = ROOT / "tests/students/cs231n"
EXERCISES = load_assignment(ROOT, "cs231n").exercises
SECRET = Secret(b"a secret of the test suite", "the tests")


FILES = {file.name: file.read_bytes() for file in sorted(BROUGHT.glob("*.py"))}
WAYS = {
    "files as they are": FILES,
    "the files in their folder": {f"cs231n/{name}": content for name, content in FILES.items()},
    "one file": {"layers.py": b"\n\n".join(FILES.values())},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("loaded", EXERCISES, ids=lambda loaded: loaded.name)
def test_what_a_student_brings_along_earns_full_points(
    loaded: Loaded, way: str, tmp_path: Path, fork_runner: ForkRunner
) -> None:
    for name, content in WAYS[way].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    handed_in = read_submission(tmp_path, "ada", "cs231n", [one.module for one in EXERCISES])
    submission = with_answers_from_elsewhere(handed_in, [loaded])
    exam = Exam(loaded, SECRET)
    result = mark_exercise(exam, fork_runner.run(exam.job(submission.files)))
    assert {part.part: (part.status, part.message) for part in result.parts if part.status != "correct"} == {}
    assert result.score == result.points
    assert len(submission.notes) == 1


def test_no_exercise_is_called_like_a_file_that_is_brought_along() -> None:
    assert not {loaded.module for loaded in EXERCISES} & {file for one in EXERCISES for file in one.exercise.also}
