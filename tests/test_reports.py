"""The pages that grading writes: whole, escaped, linked, and without what students may not see."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import unquote

import pytest
from courses import ANSWERS, SECRET, SLOPE, Course, make_course
from pages import Page
from rich.console import Console

from autograder.cases import Secret, make_inputs
from autograder.course import load_assignment
from autograder.grade import grade
from autograder.report.html import check_html, class_html, submission_html, write_class, write_submission
from autograder.report.terminal import check_text, show_class
from autograder.results import SCHEMA_VERSION, ExerciseResult, PartResult, Status, SubmissionResult, brief
from autograder.store import Store

NAMES = [
    "ann",
    "a b",
    "50% & more",
    "a#b?c",
    "<b>bold</b>".replace("/", ""),
    "'quoted\"",
    "Zoë",
    "a%20b",
    "javascript:alert(1)",
    "..",
    "index",
]
HOSTILE = "<script>alert('x')</script>"

# Answers that go wrong on hidden cases, and would show what they saw there.
SPIES = {
    "raises with its inputs": "    if len(X) > 4:\n        raise ValueError(f'seen {X.tolist()} {w.tolist()}')\n",
    "prints its inputs": "    print('seen', X.tolist(), w.tolist())\n    if len(X) > 4:\n        return {}\n",
    "returns other values": "    if len(X) > 4:\n        return {'dz': X[:, 0], 'dw': w}\n",
    "returns another shape": "    if len(X) > 4:\n        return {'dz': X, 'dw': w[None]}\n",
    "names its exception after its inputs": "    if len(X) > 4:\n        raise type(f'Seen{X[0, 0]}', (Exception,), {})\n",
    "keeps its inputs for later": "    import builtins\n    if len(X) > 4:\n        builtins.seen = X.tolist()\n"
    "    if hasattr(builtins, 'seen') and len(X) == 4:\n        raise ValueError(f'seen {builtins.seen}')\n",
}


def record(student: str = "ann", assignment: str = "lines", text: str = "") -> SubmissionResult:
    """A record with every status and ``text`` in every place that a submission can reach."""
    parts = [
        PartResult(
            f"part{i}",
            status,
            None if status == "grader_error" else 0.5,
            1.0,
            f"said {text} {i}",
            f"next {text} {i}",
            f"for the instructor alone {text}",
            rounded=status == "correct",
        )
        for i, status in enumerate(get_args(Status))
    ]
    exercise = ExerciseResult(
        "slope", None, float(len(parts)), parts, figures={"accuracy": 0.875}, output=f"printed {text}", printed_bytes=9
    )
    return SubmissionResult(SCHEMA_VERSION, assignment, student, None, exercise.points, [exercise], [f"note {text}"])


@pytest.mark.parametrize("text", ["", HOSTILE, "</td></table>", "{{ 7 * 7 }}", "&lt;"])
def test_a_students_page_is_well_formed_and_shows_text_as_text(text: str) -> None:
    page = Page(submission_html(record(text=text)))
    assert "script" not in page.tags
    assert f"said {text}" in page.text
    assert f"note {text}" in page.text


def test_what_stands_between_backticks_is_shown_as_code_and_as_text() -> None:
    html = submission_html(record(text="`return {'dz': dz}` `<b>`"))
    assert "said <code>return {&#39;dz&#39;: dz}</code> <code>&lt;b&gt;</code>" in html


def test_a_students_page_has_nothing_of_the_instructors() -> None:
    html = submission_html(record())
    assert "for the instructor alone" not in html
    assert "printed" not in html


def test_a_students_page_has_every_status_and_next_step() -> None:
    text = Page(submission_html(record())).text
    for status in get_args(Status):
        assert status.replace("_", " ") in text
    # What is carried forward has no next step of its own as long as something before it is to be mended.
    assert text.count("next ") == len(get_args(Status)) - 1
    assert "accuracy: 0.875" in text


def mistaken(
    part: str, mistake: str, status: Status = "wrong", said: str = "", score: float = 0.0, after: Sequence[str] = ()
) -> PartResult:
    """A part with a mistake, or one that follows from others."""
    words = said or f"{part} {status} {mistake}"
    return PartResult(
        part, status, score, 1.0, words, f"mend {part}", f"for the instructor alone {mistake}", mistake, [*after]
    )


CARRIED = mistaken("dw", "", "carried_forward", "It follows from dz.", 1.0, ["dz"])
RIGHT_Z = PartResult("z", "correct", 1.0, 1.0, "Right.")
CHAIN = [RIGHT_Z, mistaken("dz", "sign"), CARRIED]


def exercise(*parts: PartResult) -> ExerciseResult:
    return ExerciseResult("slope", sum(p.score or 0.0 for p in parts), float(len(parts)), list(parts))


def checked(*parts: PartResult) -> str:
    return check_text([exercise(*parts)], more_cases=True)


@pytest.mark.parametrize("show", ["page", "notebook", "terminal"])
def test_what_is_carried_forward_keeps_its_points_and_comes_after_what_is_to_be_mended(show: str) -> None:
    text = seen_by_student(show, CARRIED, RIGHT_Z, mistaken("dz", "sign", score=0.85))
    assert "dz comes first" in text
    assert "dw comes first" not in text
    assert "↷" in text
    assert "carried forward" in text
    assert "It follows from dz." in text
    assert "Wrong values as well" not in text
    assert "keeps its points" in text
    assert "mend dw" not in text
    assert "for the instructor alone" not in text


@pytest.mark.parametrize("show", ["page", "notebook", "terminal"])
@pytest.mark.parametrize(("score", "words"), [(0.5, "keeps some of its points"), (0.0, "a mistake counted before it.")])
def test_a_part_that_is_carried_forward_does_not_claim_points_that_the_course_does_not_give(
    show: str, score: float, words: str
) -> None:
    text = seen_by_student(show, *CHAIN[:2], replace(CARRIED, score=score))
    assert words in text
    assert "keeps its points" not in text


@pytest.mark.parametrize("show", ["page", "notebook", "terminal"])
def test_the_page_on_each_mistake_is_named_once(show: str) -> None:
    parts = [
        mistaken("dz", "sign"),
        mistaken("dw", "transposed"),
        mistaken("db", "transposed"),
        replace(CARRIED, part="dx"),
    ]
    text = seen_by_student(show, *parts)
    assert text.count("autograder explain sign") == text.count("autograder explain transposed") == 1
    assert text.index("explain sign") < text.index("explain transposed")


@pytest.mark.parametrize("status", ["not_attempted", "missing", "forbidden", "correct", "carried_forward"])
@pytest.mark.parametrize("show", ["page", "notebook", "terminal"])
def test_no_page_is_named_for_what_is_no_mistake(show: str, status: Status) -> None:
    assert "explain" not in seen_by_student(show, mistaken("dz", "no_answer", status), mistaken("dw", ""))


def test_where_only_what_is_carried_forward_is_left_its_advice_is_given() -> None:
    left = [CHAIN[0], CARRIED]
    assert "Next: mend dw" in checked(*left)
    assert "mend dw" in seen_by_student("page", *left)
    assert "Next: mend dw" in seen_by_student("notebook", *left)
    assert "comes first" not in checked(*left)
    assert "All public cases are right" not in checked(*left)


def test_a_part_that_is_to_be_mended_is_never_like_one_that_follows() -> None:
    parts = [replace(CARRIED, next_step="x"), mistaken("dx", "sign", said=CARRIED.message)]
    assert "As for" not in checked(RIGHT_Z, parts[0], replace(parts[1], next_step="x"))
    again = replace(parts[0], part="db")
    assert "As for dw." in checked(RIGHT_Z, parts[0], again)


def seen_by_student(show: str, *parts: PartResult) -> str:
    """What a student reads of an exercise, each run of blanks as one."""
    one = exercise(*parts)
    if show == "terminal":
        text = check_text([one], more_cases=True)
    elif show == "notebook":
        text = Page(check_html([one], more_cases=True)).text
    else:
        text = Page(submission_html(SubmissionResult(SCHEMA_VERSION, "lines", "ann", 1.0, 3.0, [one]))).text
    return " ".join(text.split())


def test_a_page_shows_no_zero_where_there_is_no_score() -> None:
    text = Page(submission_html(record())).text
    assert "ann: — of 11 points" in text
    assert "— / 1" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_class_page_is_well_formed_and_shows_any_name(name: str) -> None:
    page = Page(class_html([record(name), record("zoe", "curves")]))
    assert not {"script", "b"} & page.tags
    assert name in page.text
    assert "not handed in" in page.text


@pytest.mark.parametrize("name", [name for name in NAMES if name != ".."])
def test_every_link_of_the_class_page_leads_to_a_page(tmp_path: Path, name: str) -> None:
    results = [record(name), record(name, "other lines"), record("zoe")]
    index = write_pages(results, Store(tmp_path))
    links = Page(index.read_text()).links
    assert len(set(links)) == 3
    for link in links:
        assert ":" not in link.partition("/")[0]
        assert (index.parent / unquote(link)).is_file()
        assert "lines" in Page((index.parent / unquote(link)).read_text()).text


def test_a_page_asks_for_nothing_from_elsewhere() -> None:
    for html in (submission_html(record()), class_html([record()]), check_html(record().exercises, more_cases=True)):
        assert "//" not in html
        assert "url(" not in html
        assert "@import" not in html


def test_pages_of_the_same_records_have_the_same_bytes(tmp_path: Path) -> None:
    two = [record(), record("zoe")]
    first = write_pages(two, Store(tmp_path / "a"))
    second = write_pages(two, Store(tmp_path / "b"))
    assert first.read_bytes() == second.read_bytes()


def test_the_class_page_has_pass_rates_by_part() -> None:
    page = Page(class_html([record(), record("zoe")]))
    words = " ".join(page.text.split())
    assert "lines/slope part0 100% 2 " in words
    assert "lines/slope part1 100% 2 2 " in words
    assert "lines/slope part2 0% 2 2 wrong" in words


def write_pages(results: Sequence[SubmissionResult], store: Store) -> Path:
    """Write every page, as grading does; the path of the class page."""
    for result in results:
        write_submission(result, store)
    return write_class(results, store)


def graded(
    student: str, *parts: PartResult, isolation: tuple[Literal["full", "limits"], ...] = ("full",)
) -> SubmissionResult:
    """A record with these parts in each of its exercises, one for each kind of isolation."""
    names = ("slope", "bend")
    exercises = [
        ExerciseResult(
            name, sum(p.score or 0.0 for p in parts), sum(p.points for p in parts), list(parts), isolation=one
        )
        for name, one in zip(names, isolation, strict=False)
    ]
    return SubmissionResult(SCHEMA_VERSION, "lines", student, 1.0, 2.0, exercises)


def by_autograd(part: str, status: Status, score: float) -> PartResult:
    used = f"line 3 of slope.py uses torch.autograd.grad for {HOSTILE}"
    return PartResult(part, status, score, 1.0, "Line 3 uses it, but this is to be done by hand.", forbidden=used)


def shown(results: list[SubmissionResult], width: int = 160) -> str:
    text = io.StringIO()
    show_class(results, Console(file=text, width=width, highlight=False, no_color=True, force_jupyter=False))
    return text.getvalue()


RIGHT = PartResult("dz", "correct", 1.0, 1.0, "Right.")


@pytest.mark.parametrize(
    ("isolation", "mark"),
    [
        (("full", "full"), ""),
        (("limits", "limits"), "Graded without isolation."),
        (("full", "limits"), "Graded without isolation: bend."),
    ],
)
def test_a_students_page_says_what_was_graded_without_isolation(isolation: tuple, mark: str) -> None:
    text = Page(submission_html(graded("ann", RIGHT, isolation=isolation))).text
    assert mark in text
    assert bool(mark) == ("without isolation" in text)


def test_the_class_page_marks_the_scores_of_who_was_graded_without_isolation() -> None:
    two = [graded("ann", RIGHT), graded("zoe", RIGHT, isolation=("limits",))]
    text = " ".join(Page(class_html(two)).text.split())
    assert "ann 1 / 2 zoe * 1 / 2 * graded without isolation" in text
    assert "isolation" not in class_html(two[:1])


def test_the_scoreboard_marks_the_scores_of_who_was_graded_without_isolation() -> None:
    two = [graded("ann", RIGHT), graded("zoe", RIGHT, isolation=("limits",))]
    lines = shown(two).splitlines()
    assert any("zoe" in line and " * 1/2 " in line for line in lines)
    assert any("ann" in line and "*" not in line for line in lines)
    assert "* graded without isolation" in lines
    assert "isolation" not in shown(two[:1])


def test_the_class_page_shows_who_did_not_derive_by_hand_and_where() -> None:
    cheat = graded("ann", by_autograd("dz", "forbidden", 0.0), by_autograd("dw", "forbidden", 0.0), RIGHT)
    flagged = graded("zoe", by_autograd("dz", "correct", 1.0))
    page = Page(class_html([cheat, flagged]))
    text = " ".join(page.text.split())
    assert "script" not in page.tags
    assert f"ann lines/slope dz, dw line 3 of slope.py uses torch.autograd.grad for {HOSTILE} no points" in text
    assert f"zoe lines/slope dz line 3 of slope.py uses torch.autograd.grad for {HOSTILE} flagged only" in text
    assert "by hand" not in class_html([graded("ann", RIGHT)])


def test_the_terminal_says_how_many_did_not_derive_by_hand_and_where() -> None:
    cheat = graded("ann", by_autograd("dz", "forbidden", 0.0), by_autograd("dw", "forbidden", 0.0))
    text = shown([cheat, graded("zoe", by_autograd("dz", "correct", 1.0))])
    assert "Not derived by hand: 3 parts of 2 students" in text
    assert "ann, lines/slope dz, dw: line 3 of slope.py uses torch.autograd.grad" in text
    assert text.count("(no points)") == text.count("(flagged only)") == 1
    assert "by hand" not in shown([graded("ann", RIGHT)])


def test_a_long_list_of_who_did_not_derive_by_hand_is_cut_in_the_terminal_and_whole_on_the_page() -> None:
    many = [graded(f"student{i:02}", by_autograd("dz", "forbidden", 0.0)) for i in range(30)]
    assert "… and 18 more, all of them on the class page" in shown(many)
    assert Page(class_html(many)).text.count("no points") == 30


def a_class() -> list[SubmissionResult]:
    """Three with the same mistake in two parts, one of them with another one as well, and one who is right."""
    both = [mistaken("dz", "sign"), mistaken("dw", "sign"), CARRIED]
    one = graded("zoe", *both[:2], mistaken("db", "transposed"))
    blank = graded("yan", mistaken("dz", "no_answer", "not_attempted"))
    return [graded("ann", *both), graded("bob", *both), graded("cy", RIGHT), blank, one]


def test_the_terminal_ends_with_the_mistakes_of_the_class_by_frequency() -> None:
    rows = [re.split(r"\s*│\s*", line.strip("│ ")) for line in shown(a_class()).partition("Mistakes")[2].splitlines()]
    assert [row for row in rows if len(row) > 1] == [
        ["3", "60%", "slope", "dz, dw", "the opposite sign"],
        ["1", "20%", "slope", "db", "transposed"],
    ]


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_mistakes_of_the_class_fit_into_a_terminal(width: int) -> None:
    lines = shown(a_class(), width).partition("Mistakes")[2].splitlines()
    assert all(len(line) <= width for line in lines)
    assert "opposite" in "".join(lines)


def test_exercises_of_one_name_are_told_apart_by_their_assignments() -> None:
    other = replace(a_class()[0], assignment="curves")
    text = shown([*a_class(), other])
    assert "lines/slope" in text.partition("Mistakes")[2]
    assert "curves/slope" in text.partition("Mistakes")[2]


def test_the_class_page_has_the_mistakes_with_whose_they_are_and_the_page_on_each() -> None:
    page = Page(class_html(a_class()))
    text = " ".join(page.text.partition("Mistakes")[2].split())
    assert "3 60% lines/slope dz, dw the opposite sign sign.md ann, bob, zoe" in text
    assert "1 20% lines/slope db transposed transposed.md zoe" in text
    assert [link for link in page.links if "cy" not in link][-4:] == [
        f"lines/{name}.html" for name in ("ann", "bob", "zoe", "zoe")
    ]


def test_nothing_is_said_of_mistakes_where_there_are_none() -> None:
    none = [graded("ann", RIGHT), graded("yan", mistaken("dz", "no_answer", "not_attempted"), CARRIED)]
    assert "Mistakes" not in shown(none)
    assert "Mistakes" not in class_html(none)


def test_many_mistakes_are_cut_in_the_terminal_and_whole_on_the_page() -> None:
    many = [graded(f"student{i:02}", mistaken(f"d{i:02}", "sign")) for i in range(30)]
    text = shown(many)
    assert text.count("the opposite sign") == 12
    assert "… and 18 more, on the class page" in text
    assert Page(class_html(many)).text.count("the opposite sign") == 30


def test_a_long_list_of_students_is_folded_on_the_page() -> None:
    many = [graded(f"student{i:02}", mistaken("dz", "sign")) for i in range(30)]
    page = Page(class_html(many))
    assert "30 students" in page.text
    assert "details" in page.tags
    assert page.links.count("lines/student07.html") == 2
    assert "details" not in Page(class_html(many[:8])).tags


def test_a_mistake_that_this_grader_does_not_know_is_shown_by_its_name() -> None:
    text = shown([graded("ann", mistaken("dz", "of_another_version"))])
    assert "of another version" in text


def test_the_mistakes_of_a_class_are_there_in_brief_and_once_in_memory() -> None:
    whole = a_class()
    assert shown([brief(result) for result in whole]).partition("Mistakes")[2] == shown(whole).partition("Mistakes")[2]
    first, second = (brief(result).exercises[0].parts[0] for result in whole[:2])
    assert first is second
    assert first.mistake == "sign"


def test_a_students_page_tells_of_what_is_forbidden_and_not_of_what_is_only_flagged() -> None:
    text = Page(submission_html(graded("ann", by_autograd("dz", "forbidden", 0.0)))).text
    assert "✗ forbidden" in text
    assert "Line 3 uses it, but this is to be done by hand." in text
    flagged = submission_html(graded("ann", by_autograd("dz", "correct", 1.0)))
    assert "torch.autograd.grad" not in flagged


@pytest.mark.parametrize("isolation", ["full", "limits"])
def test_a_run_without_isolation_is_marked_wherever_it_is_seen(tmp_path: Path, isolation: str) -> None:
    course = make_course(tmp_path / "course", {"lines": {"slope": SLOPE}})
    course.submit("ann", bend=None)
    done = course.run("grade", "--jobs", "1", f"--isolation={isolation}")
    seen = [done.out, *(page.read_text() for page in course.results.rglob("*.html"))]
    assert len(seen) == 3
    assert ["raded without isolation" in text for text in seen] == 3 * [isolation == "limits"]


@pytest.fixture(scope="module")
def spied(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Answers that spy on hidden cases, graded with their pages."""
    course = make_course(tmp_path_factory.mktemp("spied") / "course", {"lines": {"slope": SLOPE}})
    for student, lines in SPIES.items():
        folder = course.submit(student, slope=ANSWERS["slope"].replace("    dz = 2", f"{lines}    dz = 2"))
        (folder / "bend.py").unlink()
    store = Store(course.results)
    assignments = [load_assignment(course.root, "lines")]
    graded = grade(assignments, Secret(SECRET.encode(), "the test"), course.root / "submitted", store, jobs=1)
    write_pages(graded.records, store)
    return course


