"""Progress: a bar on the terminal; in a log, a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from autograder.pool import Progress

__all__ = ["progress_bar", "verify_progress"]

LOG_SECONDS = 10.0


@contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[Progress], None]]:
    """Give a function to call with each step of the progress."""
    if not console.is_terminal:
        last = time.monotonic()

        def log(progress: Progress) -> None:
            nonlocal last
            if time.monotonic() - last >= LOG_SECONDS:
                last = time.monotonic()
                console.print(f"{progress.graded + progress.kept} of {progress.all} exercises graded")

        yield log
        return
    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TextColumn("exercises"), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Grading", total=None)

        def advance(progress: Progress) -> None:
            bar.update(task, total=progress.all, completed=progress.graded + progress.kept)

        yield advance


@contextmanager
def verify_progress(console: Console) -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Give a function that takes an exercise's name and gives one to call with how many wrong answers are done, of how many."""
    if not console.is_terminal:
        last = time.monotonic()

        def start(name: str) -> Callable[[int, int], None]:
            def log(done: int, every: int) -> None:
                nonlocal last
                if time.monotonic() - last >= LOG_SECONDS:
                    last = time.monotonic()
                    console.print(f"{name}: {done} of {every} wrong answers tried")

            return log

        yield start
        return
    with console.status("Verifying") as status:

        def begin(name: str) -> Callable[[int, int], None]:
            status.update(f"Verifying {name}")
            return lambda done, every: status.update(f"Verifying {name}: {done} of {every} wrong answers tried")

        yield begin
