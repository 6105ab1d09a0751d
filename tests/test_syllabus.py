"""The syllabus: what it shows of a course, and what it says of one whose exercises do not fit together."""

from __future__ import annotations

from pathlib import Path

from courses import BEND, SLOPE, Course, make_course, write

from autograder.course import list_assignments, load_assignment
from autograder.syllabus import syllabus

ROOT = Path(__file__).parent.parent

PLANTED = """
[[mistake]]
mistake = "sign"
[[mistake]]
mistake = ["transposed", "wrong_axis"]
[[mistake]]
mistake = "transposed"
"""


def with_metadata(text: str, **changes: str) -> str:
    added = "".join(f"    {name}={value},\n" for name, value in changes.items())
    return text.replace("EXERCISE = Exercise(\n", f"EXERCISE = Exercise(\n{added}")


def test_it_has_the_assignments_in_the_order_in_which_they_build_on_each_other(tmp_path: Path) -> None:
    course = make_course(
        tmp_path,
        {
            "above": {"bend": with_metadata(BEND, builds_on='("below/slope",)', difficulty=4, hours=1.5)},
            "below": {"slope": SLOPE, "bend": with_metadata(BEND, builds_on='("slope",)', hours=0.25)},
        },
    )
    write(course.root / "solutions/below/README.md", "# Below\n\nWhat everything\nrests on.\n\nMore.\n")
    write(course.root / "benchmarks/mistakes/below/slope.toml", PLANTED)
    done = course.run("syllabus")
    assert (done.code, done.out) == (0, "Syllabus: docs/syllabus.md\n")
    text = (course.root / "docs/syllabus.md").read_text()
    assert "2 assignments, 3 exercises, 10 points, about 3 hours.\n" in text
    overview, below, above = text.split("\n## ")
    assert overview.index("| [below](#below) | 2 | 7 | 1.25 | — |") < overview.index(
        "| [above](#above) | 1 | 3 | 1.5 | [below](#below) |"
    )
    assert below.startswith("below\n\nWhat everything\nrests on.\n\n| exercise |")
    assert (
        "| `slope` | A line through the origin | 4 | 2 | 1 | — | "
        "[transposed](mistakes/transposed.md), [the opposite sign](mistakes/sign.md) |\n"
        "| `bend` | The sigmoid of a column | 3 | 2 | 0.25 | `slope` | — |\n"
    ) in below
    assert "| `bend` | The sigmoid of a column | 3 | 4 | 1.5 | `below/slope` | — |\n" in above


def test_an_exercise_that_is_not_there_is_named(course: Course) -> None:
    path = course.exercise("curves", "arc", with_metadata(BEND, builds_on='("lines/circle",)'))
    done = course.run("syllabus")
    assert done.code == 2
    assert done.err == (
        f"Error: {path}: builds_on: there is no exercise lines/circle\n"
        "  Name it as it lies in solutions/: assignment/exercise.\n"
    )


def test_a_circle_is_named(course: Course) -> None:
    course.exercise("curves", "arc", with_metadata(BEND, builds_on='("lines/slope",)'))
    course.exercise("lines", "slope", with_metadata(SLOPE, builds_on='("curves/arc",)'))
    done = course.run("syllabus")
    assert done.code == 2
    assert "assignments build on each other in a circle: " in done.err
    assert "Take one exercise out of a builds_on." in done.err


def test_a_page_that_cannot_be_written_is_named(course: Course) -> None:
    done = course.run("syllabus", "--output", "solutions/lines/slope.py/page.md")
    assert done.code == 2
    assert "page.md: cannot be written" in done.said


def test_the_syllabus_of_this_course_is_that_of_its_exercises() -> None:
    """`make syllabus` writes it."""
    expected = syllabus(ROOT, [load_assignment(ROOT, name) for name in list_assignments(ROOT)])
    assert (ROOT / "docs/syllabus.md").read_text() == expected
