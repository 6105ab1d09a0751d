"""How many submissions a second, and where the time goes: fork, run, compare, write.

    python benchmarks/throughput.py [--submissions 100]

Every submission holds the model solution of one exercise, so that each runs through all cases. The split is measured on
one worker, step by step; the throughput is that of the whole `grade`, with one and two workers in the same run. Results
go to ``benchmarks/results.md``: compare ratios, machines differ.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from autograder.cases import Secret
from autograder.course import Assignment, find_course, load_assignment
from autograder.grade import grade
from autograder.marking import mark_exercise, total
from autograder.sandbox.forking import ForkRunner
from autograder.store import Store
from autograder.submission import read_submission
from autograder.trials import Exam

T = TypeVar("T")
SECRET = Secret(b"benchmark-benchmark", "the benchmark")
EXERCISES = (("chain_rule", "mazur"), ("two_layer_network", "two_layer_bce"))


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=100)
    count = parser.parse_args().submissions
    lines = [
        "# Benchmarks",
        "",
        f"{os.cpu_count()} cores, {cpu_name()}, Python {platform.python_version()}. One run of "
        f"`make bench`, {count} submissions of the model solution each; milliseconds are medians for one submission.",
        "",
        "| exercise | runs | fork | run | compare | write | 1 worker, submissions/s | 2 workers | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for assignment_name, name in EXERCISES:
        loaded = next(e for e in load_assignment(find_course(), assignment_name).exercises if e.name == name)
        assignment = Assignment(assignment_name, loaded.folder, (loaded,))
        with tempfile.TemporaryDirectory() as scratch:
            submitted = Path(scratch) / "submitted"
            for number in range(count):
                folder = submitted / f"student{number:04}" / assignment_name
                folder.mkdir(parents=True)
                (folder / loaded.module).write_text(loaded.source.answer + f"\n# {number}\n")
            split = measure_split(Exam(loaded, SECRET), submitted, Store(Path(scratch) / "split"))
            one, two = (measure_rate(assignment, submitted, Path(scratch) / str(jobs), jobs=jobs) for jobs in (1, 2))
        runs = len(Exam(loaded, SECRET).trials)
        cells = " | ".join(f"{1000 * statistics.median(split[step]):.1f} ms" for step in split)
        lines.append(f"| {assignment_name}/{name} | {runs} | {cells} | {one:.1f} | {two:.1f} | {two / one:.2f} |")
    lines += [
        "",
        "`run` holds the student's code over all cases, the wire, and the end of the process. The rates are those of the whole "
        "`grade` once it has started: reading, running, comparing, writing records. Starting (torch in each worker, expected "
        "values) is taken out by grading a tenth of the class as well.",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    Path(__file__).with_name("results.md").write_text(text)


def measure_split(exam: Exam, submitted: Path, store: Store) -> dict[str, list[float]]:
    """Seconds of each step for each submission, on one worker, after one that warms up."""
    split: dict[str, list[float]] = {"fork": [], "run": [], "compare": [], "write": []}
    name = exam.loaded.assignment
    with ForkRunner() as runner:
        for number, folder in enumerate(sorted(submitted.iterdir())):
            submission = read_submission(folder / name, folder.name, name, [exam.loaded.module])
            outcomes = runner.run(exam.job(dict(submission.files)))
            compare_seconds, result = timed(lambda o=outcomes: mark_exercise(exam, o))
            write_seconds, _ = timed(lambda s=submission, r=result: store.write(total(s, [r])))
            if result.score != result.points:
                raise SystemExit(
                    f"{folder.name}: {result.score} of {result.points} points; the figures would mean nothing"
                )
            if number:
                split["fork"].append(outcomes.fork_seconds)
                split["run"].append(outcomes.seconds - outcomes.fork_seconds)
                split["compare"].append(compare_seconds)
                split["write"].append(write_seconds)
    return split


def measure_rate(assignment: Assignment, submitted: Path, output: Path, *, jobs: int) -> float:
    """Submissions a second of the whole `grade`, without what it costs to start: a tenth of the class is graded first."""
    some = submitted.with_name(f"some-{jobs}")
    students = sorted(submitted.iterdir())
    for student in students[: max(1, len(students) // 10)]:
        shutil.copytree(student, some / student.name)
    little = timed(lambda: grade([assignment], SECRET, some, Store(output / "some"), jobs=jobs))[0]
    much = timed(lambda: grade([assignment], SECRET, submitted, Store(output / "all"), jobs=jobs))[0]
    return (len(students) - len(list(some.iterdir()))) / (much - little)


def timed(function: Callable[[], T]) -> tuple[float, T]:
    """Seconds and result of a call."""
    started = time.perf_counter()
    result = function()
    return time.perf_counter() - started, result


def cpu_name() -> str:
    """The processor, as the kernel names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


if __name__ == "__main__":
    main()
