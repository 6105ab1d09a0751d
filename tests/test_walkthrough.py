"""From the text of a walkthrough to the notebook that students get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from courses import WALKTHROUGH, Course, write

from autograder.course import load_assignment
from autograder.errors import ExerciseError
from autograder.release import handout
from autograder.walkthrough import walkthrough

REPOSITORY = Path(__file__).parent.parent
ASSIGNMENTS = sorted(path.name for path in (REPOSITORY / "solutions").glob("*") if any(path.glob("[!_]*.py")))


def built(course: Course, text: str | None = WALKTHROUGH) -> list[Any]:
    folder = course.root / "solutions" / "lines"
    if text is not None:
        write(folder / "walkthrough.md", text)
    return json.loads(walkthrough(load_assignment(course.root, "lines")))["cells"]


def known(cell: Any) -> dict[str, Any]:
    return cell["metadata"].get("nbgrader", {})


def test_cells_of_text_code_exercises_and_answers_come_in_order(course: Course) -> None:
    cells = built(course)
    assert [(cell["cell_type"], known(cell).get("grade_id", "")) for cell in cells] == [
        ("markdown", ""), ("code", ""), ("code", "slope"), ("markdown", "why-a-mean-question"),
        ("markdown", "why-a-mean"), ("code", "bend"), ("markdown", ""),
    ]  # fmt: skip


def test_an_exercise_is_a_locked_cell_with_its_points(course: Course) -> None:
    (cell,) = [cell for cell in built(course) if known(cell).get("grade_id") == "slope"]
    assert known(cell) == {
        "cell_type": "code", "grade": True, "grade_id": "slope", "locked": True, "points": 4.0, "schema_version": 3,
        "solution": False, "task": False,
    }  # fmt: skip
    assert "".join(cell["source"]).endswith('\nscore("slope")')
    assert "slope.py" in "".join(cell["source"])


def test_an_answer_is_a_question_and_a_cell_that_a_person_grades(course: Course) -> None:
    question, answer = [cell for cell in built(course) if "why-a-mean" in known(cell).get("grade_id", "")]
    assert (known(question)["locked"], known(question)["grade"]) == (True, False)
    assert "".join(question["source"]) == "Why is there an $N$?"
    assert (known(answer)["grade"], known(answer)["solution"], known(answer)["locked"]) == (True, True, False)
    assert known(answer)["points"] == 2.5
    assert "secret" not in json.dumps(built(course))


def test_without_a_text_there_is_a_cell_for_each_exercise(course: Course) -> None:
    assert [known(cell)["grade_id"] for cell in built(course, None) if known(cell)] == ["slope", "bend"]


def test_nbgrader_accepts_the_metadata(course: Course) -> None:
    from nbgrader.nbgraderformat import MetadataValidator

    built(course)
    notebook = nbformat.reads(walkthrough(load_assignment(course.root, "lines")), as_version=4)
    MetadataValidator().validate_nb(notebook)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('exercise="bend"', 'exercise="bent"', "there is no exercise 'bent'"),
        ('exercise="bend"', 'exercise="slope"', "two cells are called 'slope'"),
        ('```python exercise="bend"\nscore("bend")\n```', "", "bend has no cell"),
        ('answer="why-a-mean"', 'answer="why a mean?"', "needs a name of letters"),
        ("points=2.5", "points=0", "points above 0"),
        ("### END SOLUTION", "", "needs one '### BEGIN SOLUTION'"),
    ],
)
def test_a_mistake_in_the_text_is_told(course: Course, old: str, new: str, problem: str) -> None:
    with pytest.raises(ExerciseError, match=r"walkthrough\.md") as error:
        built(course, WALKTHROUGH.replace(old, new))
    assert problem in str(error.value)


def test_a_text_that_is_not_utf8_is_told(course: Course) -> None:
    (course.root / "solutions" / "lines" / "walkthrough.md").write_bytes(b"\xff\xfe#")
    with pytest.raises(ExerciseError, match="cannot be read"):
        built(course, None)


def test_an_answer_in_the_text_is_refused(course: Course) -> None:
    folder = course.root / "solutions" / "lines"
    write(folder / "walkthrough.md", WALKTHROUGH.replace("The end.", "So: upstream_of_z = SCALE * (X @ w) / N"))
    with pytest.raises(ExerciseError, match="would give away the answer of slope"):
        handout(load_assignment(course.root, "lines"))


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_assignment_has_a_walkthrough_that_gives_nothing_away(name: str) -> None:
    assignment = load_assignment(REPOSITORY, name)
    assert (assignment.folder / "walkthrough.md").exists()
    notebook = handout(assignment)[f"{name}.ipynb"]
    assert notebook == walkthrough(assignment)
    graded = [known(cell)["grade_id"] for cell in json.loads(notebook)["cells"] if known(cell).get("grade")]
    assert {one.name for one in assignment.exercises} <= set(graded)
