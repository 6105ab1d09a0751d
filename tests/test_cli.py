"""The command line as a process: exit codes, messages, and what it prints into a pipe."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from courses import (
    ANSWERS,
    ARC,
    BEND,
    BLANK,
    SLOPE,
    WEAK,
    WRONG_SIGN,
    Course,
    Done,
    command,
    environment,
    make_course,
    run,
    write,
)

from autograder.cli import app
from autograder.errors import AutograderError
from autograder.sandbox.forking import ForkRunner

ESCAPE = "\x1b"

WRONG_CALLS = {
    "an unknown command": (["grades"], ["No such command 'grades'"]),
    "no command": ([], ["Usage"]),
    "an unknown assignment": (["grade", "lnes"], ["solutions: there is no assignment 'lnes'", "curves, lines"]),
    "no submissions folder": (
        ["grade", "--submitted", "nowhere"],
        ["nowhere: submissions cannot be read: No such file"],
    ),
    "an empty submissions folder": (
        ["grade", "--submitted", "solutions"],
        ["solutions: no submission of curves, lines"],
    ),
    "no jobs": (["grade", "--jobs", "0"], ["--jobs"]),
    "an unknown assignment to release": (["release", "lnes"], ["solutions: there is no assignment 'lnes'"]),
    "nothing to release": (["release"], ["ASSIGNMENT"]),
    "an unknown exercise to verify": (
        ["verify", "lines/slop"],
        ["solutions/lines: there is no exercise 'slop'", "There are: slope, bend."],
    ),
    "an unknown assignment to verify": (["verify", "lnes"], ["solutions: there is no assignment 'lnes'"]),
    "a check without a handout": (["check"], ["this is not a handout folder"]),
    "a course folder that is none": (["grade", "--course", "nowhere"], ["nowhere"]),
}

BROKEN = {
    "a syntax error": (SLOPE.replace("return (z**2).mean()", "return (z**2"), "SyntaxError", "return (z**2"),
    "an exception": (SLOPE.replace("def by_hand(draw):", "1 / 0\ndef by_hand(draw):"), "ZeroDivisionError", "1 / 0"),
    "an undefined name": (SLOPE.replace("inputs=inputs,", "inputs=imputs,"), "NameError", "imputs"),
}

INCOMPLETE = {
    "no grading section": (SLOPE.replace("### BEGIN GRADING", ""), "has 0 lines '### BEGIN GRADING'"),
    "no EXERCISE": (SLOPE.replace("EXERCISE =", "EXERCIZE ="), "the grading section defines no EXERCISE"),
    "a part that nothing gives": (SLOPE.replace('"dw": 1}', '"dx": 1}'), "calls: nothing gives dx"),
    "no points": (SLOPE.replace('points={"z": 1, "dz": 2, "dw": 1}', "points={}"), "points: there is no part"),
    "no public case": (SLOPE.replace("public=[", "public=[]) or dict(x=["), "there is no generic case"),
}

HOSTILE = {
    "markup": "[red]loud[bold]",
    "a link": "[link=x]here",
    "an escape": f"{ESCAPE}[31mred{ESCAPE}]0;title\x07",
    "HTML": "<script>alert(1)<!--",
    "commas and quotes": 'a,"b',
    "a line break": "line\nbreak",
    "a right-to-left override": "abc\u202edef",
}


@pytest.fixture
def small(tmp_path: Path) -> Course:
    """A course with a right and a wrong submission, ungraded."""
    course = make_course(tmp_path / "course")
    course.submit("ann", "curves")
    course.submit("bob", "curves", arc="def backward(x):\n    return {'dx': x}\n")
    return course


# --- exit codes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", WRONG_CALLS)
def test_a_wrong_call_ends_with_2_and_names_what_is_wrong(small: Course, what: str) -> None:
    arguments, words = WRONG_CALLS[what]
    done = small.run(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.said


@pytest.mark.parametrize("subcommand", ["grade", "verify", "release"])
def test_a_folder_that_is_no_course_is_named(tmp_path: Path, subcommand: str) -> None:
    done = run(subcommand, *(["lines"] if subcommand == "release" else []), cwd=tmp_path)
    assert done.code == 2
    assert done.err == (
        f"Error: {tmp_path}: no folder 'solutions' here or above\n"
        "  Run this in the course folder, or name it with --course.\n"
    )


@pytest.mark.parametrize("subcommand", ["grade", "verify"])
def test_a_course_without_any_exercise_is_named(tmp_path: Path, subcommand: str) -> None:
    (tmp_path / "solutions").mkdir()
    (tmp_path / "submitted/ann/lines").mkdir(parents=True)
    done = run(subcommand, cwd=tmp_path)
    assert done.code == 2
    assert str(tmp_path / "solutions") in done.said


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_exercise_is_named_with_its_line(small: Course, what: str) -> None:
    text, error, line = BROKEN[what]
    path = small.exercise("lines", "slope", text)
    number = next(n for n, one in enumerate(text.splitlines(), 1) if line in one)
    done = small.run("grade")
    assert done.code == 2
    assert f"Error: {path}: the grading section raised {error} in line {number}: " in done.err


@pytest.mark.parametrize("what", INCOMPLETE)
def test_an_incomplete_exercise_is_named_with_what_is_missing(small: Course, what: str) -> None:
    text, problem = INCOMPLETE[what]
    path = small.exercise("lines", "slope", text)
    done = small.run("grade")
    assert done.code == 2
    assert f"Error: {path}: " in done.err
    assert problem in done.said


def test_a_secret_that_is_too_short_is_named(small: Course) -> None:
    path = write(small.root / ".autograder-secret", "short\n")
    done = small.run("grade", AUTOGRADER_SECRET=None)
    assert done.code == 2
    assert f"Error: {path}: the course secret is shorter than 16 characters" in done.said


@pytest.mark.usefixtures("needs_isolation")
def test_a_first_run_makes_a_secret_and_says_so_and_the_next_one_keeps_it(small: Course) -> None:
    first = small.run("grade", AUTOGRADER_SECRET=None)
    made = (small.root / ".autograder-secret").read_text()
    second = small.run("grade", AUTOGRADER_SECRET=None)
    assert "Warning: this course had no secret; a new one is in .autograder-secret." in first.said
    assert made.strip() not in first.said
    assert "secret" not in second.said
    assert "Nothing to grade: all 2 exercises of 2 submissions are unchanged." in second.said
    assert (small.root / ".autograder-secret").read_text() == made


@pytest.mark.usefixtures("needs_isolation")
def test_grading_ends_with_0_however_bad_the_marks_are_and_says_where_results_are(small: Course) -> None:
    done = small.run("grade")
    assert done.code == 0
    assert "Graded 2 exercises of 2 submissions." in done.out
    assert (
        "Records: results/<assignment>/<student>.json   Grades: results/grades.csv   Report: results/index.html"
        in done.out
    )


@pytest.mark.usefixtures("needs_isolation")
def test_verify_ends_with_1_where_an_exercise_does_not_hold(small: Course) -> None:
    small.exercise("curves", "arc", ARC.replace("torch.sigmoid(x).sum()", "-torch.sigmoid(x).sum()"))
    done = small.run("verify", "curves")
    assert done.code == 1
    assert "curves/arc NOT verified" in done.said
    assert "Not every exercise is verified." in done.said


@pytest.mark.usefixtures("needs_isolation")
def test_verify_shows_a_wrong_answer_that_keeps_its_points_as_a_diff_and_ends_with_1(course: Course) -> None:
    course.exercise("lines", "slope", WEAK)
    done = course.run("verify", "lines/slope")
    assert done.code == 1
    assert "lines/slope NOT verified" in done.said
    shown = [line.removeprefix("      ") for line in done.out.splitlines()]
    begin = shown.index("key: backward: upstream_of_z = SCALE * (X @ w) / N -> upstream_of_z = SCALE * (X @ w)")
    assert shown[begin + 1 : begin + 8] == [
        "--- slope.py (model solution)",
        "+++ slope.py (wrong answer)",
        "@@ -24,3 +24,3 @@",
        "     ### BEGIN SOLUTION",
        "-    upstream_of_z = SCALE * (X @ w) / N",
        "+    upstream_of_z = SCALE * (X @ w)",
        '     return {"dz": upstream_of_z, "dw": X.T @ upstream_of_z}',
    ]


@pytest.mark.usefixtures("needs_isolation")
def test_verify_ends_with_0_where_every_exercise_holds(small: Course) -> None:
    done = small.run("verify", "curves/arc.py", "lines/bend")
    assert done.code == 0
    assert "2 exercises verified." in done.said


def test_release_into_a_folder_that_cannot_be_made_is_named(small: Course) -> None:
    write(small.root / "out", "a file")
    done = small.run("release", "lines", "--output", "out")
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Error: out" in done.said


def test_ctrl_c_in_a_check_ends_with_130(small: Course) -> None:
    handout = release(small, "curves")
    started = small.root / "started"
    write(handout / "arc.py", f"import pathlib\npathlib.Path({str(started)!r}).touch()\nwhile True:\n    pass\n")
    process = subprocess.Popen(
        command("check"), cwd=handout, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in err


def release(course: Course, assignment: str) -> Path:
    assert course.run("release", assignment).code == 0
    return course.root / "assignments" / assignment


# --- the start ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subcommand", [[], ["grade"], ["check"], ["release"], ["verify"]])
def test_help_does_not_wait_for_torch(tmp_path: Path, subcommand: list[str]) -> None:
    script = (
        "import sys\n"
        "from autograder.cli import main\n"
        f"sys.argv = ['autograder', *{subcommand!r}, '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "assert not {'torch', 'numpy', 'jinja2'} & set(sys.modules), sorted(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Usage" in done.stdout


@pytest.mark.usefixtures("needs_isolation")
def test_the_course_is_found_from_a_folder_inside_it(small: Course) -> None:
    done = run("verify", "curves", cwd=small.root / "solutions" / "lines")
    assert done.code == 0


def test_grading_starts_a_process_for_each_core_that_it_may_use(small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def grade(*_: object, jobs: int, **__: object) -> None:
        raise AutograderError(f"{jobs} jobs")

    monkeypatch.chdir(small.root)
    monkeypatch.setattr("autograder.grade.grade", grade)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 4, 7}, raising=False)
    with pytest.raises(AutograderError, match=r"^3 jobs"):
        app(["grade"], standalone_mode=False)
    monkeypatch.delattr(os, "sched_getaffinity")
    with pytest.raises(AutograderError, match=r"^64 jobs"):
        app(["grade"], standalone_mode=False)


# --- what is printed ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(needs_isolation: ForkRunner, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Each command once, into a pipe, on a terminal type that knows colours."""
    course = make_course(tmp_path_factory.mktemp("printed") / "course")
    course.submit("ann", "curves")
    course.submit("bob", "curves", arc=BLANK)
    done = {name: course.run(name, "curves", TERM="xterm-256color") for name in ("grade", "verify", "release")}
    handout = course.root / "assignments" / "curves"
    write(handout / "arc.py", "def backward(x):\n    return {'dx': x}\n")
    done["check"] = run("check", cwd=handout, TERM="xterm-256color")
    done["help"] = course.run("--help", TERM="xterm-256color")
    done["a wrong call"] = course.run("grade", "--jobs", "0", TERM="xterm-256color")
    return done


