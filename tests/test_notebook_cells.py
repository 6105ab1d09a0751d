"""Whatever a submitted notebook is, the graded one has every cell that carries points once, as it was handed out."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
import pytest
from courses import WALKTHROUGH, make_course
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode

from autograder.course import load_assignment
from autograder.gradebook.cells import ADDED, answers, fill, read_notebook, restore
from autograder.results import ExerciseResult, PartResult, SubmissionResult
from autograder.submission import Submission
from autograder.walkthrough import walkthrough


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    course = make_course(tmp_path_factory.mktemp("cells") / "course")
    (course.root / "solutions" / "lines" / "walkthrough.md").write_text(WALKTHROUGH)
    return nbformat.reads(walkthrough(load_assignment(course.root, "lines")), as_version=4)


def result(slope: float | None = 2.5) -> SubmissionResult:
    parts = [PartResult("dz", "wrong", slope, 4.0, "dz <script>alert(1)</script> is wrong.")]
    exercises = [ExerciseResult("slope", slope, 4.0, parts), ExerciseResult("bend", 3.0, 3.0, [])]
    return SubmissionResult(1, "lines", "ada", None, 7.0, exercises, ["A note."])


def graded(notebook: NotebookNode) -> list[str]:
    """Names of the cells that carry points, in order."""
    return [c.metadata.nbgrader.grade_id for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    (found,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name]
    return found


def test_a_notebook_as_it_was_handed_out_stays_as_it_is(handout: NotebookNode) -> None:
    restored = restore(copy.deepcopy(handout), handout)
    assert [(c.cell_type, c.source, c.metadata) for c in restored.cells] == [
        (c.cell_type, c.source, c.metadata) for c in handout.cells
    ]


def test_an_answer_stays_and_a_locked_text_is_put_back(handout: NotebookNode) -> None:
    notebook = copy.deepcopy(handout)
    cell(notebook, "why-a-mean").source = "Because."
    cell(notebook, "slope").source = "print(4.0)"
    cell(notebook, "slope").metadata.nbgrader.points = 1000
    restored = restore(notebook, handout)
    assert answers(restored)["why-a-mean"] == "Because."
    assert cell(restored, "slope").source == cell(handout, "slope").source
    assert cell(restored, "slope").metadata.nbgrader.points == 4


def test_what_is_missing_is_added_in_its_place(handout: NotebookNode) -> None:
    notebook = copy.deepcopy(handout)
    notebook.cells = [c for c in notebook.cells if "nbgrader" not in c.metadata]
    restored = restore(notebook, handout)
    assert graded(restored) == ["slope", "why-a-mean", "bend"]
    assert ADDED in cell(restored, "why-a-mean").source


@pytest.mark.parametrize("name", ["slope", "why-a-mean"])
def test_of_two_with_one_name_the_first_counts(handout: NotebookNode, name: str) -> None:
    notebook = copy.deepcopy(handout)
    second = copy.deepcopy(cell(notebook, name))
    second.source = "the second"
    notebook.cells.append(second)
    restored = restore(notebook, handout)
    assert graded(restored) == ["slope", "why-a-mean", "bend"]
    assert restored.cells[-1].source == "the second"
    assert "nbgrader" not in restored.cells[-1].metadata


def test_a_renamed_cell_is_one_of_the_students_own(handout: NotebookNode) -> None:
    notebook = copy.deepcopy(handout)
    cell(notebook, "slope").metadata.nbgrader.grade_id = "slope2"
    assert graded(restore(notebook, handout)) == ["slope", "why-a-mean", "bend"]


def test_of_another_type_it_is_that_of_the_handout(handout: NotebookNode) -> None:
    notebook = copy.deepcopy(handout)
    changed = cell(notebook, "slope")
    changed.cell_type = "markdown"
    assert cell(restore(notebook, handout), "slope").cell_type == "code"


def test_output_that_a_browser_would_run_is_left_out(handout: NotebookNode) -> None:
    notebook = copy.deepcopy(handout)
    notebook.cells.append(
        nbformat.v4.new_code_cell(
            "plot()",
            outputs=[
                nbformat.v4.new_output(
                    "display_data", {"text/html": "<script>", "image/png": "iVBO", "text/plain": "x"}
                ),
                nbformat.v4.new_output("display_data", {"application/javascript": "alert(1)"}),
                nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg onload=alert(1)>"}),
                nbformat.v4.new_output("stream", name="stderr", text="a warning"),
                nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[]),
            ],
        )
    )
    outputs = restore(notebook, handout).cells[-1].outputs
    assert [dict(one) for one in outputs] == [
        {"output_type": "display_data", "data": {"image/png": "iVBO", "text/plain": "x"}, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "a warning"},
    ]


def test_scores_are_plain_numbers_and_words_are_escaped(handout: NotebookNode) -> None:
    from nbgrader.utils import determine_grade

    notebook = restore(None, handout)
    fill(notebook, result())
    shown, number = cell(notebook, "slope").outputs
    assert "<script>" not in shown.data["text/html"]
    assert number.data["text/plain"] == "2.5"
    assert determine_grade(cell(notebook, "slope")) == (2.5, 4.0)
    assert determine_grade(cell(notebook, "bend")) == (3.0, 3.0)
    nbformat.validate(notebook)


def test_without_a_score_there_is_no_number(handout: NotebookNode) -> None:
    notebook = restore(None, handout)
    fill(notebook, result(slope=None))
    assert [one.output_type for one in cell(notebook, "slope").outputs] == ["display_data"]


@pytest.mark.parametrize(
    "content",
    [None, b"", b"broken", b"\xff\xfe", b"[]", b"{}", b'{"cells": 3}', b'{"nbformat": 4, "cells": [1]}', b"null",
     b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}', b"[" * 100_000],
    ids=lambda content: repr(content)[:24],
)  # fmt: skip
def test_what_is_no_notebook_is_told_and_the_handouts_takes_its_place(
    handout: NotebookNode, content: bytes | None
) -> None:
    files = {} if content is None else {"lines.ipynb": content}
    notebook, problem = read_notebook(Submission("ada", "lines", files, {}))
    assert notebook is None
    assert problem.startswith("The notebook")
    restored = restore(None, handout, problem)
    assert graded(restored) == ["slope", "why-a-mean", "bend"]
    assert problem in restored.cells[0].source
    nbformat.validate(restored)


# Any JSON that stands where a notebook's metadata, outputs and ids should.
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["slope", "why-a-mean", "grade_id"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["nbgrader", "grade_id", "tags", "output_type", "data", "text", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(JUNK, JUNK, JUNK, st.sampled_from(["code", "markdown", "raw"])), max_size=4))
def test_whatever_a_notebook_holds_it_can_be_graded(handout: NotebookNode, cells: list[Any]) -> None:
    made = [
        {"cell_type": kind, "metadata": metadata, "outputs": outputs, "id": name, "source": "x"}
        for metadata, outputs, name, kind in cells
    ]
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})
    notebook, problem = read_notebook(Submission("ada", "lines", {"lines.ipynb": text.encode()}, {}))
    restored = restore(notebook, handout, problem)
    fill(restored, result())
    assert graded(restored) == ["slope", "why-a-mean", "bend"]
    nbformat.validate(restored)
    nbformat.writes(restored)
