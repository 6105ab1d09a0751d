"""What goes out to students: everything that they need, and nothing of the answers or of the hidden cases."""

from __future__ import annotations

import ast
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from courses import BEND, README, SLOPE, Course, write

from autograder.course import load_assignment, load_exercise
from autograder.errors import ExerciseError
from autograder.release import handout, stub, write_handout

REPOSITORY = Path(__file__).parent.parent
ASSIGNMENTS = sorted(path.name for path in (REPOSITORY / "solutions").glob("*") if any(path.glob("[!_]*.py")))

PAINTED = '''"""Classes, nesting, and a blank at module level."""

FACTOR = 3  # given

TABLE = {"a": None}
### BEGIN SOLUTION
TABLE.update(a=123456789)
### END SOLUTION


class Painter:
    """Paints."""

    def __init__(self, colour: str = "blue"):
        self.colour = colour

    def paint(self, wall, *, coats=2):
        """Return the painted wall."""
        height = len(wall)
        ### BEGIN SOLUTION
        return [self.colour] * height * coats
        ### END SOLUTION

    def rinse(self):
        """Return None."""
        if self.colour:
            ### BEGIN SOLUTION
            self.colour = None
            ### END SOLUTION


def outer():
    """Return a function."""

    def inner(x):
        """Return x."""
        ### BEGIN SOLUTION
        return x + 0 * FACTOR
        ### END SOLUTION

    return inner


### BEGIN GRADING
from autograder import Case, Exercise

EXERCISE = Exercise(
    points={"x": 1},
    calls="x = outer()(1)",
    inputs=lambda draw: {"y": 1.0},
    outputs=lambda trace: {"x": 1.0},
    public=[Case("one")],
)
'''

PAINTED_STUB = '''"""Classes, nesting, and a blank at module level."""

FACTOR = 3  # given

TABLE = {"a": None}


class Painter:
    """Paints."""

    def __init__(self, colour: str = "blue"):
        self.colour = colour

    def paint(self, wall, *, coats=2):
        """Return the painted wall."""
        height = len(wall)
        raise NotImplementedError("painted: Painter.paint is not written yet")

    def rinse(self):
        """Return None."""
        if self.colour:
            raise NotImplementedError("painted: Painter.rinse is not written yet")


def outer():
    """Return a function."""

    def inner(x):
        """Return x."""
        raise NotImplementedError("painted: outer.inner is not written yet")

    return inner
'''

ANSWER = "upstream_of_z = SCALE * (X @ w) / N"

LEAKS = {
    "an answer in the README": ("README.md", README + f"\n    {ANSWER}\n", "the answer of slope"),
    "an answer in the README, in code marks": ("README.md", README + f"\nWrite `{ANSWER}`.\n", "the answer of slope"),
    "an answer in a data file": ("hints.txt", f"{ANSWER}\n", "the answer of slope"),
    "an answer in a notebook": (
        "notes.ipynb",
        json.dumps({"cells": [{"cell_type": "code", "source": [f"    {ANSWER}\n"]}]}),
        "the answer of slope",
    ),
    "an answer in given code": (
        "slope.py",
        SLOPE.replace("SCALE = 2\n", f"SCALE = 2\n\n\ndef helper(X, w, N):\n    {ANSWER}\n    return upstream_of_z\n"),
        "the answer of slope",
    ),
    "an answer in the reference": (
        "slope.py",
        SLOPE.replace("    return (z**2).mean()", f"    SCALE, N = 2, len(X)\n    {ANSWER}\n    return (z**2).mean()"),
        "the answer of slope",
    ),
    "an answer in another exercise": (
        "bend.py",
        BEND.replace("import torch\n", f"# {ANSWER}\nimport torch\n", 1),
        "slope",
    ),
    "a hidden case in the README": (
        "README.md",
        README + '\nCase("undisclosed heights", N=between(5, 9), D=between(2, 6)),\n',
        "a hidden case of slope",
    ),
    "a marker in the README": ("README.md", README + "\n### BEGIN SOLUTION\n", "a marker"),
}

