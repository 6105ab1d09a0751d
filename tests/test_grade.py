"""Grading a class: what is done again, what stays, and what a run that is disturbed leaves behind."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hearth
import psutil
import pytest
from courses import (
    ANSWERS,
    BEND,
    BLANK,
    PARTS,
    SECRET,
    SLOPE,
    WRONG_SIGN,
    Course,
    Done,
    command,
    environment,
    make_course,
    slow,
    write,
)

import autograder
from autograder.cases import Secret
from autograder.course import load_assignment
from autograder.errors import OutputError
from autograder.grade import Class, grade
from autograder.sandbox.forking import ForkRunner
from autograder.store import Store

pytestmark = pytest.mark.usefixtures("needs_isolation")

Graded = set[tuple[str, str, str]]

EVERYTHING: Graded = {
    ("lines", student, exercise) for student in ("ann", "bob", "cy") for exercise in ("slope", "bend")
} | {("curves", "ann", "arc")}
SLOPES = {one for one in EVERYTHING if one[2] == "slope"}
LINES = {one for one in EVERYTHING if one[0] == "lines"}
ANNS_LINES = {one for one in LINES if one[1] == "ann"}


def fill(course: Course) -> Course:
    """Right, wrong, and blank with a file missing."""
    course.submit("ann")
    course.submit("ann", "curves")
    course.submit("bob", slope=WRONG_SIGN)
    course.submit("cy", slope=BLANK, bend=None)
    return course


def regrade(
    course: Course,
    *names: str,
    jobs: int = 1,
    force: bool = False,
    secret: str = SECRET,
    submitted: str = "submitted",
    output: str = "results",
) -> Class:
    """Grade in this process; the warm processes are forks, as for the command line (see `hearth`)."""
    assignments = [load_assignment(course.root, name) for name in names or ("curves", "lines")]
    with pytest.MonkeyPatch.context() as patch:
        if sys.platform == "linux":
            patch.setattr(ForkRunner, "command", hearth.zygote())
        return grade(
            assignments,
            Secret(secret.encode(), "the test"),
            course.root / submitted,
            Store(course.root / output),
            jobs=jobs,
            force=force,
        )


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A graded course; tests take copies of it."""
    course = fill(make_course(tmp_path_factory.mktemp("graded") / "course"))
    regrade(course)
    return course


@pytest.fixture
def graded(graded_once: Course, tmp_path: Path) -> Course:
    return Course(shutil.copytree(graded_once.root, tmp_path / "course"))


# --- what is graded again -------------------------------------------------------------------------------------------


def change_fingerprint(course: Course) -> None:
    path = course.results / "lines" / "bob.json"
    record = json.loads(path.read_bytes())
    record["exercises"][0]["fingerprint"] = "that of an older grader"
    write(path, json.dumps(record))


CHANGES: dict[str, tuple[Callable[[Course], object], Graded]] = {
    "nothing": (lambda c: None, set()),
    "a student's file": (lambda c: c.submit("ann", slope=WRONG_SIGN), ANNS_LINES),
    "a student's further file": (lambda c: write(c.root / "submitted/ann/lines/notes.txt", "hm"), ANNS_LINES),
    "a student's file deleted": (lambda c: (c.root / "submitted/ann/lines/bend.py").unlink(), ANNS_LINES),
    "a student's file touched": (lambda c: os.utime(c.root / "submitted/ann/lines/bend.py", (1, 1)), set()),
    "a new submission": (lambda c: c.submit("dan", "curves"), {("curves", "dan", "arc")}),
    "an exercise": (lambda c: c.exercise("lines", "slope", SLOPE + "\n# changed\n"), SLOPES),
    "a data file": (lambda c: write(c.root / "solutions/lines/numbers.csv", "5,6\n"), LINES),
    "a new data file": (lambda c: write(c.root / "solutions/lines/more.csv", "5,6\n"), LINES),
    "the README of an assignment": (lambda c: write(c.root / "solutions/lines/README.md", "# Other\n"), set()),
    "a record's engine": (change_fingerprint, {("lines", "bob", "slope")}),
    "a record deleted": (lambda c: (c.results / "lines/ann.json").unlink(), ANNS_LINES),
}


