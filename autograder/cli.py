"""The command line. Exit codes: 0 done (whatever the marks), 1 a check that does not pass, 2 a wrong call or
configuration, 3 the grader itself failed somewhere, 130 interrupted.
"""

from __future__ import annotations

import enum
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.errors import AutograderError, Interrupted
from autograder.text import counted, path_text

if TYPE_CHECKING:  # commands import what they need when they run: --help need not wait for torch
    from collections.abc import Sequence

    from rich.console import Console

    from autograder.cases import Secret
    from autograder.course import Assignment
    from autograder.gradebook.shelf import Shelf
    from autograder.results import SubmissionResult
    from autograder.submission import Found

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Exercises in backpropagation, and a grader that reads gradients.",
)

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="The course folder; by default the nearest one with solutions/.")
]


NBGRADER_CONFIG = "nbgrader_config.py"
"""A course folder that has this file is one of nbgrader's: its gradebook is filled, its assignments are released by it."""


class IsolationChoice(enum.StrEnum):
    """How student code is kept apart while grading."""

    full = "full"
    limits = "limits"


@app.command()
def grade(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...", help="By default all of them.")
    ] = None,
    submitted: Annotated[Path, typer.Option(help="Folder of <student>/<assignment>/.")] = Path("submitted"),
    output: Annotated[Path, typer.Option(help="Where records, grades and reports go.")] = Path("results"),
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that grade; by default one per core that it may use.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has not changed.")] = False,
    isolation: Annotated[
        IsolationChoice,
        typer.Option(
            help="How student code is kept apart; with `limits`, results are marked as graded without isolation."
        ),
    ] = IsolationChoice.full,
    course: CourseOption = None,
) -> None:
    """Grade a class and show the scoreboard.

    Only what has changed since the last time is graded: a submission, an exercise, the grader or the course secret.
    """
    from autograder.course import find_course, list_assignments, load_assignment, load_settings
    from autograder.grade import grade as grade_class
    from autograder.pool import usable_cores
    from autograder.reference import one_thread
    from autograder.report.html import write_class, write_submission
    from autograder.report.progress import progress_bar
    from autograder.report.terminal import console, show_changes, show_class, warn
    from autograder.store import Store

    folder = find_course(course)
    names = [name.rstrip("/") for name in assignments or list_assignments(folder)]
    loaded = [load_assignment(folder, name) for name in dict.fromkeys(names)]
    err = console(stderr=True)
    secret = the_secret(folder, err)
    store = Store(output)
    shelf = the_shelf(folder, submitted, output, loaded)

    def keep(place: Found, result: SubmissionResult) -> None:
        write_submission(result, store)
        if shelf is not None:
            shelf.put(place, result)

    with progress_bar(err) as advance, one_thread():
        graded = grade_class(
            loaded,
            secret,
            submitted,
            store,
            jobs=jobs or usable_cores(),
            force=force,
            isolation=isolation.value,
            settings=load_settings(folder),
            on_progress=advance,
            on_result=keep,
        )
        page = write_class(graded.records, store)
    for warning in graded.warnings:
        warn(err, warning)
    if isolation is IsolationChoice.limits:
        warn(err, "graded without isolation: student code could read the disk and the network.")
    out = console()
    show_class(graded.results, out)
    out.print()
    progress = graded.progress
    submissions = counted(len(graded.results), "submission")
    if progress.graded:
        kept = f"; {progress.kept} were unchanged and kept" if progress.kept else ""
        out.print(f"Graded {counted(progress.graded, 'exercise')} of {submissions}{kept}.")
    else:
        out.print(f"Nothing to grade: all {counted(progress.kept, 'exercise')} of {submissions} are unchanged.")
    out.print(
        f"Records: {output}/<assignment>/<student>.json   Grades: {output}/grades.csv   Report: {page}", markup=False
    )
    for assignment, student, exercise, detail in graded.grader_errors:
        warn(err, f"{assignment}/{student}, {exercise}: {detail}", kind="Grader error", style="red")
    if shelf is not None:
        with err.status("Writing the gradebook"):
            changes = shelf.book(graded.results)
        out.print(f"Gradebook: {shelf.place}   Graded notebooks: {path_text(shelf.autograded)}", markup=False)
        show_changes(changes, out)
    if graded.grader_errors:
        err.print("These have no score yet. Mend the cause and grade again: only they are done.")
        raise typer.Exit(3)


