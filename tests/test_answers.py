"""Answers in the notebook: they count where the module is blank, for the grader and for the check alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from courses import ANSWERS, WRONG_SIGN, Course, write

from autograder import check
from autograder.course import load_assignment
from autograder.release import digest, handout, stub, write_handout


def notebook(*cells: tuple[str, Any]) -> str:
    made = [
        {"cell_type": "code", "metadata": {"tags": tags}, "source": source, "outputs": [], "id": f"c{n}"}
        for n, (source, tags) in enumerate(cells)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


def the_stub(course: Course) -> str:
    loaded = load_assignment(course.root, "lines").exercises[0]
    return stub(loaded.source)


FORWARD, BACKWARD = ANSWERS["slope"].split("def backward")
TWO_CELLS = ((FORWARD, ["slope"]), ("print('not tagged')", []), (f"def backward{BACKWARD}", ["slope", "other"]))


@pytest.mark.parametrize("module", ["the stub", "the stub with remarks", "nothing"])
def test_a_tagged_cell_counts_where_the_module_is_blank(course: Course, module: str) -> None:
    text = {"the stub": the_stub(course), "the stub with remarks": f"# mine\n\n{the_stub(course)}\n", "nothing": None}[
        module
    ]
    folder = course.submit("ada", slope=text)
    write(folder / "lines.ipynb", notebook(*TWO_CELLS))
    done = course.run("grade", "lines")
    assert done.code == 0, done.err
    assert course.scores("ada") == {"z": 1.0, "dz": 2.0, "dw": 1.0, "dx": 3.0}
    assert course.record("ada")["notes"] == ["slope: the answer is that of your notebook, as slope.py is blank."]


def test_where_both_are_filled_the_module_counts_and_the_record_says_so(course: Course) -> None:
    folder = course.submit("ada", slope=WRONG_SIGN)
    write(folder / "lines.ipynb", notebook(*TWO_CELLS))
    course.run("grade", "lines")
    assert course.scores("ada")["dz"] == 0.0
    assert course.record("ada")["notes"] == [
        "slope: both slope.py and a cell of your notebook hold an answer; slope.py counts."
    ]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 1}', '{"cells": [{"cell_type": "code"}]}', "[" * 10**5])
def test_a_notebook_that_cannot_be_read_holds_no_answer(course: Course, content: str) -> None:
    folder = course.submit("ada")
    write(folder / "lines.ipynb", content)
    assert course.run("grade", "lines").code == 0
    assert sum(score or 0 for score in course.scores("ada").values()) == 7.0


def test_a_check_counts_them_as_well(course: Course, tmp_path: Path) -> None:
    files = handout(load_assignment(course.root, "lines"))
    write_handout(files, tmp_path / "lines")
    assert not check("slope", tmp_path / "lines").passed
    write(tmp_path / "lines" / "lines.ipynb", notebook(*TWO_CELLS))
    assert check("slope", tmp_path / "lines").passed


def test_a_digest_is_of_the_code_alone() -> None:
    assert digest(b"x = 1  # one\n\n\ny=2\n") == digest(b"x = 1\ny=2")
    assert digest(b"x = 1\n") != digest(b"x = 2\n")
    assert digest(b"x = (") == ""