@pytest.mark.parametrize("name", ["grade", "verify", "release", "check", "help", "a wrong call"])
def test_nothing_but_text_goes_into_a_pipe(printed: dict[str, Done], name: str) -> None:
    text = printed[name].out + printed[name].err
    assert text.strip()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)


COLOUR = re.compile(rf"{ESCAPE}\[[0-9;]*\b(3[0-7]|9[0-7]|4[0-7]|38;|48;)")


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_no_color_is_heeded_on_a_terminal(small: Course, no_color: str | None, coloured: bool) -> None:
    handout = release(small, "curves")
    write(handout / "arc.py", "def backward(x):\n    return {'dx': x}\n")
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        command("check"),
        cwd=handout,
        env=environment(TERM="xterm-256color", NO_COLOR=no_color),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 1
    assert "wrong" in seen.decode()
    assert bool(COLOUR.search(seen.decode())) == coloured


@pytest.mark.usefixtures("needs_isolation")
def test_a_wide_scoreboard_is_not_cut_in_a_pipe(tmp_path: Path) -> None:
    names = [f"assignment_with_a_long_name_{number:02}" for number in range(12)]
    course = make_course(tmp_path / "course", {name: {"arc": ARC} for name in names})
    student = "a-student-with-a-name-of-fifty-characters-or-so-0001"
    for name in names:
        write(course.root / "submitted" / student / name / "arc.py", ANSWERS["arc"])
    done = course.run("grade")
    assert done.code == 0
    scoreboard = done.out.partition("Exercises")[0]
    assert [name for name in (student, *names) if name not in scoreboard] == []
    assert "…" not in done.out


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_a_check_can_be_piped_in_any_encoding(small: Course, encoding: str) -> None:
    handout = release(small, "lines")
    write(handout / "slope.py", WRONG_SIGN)
    done = subprocess.run(
        command("check"), cwd=handout, env=environment(PYTHONIOENCODING=encoding), capture_output=True
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 1
    assert b"slope: 2 of 4 points" in done.stdout


# --- names and messages that want to be more than text --------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(needs_isolation: ForkRunner, tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, Done, Done]:
    """Submissions of students with such names, whose code raises such messages; graded, deleted, graded again."""
    course = make_course(tmp_path_factory.mktemp("hostile") / "course", {"curves": {"arc": ARC}})
    course.submit("ann", "curves")
    for name in HOSTILE.values():
        course.submit(name, "curves", arc=f"def backward(x):\n    raise ValueError({name!r})\n")
    first = course.run("grade")
    for name in HOSTILE.values():
        shutil.rmtree(course.root / "submitted" / name)
    return course, first, course.run("grade")


def test_hostile_names_and_messages_are_graded_like_any_other(hostile: tuple[Course, Done, Done]) -> None:
    course, first, second = hostile
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert {name: course.statuses(name, "curves") for name in HOSTILE.values()} == {
        name: {"dx": "error"} for name in HOSTILE.values()
    }


@pytest.mark.parametrize("what", ["markup", "a link", "HTML", "commas and quotes"])
def test_a_hostile_name_is_shown_as_it_is_on_the_scoreboard(hostile: tuple[Course, Done, Done], what: str) -> None:
    assert f"│ {HOSTILE[what]} " in hostile[1].out


@pytest.mark.parametrize("what", ["markup", "a link", "HTML", "commas and quotes"])
def test_a_hostile_name_is_shown_as_it_is_in_a_warning(hostile: tuple[Course, Done, Done], what: str) -> None:
    assert f"curves/{HOSTILE[what]}: the submission is no longer there" in hostile[2].said


def test_no_control_character_of_a_name_reaches_the_terminal(hostile: tuple[Course, Done, Done]) -> None:
    _, first, second = hostile
    for text in (first.out, first.err, second.out, second.err):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text)


