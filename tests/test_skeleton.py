"""`autograder new`: the file that it writes is a whole exercise, and nothing that is there is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from courses import Course, run


def test_a_new_exercise_verifies_as_it_is(course: Course) -> None:
    done = course.run("new", "curves/neuron")
    assert (done.code, done.err) == (0, "")
    assert "solutions/curves/neuron.py is a whole exercise." in done.said
    done = course.run("verify", "curves/neuron")
    assert done.code == 0, done.out
    assert "curves/neuron verified" in done.said
    assert "none declared" in done.said


def test_a_new_exercise_may_begin_an_assignment(tmp_path: Path) -> None:
    (tmp_path / "solutions").mkdir()
    assert run("new", "curves/arc.py", cwd=tmp_path).code == 0
    assert [path.name for path in tmp_path.glob("solutions/*/*")] == ["arc.py"]


def test_an_exercise_that_is_there_stays_as_it_is(course: Course) -> None:
    before = (course.root / "solutions/lines/slope.py").read_bytes()
    done = course.run("new", "lines/slope")
    assert done.code == 2
    assert done.err == (
        f"Error: {course.root}/solutions/lines/slope.py: there is such an exercise already\n  Choose another name.\n"
    )
    assert (course.root / "solutions/lines/slope.py").read_bytes() == before


@pytest.mark.parametrize("name", ["lines", "lines/", "Lines/slope", "lines/../../slope", "lines/1st", "lines/new-one"])
def test_a_name_that_python_could_not_import_is_refused(course: Course, name: str) -> None:
    before = sorted(course.root.rglob("*"))
    done = course.run("new", name)
    assert done.code == 2
    assert "cannot be the name of an assignment or exercise" in done.said
    assert "autograder new convolution/conv1d" in done.said
    assert sorted(course.root.rglob("*")) == before
