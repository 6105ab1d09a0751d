"""`autograder check` and `check()`, as a student uses them: in a folder that holds only the handout."""

from __future__ import annotations

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
from courses import ANSWERS, BEND, BLANK, SLOPE, WRONG_SIGN, command, environment, make_course, run, write
from pages import Page

from autograder import check
from autograder.course import load_assignment, load_exercise
from autograder.errors import CourseError
from autograder.marking import mark_exercise
from autograder.release import handout, write_handout
from autograder.sandbox.forking import ForkRunner
from autograder.trials import Exam

# Ways to hand in slope.py, and what a check says of z, dz and dw.
HANDED_IN: dict[str, tuple[str, list[str]]] = {
    "right": (ANSWERS["slope"], ["correct", "correct", "correct"]),
    "right in float32": (
        ANSWERS["slope"].replace("X @ w", "X.float() @ w.float()").replace("X.T @ dz", "X.T.float() @ dz"),
        ["correct"] * 3,
    ),
    "the wrong sign": (WRONG_SIGN, ["correct", "wrong", "carried_forward"]),
    "the stub": (
        SLOPE.partition("### BEGIN GRADING")[0].replace("predictions = ", "raise NotImplementedError # "),
        ["not_attempted", "correct", "correct"],
    ),
    "nothing": (BLANK, ["not_attempted", "not_attempted", "not_attempted"]),
    "an exception": (ANSWERS["slope"].replace("dz = 2", "dz = [][2] + 2"), ["correct", "error", "error"]),
    "a syntax error": ("def forward(X, w:\n", ["error", "error", "error"]),
    "a missing entry": (ANSWERS["slope"].replace("'dw'", "'dW'"), ["correct", "correct", "missing"]),
    "a missing function": (
        ANSWERS["slope"].replace("def backward", "def backwards"),
        ["correct", "missing", "missing"],
    ),
    "no return": (ANSWERS["slope"].replace("return {'z'", "x = {'z'"), ["missing", "correct", "correct"]),
    "no dictionary": (ANSWERS["slope"].replace("{'z': X @ w}", "X @ w"), ["wrong", "correct", "correct"]),
    "a wrong shape": (
        ANSWERS["slope"].replace("'dw': X.T @ dz", "'dw': (X.T @ dz)[None]"),
        ["correct", "correct", "wrong"],
    ),
    "an exit": (ANSWERS["slope"].replace("dz = 2", "exit(); dz = 2"), ["correct", "error", "error"]),
    "inputs changed in place": (ANSWERS["slope"].replace("    dz = 2", "    w *= 2\n    dz = 2"), None),  # type: ignore[dict-item]
    "a state that is kept": (
        "seen = []\n" + ANSWERS["slope"].replace("    dz = 2", "    seen.append(1)\n    dz = len(seen) * 2"),
        None,
    ),  # type: ignore[dict-item]
    "a lot printed": ("print('x' * 300000)\n" + ANSWERS["slope"], ["correct", "correct", "correct"]),
    "a helper module": (
        "from helper import twice\n" + ANSWERS["slope"].replace("2 * (X @ w)", "twice(X @ w)"),
        ["correct"] * 3,
    ),
    "a file read": (
        "import pathlib\nFACTOR = float(pathlib.Path('factor.txt').read_text())\n"
        + ANSWERS["slope"].replace("2 * (X", "FACTOR * (X"),
        ["correct"] * 3,
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the handout alone, and right answers in it."""
    course = make_course(tmp_path / "course")
    folder = tmp_path / "home" / "my lines"
    write_handout(handout(load_assignment(course.root, "lines")), folder)
    shutil.rmtree(course.root)
    for name in ("slope", "bend"):
        write(folder / f"{name}.py", ANSWERS[name])
    write(folder / "helper.py", "def twice(x):\n    return 2 * x\n")
    write(folder / "factor.txt", "2")
    return folder


# --- what is checked ------------------------------------------------------------------------------------------------

PLACES = {
    "all, in the handout": ("home/my lines", [], ["slope", "bend"]),
    "a name, in the handout": ("home/my lines", ["slope"], ["slope"]),
    "a file, in the handout": ("home/my lines", ["bend.py"], ["bend"]),
    "a folder": ("home", ["my lines"], ["slope", "bend"]),
    "a path": ("home", ["my lines/slope.py"], ["slope"]),
    "a path without its ending": ("home", ["my lines/slope"], ["slope"]),
    "the folder itself": ("home/my lines", ["."], ["slope", "bend"]),
    "a path that starts with a dot": ("home/my lines", ["./slope.py"], ["slope"]),
}


@pytest.mark.parametrize("how", PLACES)
def test_what_to_check_can_be_named_in_any_of_these_ways(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    where, arguments, names = PLACES[how]
    monkeypatch.chdir(tmp_path / where)
    assert [result.exercise for result in check(*arguments).results] == names


def test_the_folder_can_be_given_apart(folder: Path) -> None:
    assert [result.exercise for result in check("slope", folder=folder).results] == ["slope"]


def test_an_absolute_path_is_understood(folder: Path) -> None:
    assert check(folder / "slope.py").passed


def test_a_check_does_not_write_into_the_folder_and_leaves_it_current(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    check()
    assert (sorted(folder.rglob("*")), Path.cwd()) == (before, folder)


def test_a_check_leaves_the_modules_of_the_caller_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    import slope  # type: ignore[import-not-found]  # the student's own

    try:
        path = list(sys.path)
        check("slope", folder=folder)
        assert sys.modules["slope"] is slope
        assert sys.path == path
    finally:
        sys.modules.pop("slope", None)


def test_a_check_sees_a_helper_as_it_is_now(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    import helper  # type: ignore[import-not-found]  # noqa: F401 - imported in the notebook, before it was changed

    try:
        write(folder / "slope.py", HANDED_IN["a helper module"][0])
        write(folder / "helper.py", "def twice(x):\n    return -2 * x\n")
        assert not check("slope", folder=folder).passed
    finally:
        sys.modules.pop("helper", None)


def test_without_a_handout_the_message_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(CourseError) as caught:
        check(folder=tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: this is not a handout folder: it has no 'checks' folder with public cases\n"
        "  Run this in the folder that your instructor gave out, or name that folder."
    )


def test_a_misspelt_exercise_is_guessed(folder: Path) -> None:
    with pytest.raises(CourseError) as caught:
        check("slop", folder=folder)
    assert str(caught.value) == (
        f"{folder}: there is no exercise 'slop' here\n  Did you mean 'slope'? There are: bend, slope."
    )


def test_an_unknown_exercise_is_not_guessed(folder: Path) -> None:
    with pytest.raises(CourseError) as caught:
        check("zzz", folder=folder)
    assert str(caught.value) == f"{folder}: there is no exercise 'zzz' here\n  There are: bend, slope."


def test_a_missing_file_is_named_with_what_is_there_instead(folder: Path) -> None:
    (folder / "slope.py").rename(folder / "slope (1).py")
    part = check("slope", folder=folder).results[0].parts[0]
    assert (part.status, part.message, part.next_step) == (
        "missing",
        "There is no slope.py. There is bend.py, helper.py, slope (1).py.",
        "Name the file with your answer exactly slope.py.",
    )


# --- what is found --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", HANDED_IN)
def test_a_check_finds_what_the_grader_finds_on_the_public_cases(
    folder: Path, fork_runner: ForkRunner, what: str
) -> None:
    write(folder / "slope.py", HANDED_IN[what][0])
    exam = Exam(load_exercise(folder / "checks/slope.py", assignment="lines", folder=folder), None)
    names = ("slope.py", "helper.py", "factor.txt")
    graded = mark_exercise(exam, fork_runner.run(exam.job({name: (folder / name).read_bytes() for name in names})))
    checked = check("slope", folder=folder).results[0]
    assert [(p.status, p.score, p.message, p.next_step) for p in checked.parts] == [
        (p.status, p.score, p.message, p.next_step) for p in graded.parts
    ]


@pytest.mark.parametrize("what", [what for what, (_, expected) in HANDED_IN.items() if expected])
def test_a_check_finds_what_is_there(folder: Path, what: str) -> None:
    text, statuses = HANDED_IN[what]
    write(folder / "slope.py", text)
    checked = check("slope", folder=folder)
    assert [part.status for part in checked.results[0].parts] == statuses
    assert checked.passed == (set(statuses) == {"correct"})


@pytest.mark.parametrize("what", ["inputs changed in place", "a state that is kept"])
def test_an_impure_answer_does_not_pass(folder: Path, what: str) -> None:
    write(folder / "slope.py", HANDED_IN[what][0])
    assert not check("slope", folder=folder).passed


def test_a_message_names_part_case_difference_and_a_next_step(folder: Path) -> None:
    write(
        folder / "slope.py",
        ANSWERS["slope"].replace("X.T @ dz", "(X.T @ dz).exp()").replace("return {'z'", "return {'z'"),
    )
    part = check("slope", folder=folder).results[0].parts[2]
    assert part.message.startswith("dw has wrong values (3 of 3 elements): the furthest off is at [")
    assert part.message.endswith(", in the public case 'four rows'.")
    assert part.next_step


def test_a_part_that_only_follows_keeps_its_points_and_is_not_passed(folder: Path) -> None:
    write(folder / "slope.py", WRONG_SIGN)
    checked = check("slope", folder=folder)
    parts = checked.results[0].parts
    assert [(part.status, part.score) for part in parts] == [("correct", 1.0), ("wrong", 0.0), ("carried_forward", 1.0)]
    assert parts[2].after == ["dz"]
    assert not checked.passed


def test_what_the_code_prints_is_shown_and_not_mixed_in(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(folder / "slope.py", "print('here I am')\n" + WRONG_SIGN)
    checked = check("slope", folder=folder)
    assert capfd.readouterr().out == ""
    assert "here I am" in repr(checked)


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "code"), [("right", 0), ("right in float32", 0), ("the wrong sign", 1), ("nothing", 1)]
)
def test_the_exit_code_says_whether_all_passes(folder: Path, what: str, code: int) -> None:
    write(folder / "slope.py", HANDED_IN[what][0])
    assert run("check", cwd=folder, AUTOGRADER_SECRET=None).code == code


def test_the_command_needs_nothing_but_the_handout(folder: Path) -> None:
    done = run("check", cwd=folder, AUTOGRADER_SECRET=None)
    assert (done.code, done.err) == (0, "")
    assert "7 of 7 points. All public cases are right." in done.out
    assert not (folder / ".autograder-secret").exists()


@pytest.mark.parametrize("bend", [ANSWERS["bend"], ANSWERS["bend"].replace("1 - y", "2 - y")], ids=["right", "wrong"])
def test_hidden_cases_are_spoken_of_only_where_there_are_any(tmp_path: Path, bend: str) -> None:
    """Here `bend` has none, and `slope` some: the handout knows it, and tells no more of them than that."""
    course = make_course(tmp_path / "course")
    course.exercise("lines", "bend", re.sub(r" *### BEGIN HIDDEN.*### END HIDDEN TESTS\n", "", BEND, flags=re.DOTALL))
    files = handout(load_assignment(course.root, "lines"))
    assert b"MORE_CASES = True\n" in files["checks/slope.py"]
    assert b"MORE_CASES = False\n" in files["checks/bend.py"]
    assert b"come from these\ncases and from others" in files["checks/slope.py"]
    assert b"come from these\ncases alone." in files["checks/bend.py"]
    write_handout(files, tmp_path / "lines")
    write(tmp_path / "lines" / "bend.py", bend)
    for exercise, speaks in (("bend", False), ("slope", True), (None, True)):
        checked = check(exercise, tmp_path / "lines")
        assert [" hidden " in repr(checked), "Hidden cases" in checked._repr_html_()] == [speaks, speaks]
    assert ("hidden" in run("check", "bend", cwd=tmp_path / "lines").out) is False


def test_a_misspelt_exercise_ends_the_command_with_2(folder: Path) -> None:
    done = run("check", "slop", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "Did you mean 'slope'?" in done.err


def test_the_command_says_what_comes_first(folder: Path) -> None:
    write(folder / "slope.py", WRONG_SIGN)
    done = run("check", "slope", cwd=folder)
    assert "Next: dz comes first. " in done.out
    assert "slope: 2 of 4 points" in done.out
    assert "carried forward" in done.out
    assert "  More: autograder explain sign\n" in done.out


def test_the_command_that_a_check_names_explains_the_mistake(folder: Path) -> None:
    write(folder / "slope.py", WRONG_SIGN)
    done = run("check", "slope", cwd=folder)
    found = re.search(r"More: autograder (\w+) (\w+)$", done.out, re.MULTILINE)
    assert found is not None
    page = run(*found.groups(), cwd=folder)
    assert page.code == 0
    assert page.out.startswith("The sign is the other way round")
    assert "How to put it right" in page.out


WINDOWS = """
import os, sys
# All that the core depends on may use what the platform has; the package itself must not need it.
import jinja2, msgspec, numpy, rich.console, torch, typer, multiprocessing, subprocess, tempfile
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("O_NOFOLLOW", "O_NONBLOCK", "fork", "killpg", "setsid"):
    delattr(os, name)
import socket
del socket.send_fds
from autograder import check
checked = check()
assert checked.passed, checked
assert "<table>" in checked._repr_html_()
"""


def test_a_check_needs_nothing_that_only_unix_has(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", WINDOWS], cwd=folder, env=environment(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


# --- in a notebook --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", HANDED_IN)
def test_the_html_is_well_formed(folder: Path, what: str) -> None:
    write(folder / "slope.py", HANDED_IN[what][0])
    page = Page(check("slope", folder=folder)._repr_html_())
    assert "slope: " in page.text
    assert not {"script", "img", "iframe", "link", "form"} & page.tags


def test_the_html_escapes_what_the_student_wrote(folder: Path) -> None:
    message = "<img src=x onerror=alert(1)></td></table>\x1b[31m&amp;"
    write(folder / "slope.py", f"def forward(X, w):\n    raise ValueError({message!r})\n")
    text = check("slope", folder=folder)._repr_html_()
    page = Page(text)
    assert "img" not in page.tags
    assert "<img src=x onerror=alert(1)></td></table> [31m&amp;" in page.text
    assert "\x1b" not in text


NOTEBOOK = """
import json, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.v4.new_notebook()
notebook.cells = [
    nbformat.v4.new_code_cell("from autograder import check\\ncheck('slope')"),
    nbformat.v4.new_code_cell("print(check('bend'))\\nimport os; os.path.basename(os.getcwd())"),
]
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
json.dump([cell.outputs for cell in notebook.cells], sys.stdout)
"""


def test_a_check_in_a_notebook_shows_a_table_and_plain_text(folder: Path, tmp_path: Path) -> None:
    write(folder / "slope.py", WRONG_SIGN)
    state = {name: str(tmp_path / name) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK],
        cwd=folder,
        env=environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **state),
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    first, second = json.loads(done.stdout)
    data = next(output["data"] for output in first if output["output_type"] == "execute_result")
    assert set(data) == {"text/html", "text/plain"}
    text = " ".join(Page(data["text/html"]).text.split())
    assert "✗ wrong 0 / 2 dz has the opposite sign" in text
    assert (
        "↷ carried forward 1 / 1 Not the true values, but they follow correctly from your dz: no points lost here."
        in text
    )
    assert text.count("More: autograder explain sign") == 1
    assert "keeps its points" in text
    assert "dz comes first" in data["text/plain"]
    assert "3 of 3 points. All public cases are right." in second[0]["text"]
    assert second[-1]["data"]["text/plain"] == "'my lines'"


def test_ctrl_c_says_where_the_code_was_and_keeps_what_was_checked(folder: Path) -> None:
    looping = ANSWERS["bend"].replace("    y = ", "    print('in', flush=True)\n    while True: pass\n    y = ")
    write(folder / "bend.py", looping)
    process = subprocess.Popen(
        command("check"), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    first = process.stdout.readline().decode()  # slope is checked and shown; bend is next, and stays in its loop
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "slope: 4 of 4 points" in first + out.decode()
    assert "stopped while checking bend, at line 4 of bend.py, in backward" in err.decode()
    assert "Does a loop there never end? What is above this line is checked." in err.decode()