def hidden_numbers(course: Course) -> set[str]:
    """The hidden inputs as a student's code, a message or a page could write them."""
    loaded = load_assignment(course.root, "lines").exercises[0]
    found = set()
    for case in loaded.exercise.hidden:
        for array in make_inputs(loaded, case, Secret(SECRET.encode(), "the test")).values():
            found |= {f"{abs(value):.5g}"[:6] for value in array.ravel()}
    return found


@pytest.mark.parametrize("student", SPIES)
def test_a_students_page_shows_no_hidden_value(spied: Course, student: str) -> None:
    # Hidden cases come last, so that what was kept of them is never used: that answer is simply right.
    assert (spied.statuses(student)["dz"] == "correct") == (student == "keeps its inputs for later")
    page = (spied.results / "lines" / f"{student}.html").read_text()
    text = Page(page).text
    assert [number for number in hidden_numbers(spied) if number in page] == []
    assert "seen" not in text.replace(student, "").lower()
    assert "undisclosed" not in text


@pytest.mark.parametrize("student", SPIES)
def test_no_hidden_value_is_in_what_a_record_says_to_the_student(spied: Course, student: str) -> None:
    said = [p["message"] + p["next_step"] for e in spied.record(student)["exercises"] for p in e["parts"]]
    assert [number for number in hidden_numbers(spied) if any(number in text for text in said)] == []


def test_the_record_tells_the_instructor_what_the_student_may_not_see(spied: Course) -> None:
    parts = spied.record("raises with its inputs")["exercises"][0]["parts"]
    assert "undisclosed heights" in parts[1]["instructor"]
    assert "seen [[" in parts[1]["instructor"]


def test_the_pages_of_a_run_are_where_the_command_says(spied: Course, tmp_path: Path) -> None:
    course = Course(shutil.copytree(spied.root, tmp_path / "course"))
    for page in course.results.rglob("*.html"):
        page.unlink()
    done = course.run("grade")
    assert "Report: results/index.html" in done.out
    assert sorted(p.stem for p in course.results.glob("lines/*.html")) == sorted(SPIES)
