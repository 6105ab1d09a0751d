"""One reference with two interfaces: an exercise that takes another one's grading section, and answers from other files."""

from __future__ import annotations

from pathlib import Path

import pytest
from courses import ANSWERS, SECRET, Course, write

from autograder import check
from autograder.cases import Secret
from autograder.course import load_assignment, load_exercise
from autograder.errors import ExerciseError
from autograder.release import handout, leaks, write_handout
from autograder.sandbox.forking import ForkRunner
from autograder.verify import verify

BY_ARRAYS = '''"""The line through the origin again, with NumPy arrays and a cache."""

import numpy as np


def slope_forward(X, w):
    """Return the predictions and a cache for `slope_backward`."""
    ### BEGIN SOLUTION
    return np.dot(X, w), (X, w)
    ### END SOLUTION


def slope_backward(cache):
    """Return dz and dw."""
    ### BEGIN SOLUTION
    X, w = cache
    dz = np.dot(X, w) * 2 / X.shape[0]
    return dz, np.dot(dz, X)
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF lines/slope
from dataclasses import replace

EXERCISE = replace(
    EXERCISE,
    arrays="numpy",
    also=("layers.py", "old/layers.py"),
    calls="""
        z, cache = slope_forward(X, w)
        dz, dw = slope_backward(cache)
    """,
)
'''

ONE_FILE = """import numpy as np


def relu_forward(x):
    return np.maximum(x, 0), x


def slope_forward(X, w):
    return X.dot(w), (X, w)


def slope_backward(cache):
    X, w = cache
    dz = 2 * X.dot(w) / len(X)
    return dz, X.T.dot(dz)
"""

EXPECTED = {"z": 1.0, "dz": 2.0, "dw": 1.0}


@pytest.fixture
def arrays(course: Course) -> Course:
    """A course with an assignment whose exercise has the grading section of another."""
    course.exercise("arrays", "by_arrays", BY_ARRAYS)
    return course


def hand_in(course: Course, **files: str) -> Path:
    for name, text in files.items():
        write(course.root / "submitted/ada/arrays" / name.replace("__", "/").replace("_py", ".py"), text)
    return course.root / "submitted/ada/arrays"


def test_it_has_the_cases_and_points_of_the_other_and_calls_of_its_own(arrays: Course, fork_runner: ForkRunner) -> None:
    loaded = load_exercise(arrays.root / "solutions/arrays/by_arrays.py", assignment="arrays")
    other = load_exercise(arrays.root / "solutions/lines/slope.py", assignment="lines")
    assert [case.name for case in loaded.exercise.cases] == [case.name for case in other.exercise.cases]
    assert loaded.exercise.points == other.exercise.points
    assert loaded.calls != other.calls
    findings = verify(loaded, Secret(SECRET.encode(), "the tests"), fork_runner)
    assert [finding for finding in findings if not finding.holds] == []


def test_its_handout_stands_alone_and_gives_nothing_away(arrays: Course, tmp_path: Path) -> None:
    assignment = load_assignment(arrays.root, "arrays")
    files = handout(assignment)
    assert leaks(load_assignment(arrays.root, "lines"), files) == []
    text = b"".join(files.values()).decode()
    assert "undisclosed heights" not in text
    assert "GRADING OF" not in text
    write_handout(files, tmp_path / "arrays")
    assert not check("by_arrays", tmp_path / "arrays").passed
    write(tmp_path / "arrays/layers.py", ONE_FILE)
    assert check("by_arrays", tmp_path / "arrays").passed


@pytest.mark.parametrize("name", ["lines/circle", "slope", "../lines/slope", "arrays/by_arrays"])
def test_a_grading_section_that_is_not_there_is_named(arrays: Course, name: str) -> None:
    path = arrays.exercise("arrays", "by_arrays", BY_ARRAYS.replace("GRADING OF lines/slope", f"GRADING OF {name}"))
    with pytest.raises(ExerciseError) as caught:
        load_exercise(path, assignment="arrays")
    assert caught.value.problem == f"there is no exercise '{name}' whose grading section it could take"
    assert caught.value.path == path


@pytest.mark.parametrize("file", ["layers_py", "old__layers_py"])
def test_the_functions_may_stand_in_a_file_of_another_course(arrays: Course, file: str) -> None:
    hand_in(arrays, **{file: ONE_FILE})
    done = arrays.run("grade", "arrays")
    assert done.code == 0, done.err
    assert arrays.scores("ada", "arrays") == EXPECTED
    name = file.replace("__", "/").replace("_py", ".py")
    assert arrays.record("ada", "arrays")["notes"] == [
        f"by_arrays: the answer is that of {name}, as by_arrays.py is blank."
    ]


def test_a_module_that_is_written_counts_before_such_a_file(arrays: Course) -> None:
    hand_in(arrays, by_arrays_py=ONE_FILE.replace("dz = 2", "dz = -2"), layers_py=ONE_FILE)
    arrays.run("grade", "arrays")
    assert arrays.scores("ada", "arrays")["dz"] == 0.0


def test_a_blank_module_does_not(arrays: Course) -> None:
    stub = handout(load_assignment(arrays.root, "arrays"))["by_arrays.py"].decode()
    hand_in(arrays, by_arrays_py=stub, layers_py=ONE_FILE)
    arrays.run("grade", "arrays")
    assert arrays.scores("ada", "arrays") == EXPECTED


def test_an_exercise_that_names_no_such_file_takes_none(course: Course) -> None:
    course.submit("ada", slope=None, layers=ANSWERS["slope"])
    course.run("grade", "lines")
    assert course.statuses("ada")["dz"] == "missing"