UNBALANCED = {
    "an answer without an end": (SLOPE.replace("    ### END SOLUTION\n", "", 1), "inside that of line"),
    "an answer without a beginning": (SLOPE.replace("    ### BEGIN SOLUTION\n", "", 1), "without a beginning"),
    "a last answer without an end": (
        "".join(SLOPE.rpartition("    ### END SOLUTION\n")[::2]),
        "'### BEGIN SOLUTION' in line 24 has no end",
    ),
    "hidden cases without an end": (SLOPE.replace("    ### END HIDDEN TESTS\n", ""), "has no end"),
    "hidden cases without a beginning": (SLOPE.replace("    ### BEGIN HIDDEN TESTS\n", ""), "without a beginning"),
    "markers without a blank": (
        SLOPE.replace("### BEGIN SOLUTION", "###BEGIN SOLUTION").replace("### END SOLUTION", "###END SOLUTION"),
        "SOLUTION",
    ),
    "markers in another case": (
        SLOPE.replace("### BEGIN SOLUTION", "### Begin solution").replace("### END SOLUTION", "### End solution"),
        "olution",
    ),
    "hidden markers of another name": (SLOPE.replace("HIDDEN TESTS", "HIDDEN CASES"), "HIDDEN"),
}


def painted(tmp_path: Path) -> str:
    path = write(tmp_path / "solutions/walls/painted.py", PAINTED)
    return stub(load_exercise(path, assignment="walls").source)


def test_a_stub_keeps_all_but_the_answers(tmp_path: Path) -> None:
    assert painted(tmp_path) == PAINTED_STUB


def test_a_stub_keeps_docstrings_and_signatures(tmp_path: Path) -> None:
    def outline(text: str) -> list[tuple[str, str | None, str]]:
        return [
            (node.name, ast.get_docstring(node), ast.unparse(node.args) if isinstance(node, ast.FunctionDef) else "")
            for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ]

    assert outline(painted(tmp_path)) == outline(PAINTED.partition("### BEGIN GRADING")[0])


def test_a_blank_raises_with_the_names_of_exercise_and_function(course: Course) -> None:
    names: dict[str, Any] = {}
    exec(handout(load_assignment(course.root, "lines"))["slope.py"], names)
    with pytest.raises(NotImplementedError, match=r"^slope: backward is not written yet$"):
        names["backward"](torch.ones(2, 3), torch.ones(3))


def test_a_handout_holds_stubs_checks_and_the_other_files(course: Course) -> None:
    write(course.root / "solutions/lines/_notes.py", "# for instructors\n")
    write(course.root / "solutions/lines/.autograder-secret", "a secret\n")
    files = handout(load_assignment(course.root, "lines"))
    names = ["README.md", "bend.py", "checks/bend.py", "checks/slope.py", "lines.ipynb", "numbers.csv", "slope.py"]
    assert sorted(files) == names


def test_the_checks_have_public_cases_and_no_hidden_one(course: Course, tmp_path: Path) -> None:
    write_handout(handout(load_assignment(course.root, "lines")), tmp_path / "out")
    checks = load_exercise(tmp_path / "out/checks/slope.py", assignment="any", folder=tmp_path / "out")
    assert checks.assignment == "lines"
    assert [case.name for case in checks.exercise.public] == ["four rows", "by hand"]
    assert list(checks.exercise.hidden) == []


EDIT = "backward: upstream_of_z = SCALE * (X @ w) / N -> upstream_of_z = SCALE * (X @ w)"
EQUIVALENT = f"    equivalent={{\n        {EDIT!r}: 'there is one row',\n    }},\n"


def test_declared_equivalents_stay_at_home(course: Course, tmp_path: Path) -> None:
    course.exercise("lines", "slope", SLOPE.replace("    ### END HIDDEN", f"{EQUIVALENT}    ### END HIDDEN"))
    loaded = load_assignment(course.root, "lines")
    assert loaded.exercises[0].exercise.equivalent == {EDIT: "there is one row"}
    files = handout(loaded)
    together = b"\n".join(files.values()).decode()
    for word in ("equivalent", "upstream_of_z", "SCALE * (X @ w)", "there is one row"):
        assert word not in together
    write_handout(files, tmp_path / "out")
    checks = load_exercise(tmp_path / "out/checks/slope.py", assignment="any", folder=tmp_path / "out")
    assert checks.exercise.equivalent == {}


