"""What grading costs, against stock nbgrader, and where the time goes.

    python benchmarks/throughput.py [--quick]

Every submission holds the model solution of one exercise, so that each runs through all cases. Results go to
``benchmarks/results.md``: compare ratios, machines differ. What is compared is measured in the same run, in turns.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import accuracy
import gradebooks
import psutil
from nbgrader_course import SECRET, lay_down_exercise

from autograder.course import Assignment, Loaded, find_course, load_assignment
from autograder.diagnosis.lab import Lab
from autograder.grade import grade
from autograder.marking import mark_exercise, total
from autograder.reference import one_thread
from autograder.report.html import write_submission
from autograder.sandbox.forking import ForkRunner
from autograder.sandbox.runner import Job, Outcomes, Run
from autograder.sandbox.wire import Isolation
from autograder.store import Store
from autograder.submission import read_submission
from autograder.trials import Exam

T = TypeVar("T")
EXERCISES = (("chain_rule", "mazur"), ("two_layer_network", "two_layer_bce"))
SUBMISSIONS = 200


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs; nothing is written")
    quick = parser.parse_args().quick
    lines = [
        "# Benchmarks",
        "",
        f"{os.cpu_count()} cores, {cpu_name()}, Python {platform.python_version()}. One run of `make bench`.",
        "Every submission is the model solution, graded with full isolation. Compare ratios: machines differ.",
    ]

    def tell(*more: str) -> None:
        lines.extend(more)
        print("\n".join(more), flush=True)

    tell(*gradebooks.against_stock(exercises(), gradebooks.QUICK if quick else gradebooks.FULL))
    tell(*empty_submission(20 if quick else 200))
    tell(*workers(20 if quick else SUBMISSIONS, 1 if quick else 3))
    tell(*sizes((10, 40) if quick else (10, 100, 1_000, 10_000)))
    tell(*where_the_time_goes(10 if quick else 100))
    tell(*diagnosis(1 if quick else 5))
    if not quick:
        Path(__file__).with_name("results.md").write_text("\n".join(lines) + "\n")


def empty_submission(count: int) -> list[str]:
    """What a submission costs in which nothing is computed: fork, namespaces, wire, the end. On one core."""
    job = Job("empty", "empty.py", {"empty.py": b"def f(x):\n    return x\n"}, "y = f(x)", ("y",), [Run({"x": 1.0})])
    lines = [
        "",
        f"## Overhead of an empty submission, on one core, median of {count}",
        "",
        "| isolation | milliseconds | of which the fork |",
        "|---|---|---|",
    ]
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        kinds: tuple[Isolation, ...] = ("full", "limits")
        for isolation in kinds:
            with ForkRunner(isolation) as runner:
                runner.run(job)
                measured = [timed(runner.run, job) for _ in range(count)]
            whole = 1000 * statistics.median(seconds for seconds, _ in measured)
            fork = 1000 * statistics.median(outcomes.fork_seconds for _, outcomes in measured)
            lines.append(f"| {isolation} | {whole:.1f} | {fork:.1f} |")
    finally:
        os.sched_setaffinity(0, cores)
    return lines


def workers(count: int, turns: int) -> list[str]:
    """One worker against two, in turns; and one worker on one core, which is what a worker more adds."""
    lines = [
        "",
        f"## One worker against two: {count} submissions, medians of {turns} turns each, in submissions/s",
        "",
        "A worker takes more than one core: while it marks, its student process goes on. So the second one is also compared "
        "with one that has a single core for both.",
        "",
        "| exercise | 1 worker, 1 core | 1 worker | 2 workers | 2 against 1 | 2 cores against 1 |",
        "|---|---|---|---|---|---|",
    ]
    kinds = {"core": (1, 1), "one": (1, 2), "two": (2, 2)}  # workers, cores
    cores = sorted(os.sched_getaffinity(0))
    for loaded in exercises():
        rates: dict[str, list[float]] = {kind: [] for kind in kinds}
        with tempfile.TemporaryDirectory() as scratch:
            submitted = hand_in(loaded, count, Path(scratch, "submitted"))
            few = hand_in(loaded, max(1, count // 10), Path(scratch, "few"))
            for turn in range(turns):
                for kind, (jobs, width) in kinds.items():
                    output = Path(scratch, f"{turn}-{kind}")
                    os.sched_setaffinity(0, cores[:width])
                    try:
                        little = grade_seconds(loaded, few, output / "few", jobs)
                        much = grade_seconds(loaded, submitted, output / "all", jobs)
                    finally:
                        os.sched_setaffinity(0, cores)
                    rates[kind].append((count - max(1, count // 10)) / (much - little))
        core, one, two = (statistics.median(rates[kind]) for kind in kinds)
        lines.append(
            f"| {loaded.assignment}/{loaded.name} | {core:.1f} | {one:.1f} | {two:.1f} | **{two / one:.2f}** | **{two / core:.2f}** |"
        )
    return lines


def sizes(counts: tuple[int, ...]) -> list[str]:
    """Classes of any size: what a submission costs, and what memory the grading takes at its peak."""
    loaded = exercises()[0]
    lines = [
        "",
        f"## Classes of any size, 2 workers, {loaded.assignment}/{loaded.name}",
        "",
        "The start is taken out of the cost of each. Memory: the most that the grader, its warm processes and the students' "
        "processes have together, shared pages counted once.",
        "",
        "| submissions | seconds | each | peak memory |",
        "|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as scratch:
        start = command_seconds(loaded, 1, Path(scratch, "start"))
        for count in counts:
            with peak_memory() as peak:
                seconds = command_seconds(loaded, count, Path(scratch, str(count)))
            each = 1000 * (seconds - start) / (count - 1)
            lines.append(f"| {count:,} | {seconds:.1f} | {each:.1f} ms | {max(peak):.0f} MiB |")
            shutil.rmtree(Path(scratch, str(count)))
    return lines


def where_the_time_goes(count: int) -> list[str]:
    """The steps of one submission, one after the other, on one worker."""
    lines = [
        "",
        f"## Where the time goes: one worker, medians of {count}, in milliseconds",
        "",
        "| exercise | runs | read | fork | student's process | mark | write record | write page |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for loaded in exercises():
        exam = Exam(loaded, SECRET)
        split: dict[str, list[float]] = {}
        with tempfile.TemporaryDirectory() as scratch, ForkRunner() as runner, one_thread():
            store = Store(Path(scratch, "results"))
            for number, folder in enumerate(sorted(hand_in(loaded, count + 1, Path(scratch, "submitted")).iterdir())):
                where = folder / loaded.assignment
                read, submission = timed(read_submission, where, folder.name, loaded.assignment, [loaded.module])
                outcomes = runner.run(exam.job(dict(submission.files)))
                mark, result = timed(mark_exercise, exam, outcomes)
                if result.score != result.points:
                    raise SystemExit(f"{folder.name}: {result.score} of {result.points} points: figures mean nothing")
                record = total(submission, [result])
                write, _ = timed(store.write, record)
                page, _ = timed(write_submission, record, store)
                if number:  # the first one warms up
                    run = outcomes.seconds - outcomes.fork_seconds
                    for name, seconds in zip(
                        ("read", "fork", "run", "mark", "write", "page"),
                        (read, outcomes.fork_seconds, run, mark, write, page),
                        strict=True,
                    ):
                        split.setdefault(name, []).append(1000 * seconds)
        cells = " | ".join(f"{statistics.median(values):.1f}" for values in split.values())
        lines.append(f"| {loaded.assignment}/{loaded.name} | {len(exam.trials)} | {cells} |")
    return lines


def diagnosis(turns: int) -> list[str]:
    """What it takes longer to mark a wrong answer than a right one: planted mistakes, each as a student's first of its kind.

    The mistakes of the exercise are known by then, as after the first wrong answer of a class; what was computed from
    earlier answers is forgotten before each.
    """
    lines = [
        "",
        f"## Diagnosis: milliseconds more for a wrong answer than for the right one, on one core, best of {turns}",
        "",
        "The planted mistakes of `accuracy.py`. A right answer pays nothing; what a class pays once is the list of mistakes "
        "that can be made in the exercise, which is computed at the first wrong answer.",
        "",
        "| exercise | mistakes | median | nine in ten | most | a right answer in all | once for a class |",
        "|---|---|---|---|---|---|---|",
    ]
    for exam, planted in accuracy.exams(["two_layer_bce", "two_layer_squared_error", "mazur"]):
        answers = [accuracy.edited(exam.loaded.source.answer, [mistake]) for mistake in planted]
        with ForkRunner() as runner, one_thread():
            right = runner.run(exam.job({exam.loaded.module: exam.loaded.source.answer.encode()}))
            wrong = [runner.run(exam.job({exam.loaded.module: answer.encode()})) for answer in answers]
            mark_exercise(exam, right)
            lab = exam.once(Lab)
            once = timed(lambda lab=lab: (lab.candidates, lab.operands))[0]
            for outcomes in wrong:
                mark_exercise(exam, outcomes)

            def seconds(outcomes: Outcomes, lab: Lab = lab, exam: Exam = exam) -> float:
                def mark() -> float:
                    lab.forget()
                    return timed(mark_exercise, exam, outcomes)[0]

                return min(mark() for _ in range(turns))

            base = seconds(right)
            more = sorted(1000 * (seconds(outcomes) - base) for outcomes in wrong)
        lines.append(
            f"| {exam.loaded.name} | {len(more)} | {statistics.median(more):.0f} | {more[int(0.9 * len(more))]:.0f} "
            f"| {more[-1]:.0f} | {1000 * base:.1f} | {1000 * once:.0f} |"
        )
    return lines


def exercises() -> list[Loaded]:
    """The exercises that are measured."""
    course = find_course()
    return [
        next(one for one in load_assignment(course, assignment).exercises if one.name == name)
        for assignment, name in EXERCISES
    ]


def hand_in(loaded: Loaded, count: int, folder: Path) -> Path:
    """Hand in the model solution so many times, each a file of its own."""
    for number in range(count):
        place = folder / f"student{number:05}" / loaded.assignment
        place.mkdir(parents=True)
        (place / loaded.module).write_text(f"{loaded.source.answer}\n# {number}\n")
    return folder


def grade_seconds(loaded: Loaded, submitted: Path, output: Path, jobs: int) -> float:
    """Seconds of grading in this process: warm processes are started, expected values computed."""
    assignment = Assignment(loaded.assignment, loaded.folder, (loaded,))
    with one_thread():
        return timed(grade, [assignment], SECRET, submitted, Store(output), jobs=jobs)[0]


def command_seconds(loaded: Loaded, count: int, folder: Path) -> float:
    """Seconds of the command `autograder grade`, on a course that has this exercise alone."""
    lay_down_exercise(loaded, folder)
    hand_in(loaded, count, folder / "submitted")
    command = [str(Path(sys.executable).with_name("autograder")), "grade", "--jobs", "2"]
    environment = {**os.environ, "AUTOGRADER_SECRET": SECRET.key.decode()}
    seconds, done = timed(subprocess.run, command, cwd=folder, env=environment, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr.decode(errors="replace"))
    return seconds


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Look at the memory of all processes below this one four times a second; the list ends up with MiB."""
    seen = [0.0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.25):
            now = 0.0
            for process in psutil.Process().children(recursive=True):
                try:
                    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
                except OSError:
                    continue
                now += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
            seen.append(now)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def timed(function: Callable[..., T], *arguments: Any, **options: Any) -> tuple[float, T]:
    """Seconds and result of a call."""
    started = time.perf_counter()
    result = function(*arguments, **options)
    return time.perf_counter() - started, result


def cpu_name() -> str:
    """The processor, as the kernel names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


if __name__ == "__main__":
    main()
