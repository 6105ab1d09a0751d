"""The same class into nbgrader's gradebook by three ways: stock nbgrader, nbgrader with this grader, `autograder grade`.

Every command is timed as a whole, on a few students and on more of the same class. Afterwards the
gradebook must have full marks for each of them, and none for a blank answer: a grader that fails is quick.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from nbgrader_course import SECRET, Course, OurCourse, PlainCourse
from stock_nbgrader import StockCourse

from autograder.course import Loaded
from autograder.trials import Exam

__all__ = ["FULL", "QUICK", "Sizes", "against_stock"]

AUTOGRADE = ("nbgrader", "autograde")
GRADE = ("autograder", "grade", "--jobs", "2")
BLANK = "blank"


@dataclass(frozen=True)
class Sizes:
    """How many students a few are, and how many all, for each of the ways: a slow one gets fewer."""

    stock: tuple[int, int]
    nbgrader: tuple[int, int]
    grade: tuple[int, int]


FULL = Sizes(stock=(1, 8), nbgrader=(4, 40), grade=(20, 200))
QUICK = Sizes(stock=(1, 2), nbgrader=(1, 4), grade=(2, 20))


@dataclass(frozen=True)
class Way:
    """A way to grade: what the table calls it, the command, the released course, and on how many students it is timed."""

    name: str
    command: Sequence[str]
    course: Course
    sizes: tuple[int, int]


@dataclass(frozen=True)
class Times:
    """Seconds for a submission: what each further one adds, and its share of the whole command."""

    each: float
    whole: float


def against_stock(exercises: Sequence[Loaded], sizes: Sizes) -> list[str]:
    """The table: what a submission costs by each way."""
    lines = [
        "",
        f"## One class into nbgrader's gradebook, by nbgrader {version('nbgrader')} and by this grader",
        "",
        "Stock starts a kernel for each submission and runs its notebook; with this grader in its configuration, nbgrader "
        "starts none, and still takes one submission after the other; `autograder grade` fills the same gradebook and writes "
        "the same graded notebooks with two workers at a time. The last line leaves out both: the difference is what they cost.",
        "",
        "Each further submission: what the command takes longer than for a few, by the number of further ones. All in all: the "
        "whole command, start included, by the number of submissions. Ratios: how many times as fast as stock. By every way "
        "every submission has full marks in the gradebook afterwards, and a blank one none.",
        "",
        "| exercise | runs | way | submissions | each further | against stock | all in all | against stock |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for loaded in exercises:
        with tempfile.TemporaryDirectory() as scratch:
            ways = list(ways_of(loaded, sizes, Path(scratch)))
            times = [measure(way, Path(scratch, f"graded{number}")) for number, way in enumerate(ways)]
        runs = len(Exam(loaded, SECRET).trials)
        for way, taken in zip(ways, times, strict=True):
            stock = times[0]
            lines.append(
                f"| {loaded.assignment}/{loaded.name} | {runs} | {way.name} | {way.sizes[1]} "
                f"| {shown(taken.each)} | **{stock.each / taken.each:.0f}** "
                f"| {shown(taken.whole)} | {stock.whole / taken.whole:.0f} |"
            )
    return lines


def ways_of(loaded: Loaded, sizes: Sizes, scratch: Path) -> Iterator[Way]:
    """Every way, with a course of its own kind that is released; stock first."""
    stock = StockCourse(scratch / "stock", loaded).release()
    ours = OurCourse(scratch / "ours", loaded).release()
    plain = PlainCourse(scratch / "plain", loaded).release()
    yield Way("`nbgrader autograde`, stock", (*AUTOGRADE, loaded.assignment), stock, sizes.stock)
    yield Way("`nbgrader autograde` with this grader", (*AUTOGRADE, loaded.assignment), ours, sizes.nbgrader)
    yield Way("`autograder grade`", GRADE, ours, sizes.grade)
    yield Way("`autograder grade` without a gradebook", GRADE, plain, sizes.grade)


def measure(way: Way, place: Path) -> Times:
    """Grade a blank answer, which fills the disk cache, then a few students and then all, each in a fresh copy of the course."""
    loaded = way.course.loaded
    few, many = way.sizes
    students = {f"student{n:04}": f"{loaded.source.answer}\n# {n}\n" for n in range(many)}
    graded_seconds(way, {BLANK: None}, place / "blank")
    little = graded_seconds(way, dict(list(students.items())[:few]), place / "few")
    much = graded_seconds(way, students, place / "many")
    return Times((much - little) / (many - few), much / many)


def graded_seconds(way: Way, answers: Mapping[str, str | None], place: Path) -> float:
    """Seconds of the command on these answers. Ends the benchmark when their scores are not what they must be."""
    course = way.course.copy(place)
    course.hand_in(answers)
    taken = course.run(*way.command)
    points = float(course.loaded.exercise.total)
    due = {student: (0.0 if answer is None else points, points) for student, answer in answers.items()}
    found = course.scores()
    if found != due:
        first = next(student for student in (*due, *found) if found.get(student) != due.get(student))
        raise SystemExit(
            f"{course.loaded.name}, {way.name}: {first} has (score, points) {found.get(first)}, not {due.get(first)}: "
            "what it took would mean nothing"
        )
    return taken


def shown(seconds: float) -> str:
    """A time in the unit that it is read in."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"