@pytest.mark.parametrize("declared", [EQUIVALENT, "    equivalent={'z: negated': 'a reason'},\n"])
def test_declared_equivalents_outside_the_markers_are_refused(course: Course, declared: str) -> None:
    course.exercise("lines", "slope", SLOPE.replace("    ### BEGIN HIDDEN", f"{declared}    ### BEGIN HIDDEN"))
    with pytest.raises(ExerciseError, match="which hold lines of the answer, stand outside the markers") as caught:
        handout(load_assignment(course.root, "lines"))
    assert caught.value.advice == "Put `equivalent={...}` between '### BEGIN HIDDEN TESTS' and '### END HIDDEN TESTS'."


def test_a_table_of_equivalents_outside_the_markers_is_refused_as_well(course: Course) -> None:
    table = f"EQUIVALENT = {{{EDIT!r}: 'there is one row'}}\n\n\nEXERCISE ="
    text = SLOPE.replace("EXERCISE =", table).replace(
        "    ### END HIDDEN", "    equivalent=EQUIVALENT,\n    ### END HIDDEN"
    )
    course.exercise("lines", "slope", text)
    with pytest.raises(ExerciseError, match="would give away the answer of slope"):
        handout(load_assignment(course.root, "lines"))


def test_no_word_of_the_hidden_section_is_in_the_handout(course: Course) -> None:
    together = b"\n".join(handout(load_assignment(course.root, "lines")).values()).decode()
    for word in (
        "undisclosed",
        "solitary",
        "unpublished",
        "hidden=",
        "HIDDEN",
        "SOLUTION",
        "upstream_of_z",
        "squashed",
    ):
        assert word not in together


def test_the_readme_lists_the_exercises_where_it_is_marked(course: Course) -> None:
    assert handout(load_assignment(course.root, "lines"))["README.md"].decode() == (
        "# Lines\n\nWrite the gradients of two small functions.\n\n"
        "| file | parts (points) | points |\n|---|---|---|\n"
        "| `slope.py` | z (1), dz (2), dw (1) | 4 |\n| `bend.py` | dx (3) | 3 |\n| | | **7** |\n"
    )


@pytest.mark.parametrize("what", LEAKS)
def test_a_handout_that_gives_something_away_is_refused(course: Course, what: str) -> None:
    name, text, kind = LEAKS[what]
    write(course.root / "solutions/lines" / name, text)
    with pytest.raises(ExerciseError, match="would give away") as caught:
        handout(load_assignment(course.root, "lines"))
    assert kind in str(caught.value)


def test_a_short_common_line_is_no_leak(course: Course) -> None:
    write(course.root / "solutions/lines/README.md", README + "\nreturn h\n}\n")
    assert "README.md" in handout(load_assignment(course.root, "lines"))


@pytest.mark.parametrize("what", UNBALANCED)
def test_unbalanced_or_misspelt_markers_are_refused(course: Course, what: str) -> None:
    text, problem = UNBALANCED[what]
    path = course.exercise("lines", "slope", text)
    with pytest.raises(ExerciseError) as caught:
        handout(load_assignment(course.root, "lines"))
    assert problem in str(caught.value)
    assert caught.value.path in (path, path.parent)


def test_a_stub_that_is_not_python_is_refused(course: Course) -> None:
    text = SLOPE.replace("    N = X.shape[0]\n    ### BEGIN SOLUTION", "    N = (\n    ### BEGIN SOLUTION\n    len(X))")
    course.exercise("lines", "slope", text)
    with pytest.raises(ExerciseError, match="its stub is not valid Python"):
        handout(load_assignment(course.root, "lines"))


def test_a_readme_that_is_not_utf_8_is_named(course: Course) -> None:
    (course.root / "solutions/lines/README.md").write_bytes(b"caf\xe9")
    with pytest.raises(ExerciseError, match=r"README\.md"):
        handout(load_assignment(course.root, "lines"))