def test_a_hostile_name_has_one_row_in_the_grades(hostile: tuple[Course, Done, Done]) -> None:
    course, _, _ = hostile
    assert sorted(row["student"] for row in course.rows()) == sorted(["ann", *HOSTILE.values()])


def test_a_hostile_name_or_message_is_text_in_html(hostile: tuple[Course, Done, Done]) -> None:
    course, _, _ = hostile
    page = (course.results / "curves" / f"{HOSTILE['HTML']}.html").read_text()
    assert HOSTILE["HTML"] not in page
    assert page.count(html.escape(HOSTILE["HTML"])) >= 3  # the title, the heading and the message


def test_no_control_character_reaches_a_message(hostile: tuple[Course, Done, Done]) -> None:
    course, _, _ = hostile
    for name in HOSTILE.values():
        part = course.record(name, "curves")["exercises"][0]["parts"][0]
        assert not re.search(r"[\x00-\x1f\x7f\u202e]", part["message"] + part["instructor"])


@pytest.mark.usefixtures("needs_isolation")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_grader_error_of_a_hostile_name_is_told(tmp_path: Path, what: str) -> None:
    course = make_course(
        tmp_path / "course",
        {"curves": {"arc": ARC.replace("return torch.sigmoid(x).sum()", "raise ValueError('[/]')")}},
    )
    course.submit(HOSTILE[what], "curves")
    done = course.run("grade")
    assert done.code == 3, done.err
    assert "the reference raised ValueError" in done.said
    assert "[/]" in done.said
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", done.err)


