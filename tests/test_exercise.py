from __future__ import annotations

import os
from fractions import Fraction

import pytest

from autograder.course import Source, call_with_known, find_course, list_assignments, load_assignment, load_exercise
from autograder.errors import AutograderError, CourseError, ExerciseError

GOOD = {
    "points": '{"z": 1, "dw": 2}',
    "calls": '"z, dw = entries(f(x, w))"',
    "inputs": "inputs",
    "reference": "reference",
    "public": '[Case("plain", n=3)]',
}

FUNCTIONS = """
def inputs(draw, n):
    return {"x": draw.normal(n), "w": draw.normal(n)}


def reference(mark, x, w):
    return mark("z", x * w).sum()


"""


def grading(**changes: str | None) -> str:
    """A good grading section, with entries changed or (None) left out."""
    entries = {**GOOD, **changes}
    return FUNCTIONS + f"EXERCISE = Exercise({', '.join(f'{k}={v}' for k, v in entries.items() if v is not None)})\n"


# changes of a good exercise, and the problem and advice of the error
UNUSABLE = {
    "calls with a syntax error": (
        {"calls": '"z = f("'},
        "calls: '(' was never closed",
        "See autograder/sandbox/calls.py for what they may hold.",
    ),
    "calls with a statement that is not understood": (
        {"calls": '"import os"'},
        "calls: line 1 of the calls: only assignments, calls and for loops are understood",
        "See autograder/sandbox/calls.py for what they may hold.",
    ),
    "no part": ({"points": "{}"}, "points: there is no part", "Give each part that is graded its points."),
    "points of 0": ({"points": '{"z": 0, "dw": 1}'}, "points: z must be more than 0", ""),
    "negative points": ({"points": '{"z": -1, "dw": -0.5}'}, "points: z, dw must be more than 0", ""),
    "a part that no line gives": (
        {"points": '{"z": 1, "dq": 1}'},
        "calls: nothing gives dq",
        "Every part must stand on the left of some line.",
    ),
    "neither reference nor outputs": (
        {"reference": None},
        "there is neither a reference nor outputs",
        "One of them must compute the expected values.",
    ),
    "two cases of one name": (
        {"public": '[Case("plain", n=3)]', "hidden": '[Case("plain", n=4)]'},
        "two cases are called 'plain'",
        "",
    ),
    "no public case": (
        {"public": "[]", "hidden": '[Case("plain", n=3)]'},
        "public: there is no generic case",
        "A student needs at least one to check against.",
    ),
    "no generic public case": (
        {"public": '[Case("one", tier="edge", n=1)]'},
        "public: there is no generic case",
        "A student needs at least one to check against.",
    ),
    "no generic case that is looked at": (
        {"public": '[Case("plain", n=3, diagnosed=False)]'},
        "there is no generic case with diagnosed=True",
        "Mistakes are looked for in such cases alone.",
    ),
    "a tier without a share": (
        {"hidden": '[Case("one", tier="edge", n=1)]', "tiers": '{"generic": 1}'},
        "tiers: 'edge' has cases but no share of the points",
        "",
    ),
}

# whole text of the file, and the problem and advice of the error
NOT_AN_EXERCISE = {
    "no grading section": (
        "x = 1\n",
        "has 0 lines '### BEGIN GRADING' where there must be one",
        "Put the reference and the cases after such a line, at the end of the file.",
    ),
    "two grading sections": (
        "### BEGIN GRADING\n### BEGIN GRADING\n",
        "has 2 lines '### BEGIN GRADING' where there must be one",
        "Put the reference and the cases after such a line, at the end of the file.",
    ),
    "no EXERCISE": (
        "### BEGIN GRADING\nx = 1\n",
        "the grading section defines no EXERCISE",
        "End it with `EXERCISE = Exercise(...)`.",
    ),
    "an EXERCISE of another kind": (
        "### BEGIN GRADING\nEXERCISE = {}\n",
        "the grading section defines no EXERCISE",
        "End it with `EXERCISE = Exercise(...)`.",
    ),
    "an exception": (
        "x = 1\n### BEGIN GRADING\n\ny = x\n",
        "the grading section raised NameError in line 4: name 'x' is not defined",
        "It must run on its own: it sees nothing of the code above it.",
    ),
    "a syntax error": (
        "### BEGIN GRADING\n\n\ny = = x\n",
        "the grading section raised SyntaxError in line 4: invalid syntax (line.py, line 4)",
        "It must run on its own: it sees nothing of the code above it.",
    ),
    "a tier of no name that is known": (
        "### BEGIN GRADING\nfrom autograder import Case\nCase('odd', tier='purity')\n",
        "the grading section raised ValueError in line 3: case 'odd': the tier must be one of generic, edge, stability, "
        "not 'purity'",
        "It must run on its own: it sees nothing of the code above it.",
    ),
}