def test_a_handout_is_the_same_each_time(course: Course) -> None:
    first, second = (handout(load_assignment(course.root, "lines")) for _ in range(2))
    assert list(first.items()) == list(second.items())


def test_a_handout_is_the_same_with_any_secret(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    first = handout(load_assignment(course.root, "lines"))
    monkeypatch.setenv("AUTOGRADER_SECRET", "quite another secret")
    assert handout(load_assignment(course.root, "lines")) == first


def test_releasing_again_changes_no_file(course: Course) -> None:
    course.run("release", "lines")
    folder = course.root / "assignments/lines"
    os.utime(folder / "slope.py", (1, 1))
    done = course.run("release", "lines")
    assert done.out == "assignments/lines: 7 files, unchanged\n"
    assert (folder / "slope.py").stat().st_mtime == 1


def test_files_that_are_not_of_the_handout_are_left_alone_and_named(course: Course) -> None:
    folder = course.root / "assignments/lines"
    write(folder / "mine/notes.md", "mine")
    done = course.run("release", "lines")
    assert "left alone, as it is not generated: mine/notes.md" in done.said
    assert (folder / "mine/notes.md").read_text() == "mine"


def test_a_changed_stub_is_written_over(course: Course, tmp_path: Path) -> None:
    files = handout(load_assignment(course.root, "lines"))
    write_handout(files, tmp_path / "out")
    write(tmp_path / "out/slope.py", "# edited by hand\n")
    assert write_handout(files, tmp_path / "out") == (["slope.py"], [])
    assert (tmp_path / "out/slope.py").read_bytes() == files["slope.py"]


# --- the assignments of this repository -----------------------------------------------------------------------------


def test_there_are_assignments() -> None:
    assert ASSIGNMENTS


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_what_is_checked_in_is_what_release_generates(name: str) -> None:
    folder = REPOSITORY / "assignments" / name
    there = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }
    generated = handout(load_assignment(REPOSITORY, name))
    assert sorted(there) == sorted(generated)
    assert [file for file in there if there[file] != generated[file]] == []


def test_every_handout_has_its_solutions() -> None:
    assert sorted(path.name for path in (REPOSITORY / "assignments").iterdir() if path.is_dir()) == ASSIGNMENTS


def blocks(text: str, kind: str) -> list[str]:
    """What stands between the markers of a kind."""
    return re.findall(rf"### BEGIN {kind}\n(.*?)### END {kind}", text, re.DOTALL)


def squeezed(text: str) -> str:
    return re.sub(r'[\s\\"\']', "", text)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_nothing_that_is_checked_in_gives_an_answer_or_a_hidden_case_away(name: str) -> None:
    answers: set[str] = set()
    hidden: set[str] = set()
    for path in (REPOSITORY / "solutions" / name).glob("*.py"):
        text = path.read_text()
        for block in blocks(text, "SOLUTION"):
            answers |= {
                line for line in block.splitlines() if len(squeezed(line)) >= 16 and "#" not in line.lstrip()[:1]
            }
        for block in blocks(text, "HIDDEN TESTS"):
            hidden |= set(re.findall(r'Case\(\s*"([^"]+)"', block))
    assert answers
    found = []
    for path in (REPOSITORY / "assignments" / name).rglob("*"):
        if not path.is_file() or path.suffix in (".npz", ".png", ".pyc"):
            continue
        text = path.read_text(encoding="utf-8")
        found += [(path.name, line) for line in answers if squeezed(line) in squeezed(text)]
        found += [(path.name, case) for case in hidden if f'"{case}"' in text or f"'{case}'" in text]
        found += [
            (path.name, marker) for marker in ("SOLUTION", "HIDDEN TESTS", "hidden=", "equivalent=") if marker in text
        ]
    assert found == []


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_no_secret_is_checked_in_with_an_assignment(name: str) -> None:
    secret = REPOSITORY / ".autograder-secret"
    keys = [os.environ.get("AUTOGRADER_SECRET", ""), secret.read_text().strip() if secret.exists() else ""]
    for path in (REPOSITORY / "assignments" / name).rglob("*"):
        assert "secret" not in path.name
        content = path.read_bytes() if path.is_file() else b""
        assert [key for key in keys if key and key.encode() in content] == []