def test_a_check_shows_a_hostile_message_as_text(small: Course) -> None:
    handout = release(small, "curves")
    message = "[red]loud[/red][/]shut" + "".join(HOSTILE.values())
    write(handout / "arc.py", f"def backward(x):\n    print({message!r})\n    raise ValueError({message!r})\n")
    done = run("check", cwd=handout)
    assert done.code == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", done.out)
    assert "[red]loud[/red][/]shut" in re.sub(r"\s*│\s*", "", done.out)


@pytest.mark.usefixtures("needs_isolation")
def test_an_output_folder_with_a_hostile_name_is_shown_as_it_is(small: Course) -> None:
    done = small.run("grade", "--output", "[red]marks")
    assert done.code == 0
    assert "Grades: [red]marks/grades.csv" in done.said
    assert json.loads((small.root / "[red]marks/curves/ann.json").read_bytes())["score"] == 5.0


@pytest.mark.usefixtures("needs_isolation")
def test_wrong_answers_lose_points_and_right_ones_do_not(small: Course) -> None:
    small.submit("ann")
    small.submit("bob", slope=WRONG_SIGN, bend=BEND.partition("### BEGIN GRADING")[0])
    small.run("grade")
    assert (small.record("ann")["score"], small.record("bob")["score"]) == (7.0, 5.0)


@pytest.mark.usefixtures("needs_isolation")
@pytest.mark.parametrize("arguments", [("verify", "lines/bend"), ("grade", "lines")])
def test_a_new_secret_is_announced_by_the_command_that_makes_it(course: Course, arguments: tuple[str, ...]) -> None:
    course.submit("ann")
    first = course.run(*arguments, AUTOGRADER_SECRET=None)
    second = course.run(*arguments, AUTOGRADER_SECRET=None)
    assert "Warning: this course had no secret" in first.err
    assert "no secret" not in second.said
    assert (course.root / ".autograder-secret").stat().st_mode & 0o077 == 0


def test_a_secret_that_is_too_short_is_refused_wherever_it_comes_from(course: Course) -> None:
    course.submit("ann")
    done = course.run("grade", AUTOGRADER_SECRET="short")
    assert done.code == 2
    assert "the course secret in AUTOGRADER_SECRET is shorter than 16 characters" in done.said