@app.command()
def check(
    exercise: Annotated[Path | None, typer.Argument(help="A name, a stub or a handout folder; by default all.")] = None,
) -> None:
    """Check your own answers on the public cases. Needs no network; nothing is sent or written."""
    from autograder.checking import check as check_exercise
    from autograder.checking import stopped_at
    from autograder.report.terminal import console, show_exercise, show_total

    out = console()
    running = ""

    def start(name: str) -> None:
        nonlocal running
        running = name
        status.update(f"Checking {name} (Ctrl-C stops it)")

    with out.status("Checking") as status:
        try:
            checked = check_exercise(exercise, on_start=start, on_result=lambda result: show_exercise(result, out))
        except KeyboardInterrupt as error:
            where = stopped_at(error)
            raise Interrupted(
                f"stopped while checking {running}" + (f", at {where}" if where else ""),
                advice="Does a loop there never end? What is above this line is checked.",
            ) from None
    show_total(checked.results, out, checked.more_cases)
    if not checked.passed:
        raise typer.Exit(1)


@app.command()
def explain(
    mistake: Annotated[
        str | None, typer.Argument(metavar="[MISTAKE]", help="Its name, as `check` gives it; without it, the list.")
    ] = None,
) -> None:
    """Say more about a mistake: what it looks like, why it is wrong, how to find it and put it right."""
    from autograder.report.mistakes import show_mistake, show_mistakes
    from autograder.report.terminal import console

    if mistake is None:
        show_mistakes(console())
    else:
        show_mistake(mistake, console())


@app.command()
def new(
    exercise: Annotated[str, typer.Argument(metavar="ASSIGNMENT/EXERCISE", help="For instance convolution/conv1d.")],
    course: CourseOption = None,
) -> None:
    """Begin an exercise: one commented file that verifies as it stands, to change into yours."""
    from autograder.course import find_course
    from autograder.report.terminal import console
    from autograder.skeleton import new_exercise

    assignment, _, name = exercise.removesuffix(".py").partition("/")
    path = new_exercise(find_course(course), assignment, name)
    out = console()
    out.print(
        f"{path_text(path)} is a whole exercise. Change it into yours, and after each step prove it:", markup=False
    )
    out.print(f"  autograder verify {assignment}/{name}", markup=False)


@app.command()
def release(
    assignments: Annotated[list[str], typer.Argument(metavar="ASSIGNMENT...")],
    output: Annotated[
        Path | None, typer.Option(help="Where handouts go, by default assignments/ in the course.")
    ] = None,
    nbgrader: Annotated[
        bool, typer.Option(help="Release by nbgrader as well, where the course has an nbgrader_config.py.")
    ] = True,
    course: CourseOption = None,
) -> None:
    """Generate the handout of an assignment: stubs, public checks, notebook, README and data, without a line of the answers.

    Where the course has an nbgrader_config.py, nbgrader releases it as well, and what it releases is proved: it gives no answer
    away, imports, and earns nothing as it is.
    """
    from autograder.course import find_course, load_assignment
    from autograder.release import handout, write_handout
    from autograder.report.terminal import console, warn

    folder = find_course(course)
    out = console()
    for name in (name.rstrip("/") for name in assignments):
        assignment = load_assignment(folder, name)
        files = handout(assignment)
        target = (output or folder / "assignments") / name
        changed, foreign = write_handout(files, target)
        what = f"{len(changed)} changed" if changed else "unchanged"
        out.print(f"{path_text(target)}: {len(files)} files, {what}", markup=False)
        for other in foreign:
            out.print(f"  left alone, as it is not generated: {other}", markup=False)
        if nbgrader and (folder / NBGRADER_CONFIG).exists():
            from autograder.gradebook.release import generate, prove

            with out.status(f"Releasing {name}"):
                released = generate(folder, assignment, files)
                prove(assignment, released.folder)
            out.print(
                f"{path_text(released.folder)}: gives no answer away, imports, and earns nothing as it is", markup=False
            )
            if released.exchange:
                warn(console(stderr=True), f"{name} is not on the exchange: {released.exchange}")
            else:
                out.print(f"{name} is on the exchange: students can fetch it.", markup=False)