def test_a_good_exercise_loads(make_exercise):
    loaded = make_exercise(grading())
    assert (loaded.assignment, loaded.name, loaded.module) == ("algebra", "line", "line.py")
    assert loaded.exercise.parts == ("z", "dw")
    assert loaded.calls.gives == ("z", "dw")
    assert loaded.folder == loaded.source.path.parent


@pytest.mark.parametrize(("changes", "problem", "advice"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_exercise_says_what_is_wrong(write_exercise, changes, problem, advice):
    path = write_exercise(grading(**changes))
    with pytest.raises(ExerciseError) as caught:
        load_exercise(path, assignment="algebra")
    error = caught.value
    assert (error.problem, error.advice, error.path) == (problem, advice, path)
    assert str(error) == f"{path}: {problem}" + (f"\n  {advice}" if advice else "")


@pytest.mark.parametrize(("text", "problem", "advice"), NOT_AN_EXERCISE.values(), ids=NOT_AN_EXERCISE)
def test_a_file_that_is_no_exercise_says_what_is_wrong(tmp_path, text, problem, advice):
    path = tmp_path / "line.py"
    path.write_text(text)
    with pytest.raises(ExerciseError) as caught:
        load_exercise(path, assignment="algebra")
    assert (caught.value.problem, caught.value.advice, caught.value.path) == (problem, advice, path)


@pytest.mark.parametrize("points", ['{"z": "many", "dw": 1}', '{"z": None, "dw": 1}', '{"z": float("nan"), "dw": 1}'])
def test_points_that_are_no_number_are_an_exercise_error(write_exercise, points):
    with pytest.raises(ExerciseError, match="points"):
        load_exercise(write_exercise(grading(points=points)), assignment="algebra")


def test_calls_that_are_no_text_are_an_exercise_error(write_exercise):
    with pytest.raises(ExerciseError, match="calls"):
        load_exercise(write_exercise(grading(calls="None")), assignment="algebra")


def test_a_tier_that_does_not_exist_is_an_exercise_error(write_exercise):
    with pytest.raises(ExerciseError, match="tiers"):
        load_exercise(write_exercise(grading(tiers='{"generic": 0.5, "egde": 0.5}')), assignment="algebra")


def test_a_file_that_is_not_there_cannot_be_read(tmp_path):
    with pytest.raises(ExerciseError) as caught:
        Source.read(tmp_path / "line.py")
    assert caught.value.problem.startswith("cannot be read: [Errno 2]")
    assert caught.value.advice == "It must be a UTF-8 text file that you may read."


def test_a_file_that_is_not_utf_8_cannot_be_read(tmp_path):
    (tmp_path / "line.py").write_bytes(b"# \xff\n### BEGIN GRADING\n")
    with pytest.raises(ExerciseError) as caught:
        Source.read(tmp_path / "line.py")
    assert caught.value.problem.startswith("cannot be read: 'utf-8' codec can't decode byte 0xff")


def test_a_file_that_may_not_be_read_says_so(open_folder, as_nobody):
    path = open_folder / "line.py"
    path.write_text("### BEGIN GRADING\n")
    path.chmod(0)
    with as_nobody():
        if os.access(path, os.R_OK, effective_ids=True):
            pytest.skip("this user may read everything")
        with pytest.raises(ExerciseError, match=r"cannot be read: .*Permission denied"):
            Source.read(path)


def test_the_answer_is_not_run(make_exercise):
    head = "raise SystemExit\n### BEGIN GRADING\nimport torch\nfrom autograder import Case, Exercise\n"
    assert make_exercise(grading(), head=head).exercise.total == 3


def test_both_halves_of_a_source_keep_the_line_numbers_of_the_file(tmp_path):
    path = tmp_path / "line.py"
    path.write_text("a\nb\n\n### BEGIN GRADING\nc\n")
    source = Source.read(path)
    assert (source.answer, source.grading) == ("a\nb\n", "\n\n\n\nc\n")


def test_checks_of_a_handout_say_which_assignment_they_belong_to(make_exercise):
    assert make_exercise('ASSIGNMENT = "calculus"\n' + grading()).assignment == "calculus"


def test_points_are_summed_exactly(make_exercise):
    assert make_exercise(grading(points='{"z": 0.1, "dw": 0.2}')).exercise.total == Fraction(3, 10)


def test_public_cases_come_before_hidden_ones(make_exercise):
    loaded = make_exercise(grading(hidden='[Case("other", n=4)]'))
    assert [case.name for case in loaded.exercise.cases] == ["plain", "other"]


def test_exercises_of_an_assignment_come_by_order_and_then_by_name(write_exercise, tmp_path):
    for name, order in (("a", "2"), ("c", "1"), ("b", "1")):
        write_exercise(grading(order=order), name=name)
    write_exercise("not an exercise", name="_helper")
    assert [one.name for one in load_assignment(tmp_path, "algebra").exercises] == ["b", "c", "a"]


def test_assignments_are_the_folders_that_hold_an_exercise(write_exercise, tmp_path):
    write_exercise(grading(), assignment="geometry")
    write_exercise(grading(), assignment="algebra")
    (tmp_path / "solutions" / "data").mkdir()
    (tmp_path / "solutions" / "notes.py").write_text("")
    assert list_assignments(tmp_path) == ["algebra", "geometry"]


def test_an_assignment_that_is_not_there_names_those_that_are(write_exercise, tmp_path):
    write_exercise(grading())
    with pytest.raises(CourseError) as caught:
        load_assignment(tmp_path, "../algebra")
    assert caught.value.problem == "there is no assignment '../algebra'"
    assert (caught.value.path, caught.value.advice) == (tmp_path / "solutions", "There are: algebra.")


def test_a_course_without_assignments_says_that_there_are_none(tmp_path):
    (tmp_path / "solutions").mkdir()
    with pytest.raises(CourseError) as caught:
        load_assignment(tmp_path, "algebra")
    assert caught.value.problem == "there is no exercise"


def test_the_course_is_found_from_a_folder_in_it(tmp_path, monkeypatch):
    (tmp_path / "solutions" / "algebra").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "solutions" / "algebra")
    assert find_course() == tmp_path.resolve()


def test_a_course_that_is_named_must_be_one_itself(tmp_path):
    (tmp_path / "solutions" / "algebra").mkdir(parents=True)
    assert find_course(tmp_path) == tmp_path.resolve()
    with pytest.raises(CourseError) as caught:
        find_course(tmp_path / "solutions" / "algebra")
    assert caught.value.problem == "there is no folder 'solutions' in it"


def test_outside_a_course_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError) as caught:
        find_course()
    assert caught.value.problem == "no folder 'solutions' here or above"
    assert caught.value.advice == "Run this in the course folder, or name it with --course."


def test_an_author_s_function_gets_only_what_it_asks_for():
    assert call_with_known(lambda first, b, a=5: (first, a, b), 0, known={"b": 1, "c": 2}) == (0, 5, 1)
    assert call_with_known(lambda first, **rest: rest, 0, known={"b": 1, "c": 2}) == {"b": 1, "c": 2}


def test_an_author_s_function_that_asks_for_what_is_not_there_is_named():
    def outputs(first, gamma):
        return gamma

    with pytest.raises(TypeError, match="outputs asks for gamma, which no input is named"):
        call_with_known(outputs, 0, known={"b": 1})


def test_an_error_shows_where_what_and_what_to_do_and_keeps_them_as_fields():
    error = AutograderError("is odd", path="a/b", advice="Mend it.")
    assert (str(error), error.problem, error.advice) == ("a/b: is odd\n  Mend it.", "is odd", "Mend it.")
    assert str(AutograderError("is odd")) == "is odd"