@pytest.mark.parametrize("what", CHANGES)
def test_only_what_a_change_touches_is_graded_again(graded: Course, what: str) -> None:
    change, expected = CHANGES[what]
    change(graded)
    before = fingerprints(graded)
    done = regrade(graded)
    after = fingerprints(graded)
    assert {key for key in after if before.get(key) != after[key]} == expected
    assert done.progress.graded == len(expected)
    assert done.progress.kept == len(after) - len(expected)


def fingerprints(course: Course) -> dict[tuple[str, str, str], str]:
    records = [json.loads(content) for content in course.records().values()]
    return {(r["assignment"], r["student"], e["exercise"]): e["fingerprint"] for r in records for e in r["exercises"]}


def test_another_secret_grades_everything_again(graded: Course) -> None:
    assert regrade(graded, secret="another secret").progress.graded == len(EVERYTHING)


def test_force_grades_everything_again(graded: Course) -> None:
    assert regrade(graded, force=True).progress.graded == len(EVERYTHING)


def test_another_version_of_the_grader_grades_everything_again(graded: Course, tmp_path: Path) -> None:
    package = shutil.copytree(Path(autograder.__file__).parent, tmp_path / "newer" / "autograder")
    with (package / "messages.py").open("a") as file:
        file.write("\n# newer\n")
    same, newer = graded.run("grade"), graded.run("grade", PYTHONPATH=str(package.parent))
    assert "Nothing to grade: all 7 exercises of 4 submissions are unchanged." in same.said
    assert "Graded 7 exercises of 4 submissions." in newer.said


@pytest.mark.parametrize(("share", "score"), [("1", 1.0), ("0.25", 0.25), ("0", 0.0)])
def test_the_course_says_how_much_a_part_keeps_that_only_follows(tmp_path: Path, share: str, score: float) -> None:
    course = make_course(tmp_path / "course", {"lines": {"slope": SLOPE}})
    course.submit("bob", slope=WRONG_SIGN, bend=None)
    assert "Graded 1 exercise of" in course.run("grade").out
    assert course.statuses("bob") == {"z": "correct", "dz": "wrong", "dw": "carried_forward"}
    assert course.scores("bob") == {"z": 1.0, "dz": 0.0, "dw": 1.0}
    write(course.root / "course.toml", f"carried_forward = {share}\n")
    done = course.run("grade")
    assert ("Graded 1 exercise of" in done.out) == (share != "1")
    assert course.scores("bob") == {"z": 1.0, "dz": 0.0, "dw": score}
    assert course.statuses("bob")["dw"] == "carried_forward"
    assert "the opposite sign" in done.out.partition("Mistakes")[2]


def test_a_changed_file_changes_the_marks(graded: Course) -> None:
    graded.submit("bob", slope=ANSWERS["slope"])
    regrade(graded)
    assert graded.scores("bob") == {"z": 1.0, "dz": 2.0, "dw": 1.0, "dx": 3.0}


def test_grading_one_assignment_keeps_the_rows_of_the_others(graded: Course) -> None:
    before = (graded.results / "grades.csv").read_bytes()
    (graded.results / "grades.csv").unlink()
    regrade(graded, "curves")
    assert (graded.results / "grades.csv").read_bytes() == before


# --- the same bytes, however a class is graded ----------------------------------------------------------------------


def test_two_jobs_give_the_same_bytes_as_one(graded: Course) -> None:
    regrade(graded, jobs=2, output="again")
    assert tree(graded.root / "again") == tree(graded.results)


def test_grading_by_force_gives_the_same_bytes(graded: Course) -> None:
    before = tree(graded.results)
    regrade(graded, force=True)
    assert tree(graded.results) == before


def test_submissions_in_another_order_give_the_same_bytes(graded: Course) -> None:
    for student in ("cy", "bob", "ann"):
        shutil.copytree(graded.root / "submitted" / student, graded.root / f"only-{student}" / student)
    for student in ("cy", "bob", "ann"):
        names = ("lines", "curves") if student == "ann" else ("lines",)
        regrade(graded, *names, submitted=f"only-{student}", output="again")
    assert tree(graded.root / "again") == tree(graded.results)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_grades_have_exactly_one_row_for_each_part_of_each_record(graded_once: Course) -> None:
    rows = [(r["assignment"], r["student"], r["exercise"], r["part"]) for r in graded_once.rows()]
    handed_in = [("curves", "ann"), ("lines", "ann"), ("lines", "bob"), ("lines", "cy")]
    assert rows == [(a, s, exercise, part) for a, s in handed_in for exercise, part in PARTS[a]]