@app.command()
def syllabus(
    output: Annotated[
        Path | None, typer.Option(help="The page to write, by default docs/syllabus.md in the course.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Write the course on one page: assignments in their order, points, hours, and the mistakes that each exercise teaches."""
    from autograder.course import find_course, list_assignments, load_assignment
    from autograder.errors import OutputError
    from autograder.report.terminal import console
    from autograder.syllabus import syllabus as page_of

    folder = find_course(course)
    path = output or folder / "docs" / "syllabus.md"
    text = page_of(folder, [load_assignment(folder, name) for name in list_assignments(folder)])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", path=path, advice="Choose --output.") from None
    console().print(f"Syllabus: {path_text(path)}", markup=False)


@app.command()
def verify(
    exercises: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT[/EXERCISE]]...", help="By default all of them.")
    ] = None,
    isolation: Annotated[
        IsolationChoice, typer.Option(help="How solutions and stubs are run: as submissions will be.")
    ] = IsolationChoice.full,
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough",
            help="Run wrong answers in every case: say which cannot be told apart, and how many points they keep.",
        ),
    ] = False,
    course: CourseOption = None,
) -> None:
    """Prove exercises before they go out: solution, stub, reference and cases, and hundreds of wrong answers to each."""
    from autograder.course import find_course, list_assignments, load_assignment
    from autograder.reference import one_thread
    from autograder.report.progress import verify_progress
    from autograder.report.terminal import console, show_findings
    from autograder.sandbox.forking import ForkRunner
    from autograder.verify import verify as verify_exercise

    folder = find_course(course)
    secret = the_secret(folder, console(stderr=True))
    wanted = [name.rstrip("/").removesuffix(".py").partition("/") for name in exercises or list_assignments(folder)]
    out = console()
    holds = True
    count = 0
    # On a terminal the findings' own console, which keeps the status below them.
    where = out if out.is_terminal else console(stderr=True)
    with ForkRunner(isolation.value) as runner, one_thread(), verify_progress(where) as progress:
        for assignment, _, exercise in wanted:
            loaded = load_assignment(folder, assignment).exercises
            chosen = [one for one in loaded if exercise in ("", one.name)]
            if not chosen:
                raise AutograderError(
                    f"there is no exercise '{exercise}'",
                    path=folder / "solutions" / assignment,
                    advice=f"There are: {', '.join(one.name for one in loaded)}.",
                )
            for one in chosen:
                findings = verify_exercise(
                    one, secret, runner, progress(f"{one.assignment}/{one.name}"), thorough=thorough
                )
                show_findings(f"{one.assignment}/{one.name}", findings, out)
                holds = holds and all(finding.holds for finding in findings)
                count += 1
    out.print(f"{counted(count, 'exercise')} verified." if holds else "Not every exercise is verified.")
    if not holds:
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """Try what this machine can do to isolate student code, and say how to get what is missing."""
    from autograder.doctor import Row, examine
    from autograder.report.doctor import Machine, show_row, show_verdict
    from autograder.report.terminal import console

    out = console()
    machine = Machine.here()
    rows: list[Row] = []
    with out.status("Trying") as status:  # on the same console, which keeps it below the rows
        for row in examine(on_start=lambda name: status.update(f"Trying: {name}")):
            show_row(row, rows, machine, out)
            rows.append(row)
    if not show_verdict(rows, out):
        raise typer.Exit(1)


def the_shelf(course: Path, submitted: Path, output: Path, assignments: Sequence[Assignment]) -> Shelf | None:
    """Where nbgrader's gradebook is; None where the course is none of nbgrader's."""
    if not (course / NBGRADER_CONFIG).exists():
        return None
    try:
        from autograder.gradebook.shelf import shelf_of
    except ModuleNotFoundError as error:
        raise AutograderError(
            f"no gradebook can be written without {error.name}",
            path=course / NBGRADER_CONFIG,
            advice="Install it with `pip install 'autograder[instructor]'`, or move this file away to grade without nbgrader.",
        ) from None
    return shelf_of(course, submitted, output, assignments)


def the_secret(course: Path, err: Console) -> Secret:
    """The course secret, with a warning where it had to be made."""
    from autograder.cases import SECRET_FILE, course_secret
    from autograder.report.terminal import warn

    secret = course_secret(course)
    if secret.generated:
        warn(
            err,
            f"this course had no secret; a new one is in {SECRET_FILE}. Hidden cases follow from it: keep it, back it up, "
            "and do not publish it.",
        )
    return secret


def main() -> None:
    """Run the command line; an error of ours is a message and exit code 2, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or file of another encoding gets a question mark for what it cannot show, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except Interrupted as error:
        print(f"\n{error}", file=sys.stderr)  # noqa: T201 - the command line
        sys.exit(130)
    except AutograderError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 - the command line
        sys.exit(2)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)  # noqa: T201 - the command line
        sys.exit(130)