def test_the_grades_agree_with_the_records(graded_once: Course) -> None:
    for row in graded_once.rows():
        assert float(row["score"]) == graded_once.scores(row["student"], row["assignment"])[row["part"]]
        assert row["status"] == graded_once.statuses(row["student"], row["assignment"])[row["part"]]


def test_right_and_blank_answers_score_the_same_with_any_secret(graded: Course) -> None:
    regrade(graded, secret="quite another secret", output="again")
    again = [json.loads((graded.root / "again/lines" / f"{s}.json").read_bytes())["score"] for s in ("ann", "cy")]
    assert again == [graded.record("ann")["score"], graded.record("cy")["score"]] == [7.0, 0.0]


# --- what is gone, damaged or unreadable ----------------------------------------------------------------------------


def test_a_deleted_file_leaves_missing_rows(graded: Course) -> None:
    (graded.root / "submitted/ann/lines/slope.py").unlink()
    regrade(graded)
    assert graded.statuses("ann") == {"z": "missing", "dz": "missing", "dw": "missing", "dx": "correct"}
    assert len(graded.rows()) == 13


def test_a_deleted_submission_keeps_its_record_with_a_warning(graded: Course) -> None:
    before = tree(graded.results)
    shutil.rmtree(graded.root / "submitted/bob")
    done = regrade(graded)
    assert done.warnings == ["lines/bob: the submission is no longer there; its record is kept."]
    assert tree(graded.results) == before


DAMAGE = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "not JSON": lambda content: b"\xff\x00 no record",
    "of another shape": lambda content: b'{"student": "bob"}',
    "of another schema version": lambda content: content.replace(b'"schema_version": 1', b'"schema_version": 999'),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_record_is_graded_again_with_a_warning(graded: Course, how: str) -> None:
    before = tree(graded.results)
    path = graded.results / "lines/bob.json"
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    done = regrade(graded)
    assert done.warnings == [f"{path} was damaged; the submission was graded again."]
    assert done.progress.graded == 2
    assert tree(graded.results) == before


def test_a_damaged_record_that_is_not_graded_again_is_not_said_to_be(graded: Course) -> None:
    path = graded.results / "lines/bob.json"
    path.write_bytes(b"")
    warnings = " ".join(regrade(graded, "curves").warnings)
    assert str(path) in warnings
    assert "graded again." not in warnings


def test_half_written_files_are_ignored(graded: Course) -> None:
    write(graded.results / "lines" / ".x7.part", '{"schema_version": 1, "assign')
    grades = (graded.results / "grades.csv").read_bytes()
    done = regrade(graded)
    assert (done.warnings, done.progress.graded) == ([], 0)
    assert (graded.results / "grades.csv").read_bytes() == grades


def test_a_copy_of_the_records_does_not_stand_in_for_them(graded: Course) -> None:
    before = tree(graded.results)
    (graded.results / "lines").rename(graded.results / "lines-before-the-change")
    regrade(graded)
    assert {name: content for name, content in tree(graded.results).items() if name in before} == before


def test_files_among_the_submissions_do_not_disturb_the_others(graded: Course) -> None:
    write(graded.root / "submitted" / "readme.txt", "collected on Monday")
    write(graded.root / "submitted" / "eve" / "lines", "a file where a folder belongs")
    done = graded.run("grade", "--force")
    assert done.code == 0
    assert sorted({row["student"] for row in graded.rows()}) == ["ann", "bob", "cy"]


def test_a_student_whose_name_is_not_utf_8_does_not_cost_the_others(graded: Course) -> None:
    shutil.copytree(graded.root / "submitted/ann", graded.root / "submitted" / os.fsdecode(b"caf\xe9"))
    done = graded.run("grade")
    assert "Traceback" not in done.err
    assert {row["student"] for row in graded.rows()} >= {"ann", "bob", "cy"}


def without_override() -> None:
    """Before exec: root without the capabilities that read and write past permissions is like anybody else."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def run_as_anybody(course: Course, *arguments: str) -> Done:
    done = subprocess.run(
        command(*arguments),
        cwd=course.root,
        env=environment(),
        capture_output=True,
        preexec_fn=without_override if os.geteuid() == 0 else None,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(0o755)


@pytest.mark.parametrize("where", ["submitted/bob/lines", "submitted/bob"])
def test_an_unreadable_submission_is_a_grader_error_and_the_others_are_graded(graded: Course, where: str) -> None:
    with mode(graded.root / where, 0o000):
        done = run_as_anybody(graded, "grade", "--output", "fresh")
    assert done.code == 3
    assert str(Path("submitted/bob")) in done.said
    fresh = {p.stem: json.loads(p.read_bytes())["score"] for p in (graded.root / "fresh/lines").glob("*.json")}
    assert fresh == {"ann": 7.0, "bob": None, "cy": 0.0}


def test_a_submission_that_can_be_read_again_gets_its_score(graded: Course) -> None:
    before = tree(graded.results)
    with mode(graded.root / "submitted/bob/lines", 0o000):
        run_as_anybody(graded, "grade")
    regrade(graded)
    records = {name: content for name, content in tree(graded.results).items() if not name.endswith(".html")}
    assert records == before


def test_an_output_folder_that_may_not_be_written_is_named(graded: Course) -> None:
    with mode(graded.results, 0o555), mode(graded.results / "lines", 0o555):
        done = run_as_anybody(graded, "grade", "--force")
    assert done.code == 2
    assert "Error: results: " in done.said
    assert "cannot be written: Permission denied" in done.said


def test_an_output_folder_that_is_a_file_is_named(graded: Course) -> None:
    write(graded.root / "marks", "")
    done = graded.run("grade", "--output", "marks")
    assert done.code == 2
    assert "Error: marks: cannot be written" in done.said


# --- a run that is disturbed ----------------------------------------------------------------------------------------


def disturbed(root: Path) -> Course:
    """Bob's answer takes its time, so that there is a middle to disturb."""
    course = make_course(root)
    for student in ("ann", "bob", "cy"):
        course.submit(student, slope=slow(ANSWERS["slope"], 0.3) if student == "bob" else ANSWERS["slope"])
    return course


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The records of a run that nothing has disturbed."""
    course = disturbed(tmp_path_factory.mktemp("undisturbed") / "course")
    regrade(course, "lines")
    return course.records()


@contextmanager
def grading(course: Course, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A grading run under way; it is ended at the latest when the block is left."""
    process = subprocess.Popen(
        command("grade", "lines", "--jobs", "1", *arguments),
        cwd=course.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate()


def eventually(look: Callable[[], list[psutil.Process]], process: subprocess.Popen[bytes]) -> psutil.Process:
    """What ``look`` finds, once it finds anything."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it could be disturbed"
        try:
            found = look()
        except psutil.NoSuchProcess:
            found = []
        if found:
            return found[0]
        time.sleep(0.01)
    raise AssertionError("the run did not come that far")


def zygotes(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The warm processes: children of the processes that grade."""
    below = [child for worker in psutil.Process(process.pid).children() for child in worker.children()]
    return [child for child in below if "autograder.sandbox.zygote" in " ".join(child.cmdline())]


def student_processes(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Children of the warm process in its jail, which is a child of the one outside."""
    return [child for outside in zygotes(process) for inside in outside.children() for child in inside.children()]


def bobs_process(course: Course, process: subprocess.Popen[bytes]) -> psutil.Process:
    """The process in which bob's answer runs: the one of a time after ann's record is written."""

    def look() -> list[psutil.Process]:
        return student_processes(process) if (course.results / "lines/ann.json").exists() else []

    return eventually(look, process)


def test_killing_the_grading_process_changes_no_record(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    course = disturbed(tmp_path / "course")
    with grading(course) as process:
        bobs_process(course, process)
        zygotes(process)[0].send_signal(signal.SIGKILL)
        _, err = process.communicate()
    assert process.returncode == 0, err.decode()
    assert course.records() == undisturbed
    assert "A grading process died" in " ".join(err.decode().split())


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, int, str, list[psutil.Process]]:
    """A run after Ctrl-C while bob's answer was running: course, exit code, message, its processes."""
    course = disturbed(tmp_path_factory.mktemp("interrupted") / "course")
    with grading(course) as process:
        child = bobs_process(course, process)
        processes = [*zygotes(process), child.parent(), child]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    return course, process.returncode, err.decode(), processes


def test_ctrl_c_ends_with_130_and_says_how_many_are_saved(
    interrupted: tuple[Course, int, str, list[psutil.Process]],
) -> None:
    _, code, err, _ = interrupted
    assert code == 130
    assert err.strip() == (
        "interrupted: 1 of 3 submissions are graded and saved\n  Run the same command again to go on from there."
    )


def test_ctrl_c_leaves_no_grading_process_behind(interrupted: tuple[Course, int, str, list[psutil.Process]]) -> None:
    _, alive = psutil.wait_procs(interrupted[3], timeout=60)
    assert alive == []


def test_a_run_after_ctrl_c_goes_on_to_the_same_records(
    interrupted: tuple[Course, int, str, list[psutil.Process]], undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    course = Course(shutil.copytree(interrupted[0].root, tmp_path / "course"))
    done = course.run("grade", "lines")
    assert done.code == 0
    assert "Graded 4 exercises of 3 submissions; 2 were unchanged and kept." in done.said
    assert course.records() == undisturbed
    assert len(course.rows()) == 3 * 4


def test_ctrl_c_while_the_grading_process_starts_ends_the_run_as_well(course: Course) -> None:
    course.submit("ann", slope="while True:\n    pass\n")
    with grading(course) as process:
        zygote = eventually(lambda: zygotes(process), process)
        process.send_signal(signal.SIGINT)
        # Ann's answer may run for 60 s: whoever waits for it has not ended the run.
        _, err = process.communicate(timeout=40)
    assert process.returncode == 130
    assert "0 of 1 submissions are graded and saved" in err.decode()
    assert psutil.wait_procs([zygote], timeout=60)[1] == []


def test_a_second_run_at_the_same_time_is_refused(course: Course) -> None:
    course.submit("ann", slope="while True:\n    pass\n")
    with grading(course) as process:
        eventually(lambda: student_processes(process), process)
        second = course.run("grade", "lines")
    assert second.code == 2
    assert second.err == (
        "Error: results: another grading run is writing here\n"
        "  Wait for it to end, or write somewhere else with --output.\n"
    )


FULL_DISK = """
set -u
mount -t tmpfs -o size=256k,nr_inodes=200 none results
"$@" grade lines --submitted early > early.log 2>&1; echo "early $?"
cp results/lines/ann.json ann.before
cat /dev/zero > results/ballast 2> /dev/null
"$@" grade lines > full.log 2>&1; echo "full $?"
cmp results/lines/ann.json ann.before && echo intact
ls -A results/lines
rm results/ballast
"$@" grade lines > after.log 2>&1; echo "after $?"
cp -r results kept
"""


@pytest.fixture(scope="module")
def full_disk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, list[str]]:
    """A run into a full disk and one after room was made: the course, with results in ``kept``, and what was seen."""
    ordinary = ["--user", "--map-current-user", "--keep-caps"] if os.geteuid() != 0 else []
    namespace = ["unshare", *ordinary, "--mount"]
    why = "no user and mount namespaces here: a small disk cannot be mounted"
    possible = shutil.which("unshare") is not None and (
        subprocess.run(
            [*namespace, "mount", "-t", "tmpfs", "none", str(tmp_path_factory.mktemp("probe"))], capture_output=True
        ).returncode
        == 0
    )
    if not possible:
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    course = make_course(tmp_path_factory.mktemp("full") / "course")
    for student in ("ann", "bob", "cy"):
        course.submit(student)
    shutil.copytree(course.root / "submitted/ann", course.root / "early/ann")
    course.results.mkdir()
    done = subprocess.run(
        [*namespace, "sh", "-c", FULL_DISK, "sh", *command()],
        cwd=course.root,
        env=environment(),
        capture_output=True,
    )
    seen = done.stdout.decode().splitlines()
    assert seen[0] == "early 0", done.stderr.decode() + (course.root / "early.log").read_text()
    return course, seen


def test_a_full_disk_ends_with_2_and_a_clear_message(full_disk: tuple[Course, list[str]]) -> None:
    course, seen = full_disk
    assert "full 2" in seen
    log = " ".join((course.root / "full.log").read_text().split())
    assert "No space left on device" in log
    assert "Make room or mend the permissions, then run the same command again" in log


def test_a_full_disk_leaves_existing_records_intact_and_nothing_half_written(
    full_disk: tuple[Course, list[str]],
) -> None:
    _, seen = full_disk
    assert seen[seen.index("intact") + 1 : -1] == ["ann.html", "ann.json"]


def test_grading_goes_on_after_room_is_made_on_the_disk(full_disk: tuple[Course, list[str]]) -> None:
    course, seen = full_disk
    assert seen[-1] == "after 0"
    regrade(course, "lines", output="elsewhere")
    kept = {path.name: path.read_bytes() for path in (course.root / "kept/lines").glob("*.json")}
    assert kept == {path.name: path.read_bytes() for path in (course.root / "elsewhere/lines").glob("*.json")}
    assert (course.root / "kept/grades.csv").read_bytes() == (course.root / "elsewhere/grades.csv").read_bytes()


# --- a fault of the grader ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, Done]:
    """A course in which the reference of one exercise raises, graded by the command line."""
    broken = BEND.replace("return torch.sigmoid(x).sum()", "raise ValueError('a slip of the author')")
    course = make_course(tmp_path_factory.mktemp("faulty") / "course", {"lines": {"slope": SLOPE, "bend": broken}})
    course.submit("ann")
    return course, course.run("grade")


def test_a_reference_that_raises_ends_with_3_and_is_named(faulty: tuple[Course, Done]) -> None:
    course, done = faulty
    assert done.code == 3
    assert f"Grader error: lines/ann, bend: {course.root / 'solutions/lines/bend.py'}" in done.said
    assert "the reference raised ValueError in case 'three': a slip of the author" in done.said


def test_a_grader_error_has_no_score(faulty: tuple[Course, Done]) -> None:
    course, _ = faulty
    record = course.record("ann")
    assert (record["score"], record["exercises"][1]["score"], course.scores("ann")["dx"]) == (None, None, None)
    assert course.statuses("ann")["dx"] == "grader_error"
    assert [(row["status"], row["score"]) for row in course.rows() if row["part"] == "dx"] == [("grader_error", "")]


def test_a_grader_error_leaves_other_exercises_alone(faulty: tuple[Course, Done]) -> None:
    course, _ = faulty
    assert course.record("ann")["exercises"][0]["score"] == 4.0


def test_a_grader_error_is_graded_again_once_it_is_mended(faulty: tuple[Course, Done], tmp_path: Path) -> None:
    course = Course(shutil.copytree(faulty[0].root, tmp_path / "course"))
    course.exercise("lines", "bend", BEND)
    done = regrade(course, "lines")
    assert (done.progress.graded, done.progress.kept) == (1, 1)
    assert course.record("ann")["score"] == 7.0


def test_a_run_into_a_locked_folder_raises_an_error_with_its_fields(graded: Course) -> None:
    with Store(graded.results).locked(), pytest.raises(OutputError) as caught:
        regrade(graded)
    assert (caught.value.path, caught.value.problem) == (graded.results, "another grading run is writing here")


def test_the_assignments_data_files_lie_beside_the_answer(course: Course) -> None:
    reads = "from pathlib import Path\nPath(__file__).with_name('numbers.csv').read_text()\n"
    course.submit("ann", slope=reads + ANSWERS["slope"])
    assert course.run("grade", "lines").code == 0
    assert set(course.statuses("ann").values()) == {"correct"}


def test_a_student_with_a_very_long_name_gets_a_record(course: Course) -> None:
    course.submit("b" * 253)
    course.submit("ann")
    done = course.run("grade", "lines")
    assert done.code == 0
    assert {row["student"] for row in course.rows()} == {"ann", "b" * 253}
    assert course.run("grade", "lines").said.count("Nothing to grade") == 1


def test_what_is_left_out_is_named(course: Course) -> None:
    course.submit("ann")
    (course.root / "submitted" / "bob").symlink_to("ann")
    (course.root / "submitted" / "eve" / "Lines").mkdir(parents=True)
    said = course.run("grade", "lines").said
    assert "bob is a link, and links are not followed" in said
    assert "eve/Lines is left out: is it meant for 'lines'?" in said


def test_a_loop_in_one_extreme_case_costs_what_an_exception_there_costs(course: Course) -> None:
    text = SLOPE.replace(
        'Case("a solitary row", tier="edge", N=1, D=between(2, 5)),', 'Case("wide", tier="edge", N=3, D=9),'
    )
    course.exercise("lines", "slope", text.replace("seconds=60", "seconds=3"))
    trouble = ANSWERS["slope"].replace("    dz = 2", "    if len(w) == 9:\n        TROUBLE\n    dz = 2")
    course.submit("loops", slope=trouble.replace("TROUBLE", "while True: pass"))
    course.submit("raises", slope=trouble.replace("TROUBLE", "raise ValueError"))
    assert course.run("grade", "lines").code == 0
    assert course.scores("loops") == course.scores("raises")
    assert course.statuses("loops") == {"z": "correct", "dz": "timeout", "dw": "timeout", "dx": "correct"}
