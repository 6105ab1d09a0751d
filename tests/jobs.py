"""Jobs for the sandbox's tests: a student's module and the calls on it."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import psutil

from autograder.sandbox.calls import parse_calls
from autograder.sandbox.forking import ForkRunner
from autograder.sandbox.runner import Job, Limits, Outcomes, Run
from autograder.sandbox.wire import Fault, Guard

X = np.arange(1.0, 4.0)
FINE = "def f(x):\n    return 2 * x"


def job(
    code: str,
    calls: str = "y = f(x)",
    *,
    runs: Sequence[Run] | int = 1,
    files: Mapping[str, bytes] | None = None,
    wanted: tuple[str, ...] | None = None,
    arrays: Literal["torch", "numpy"] = "torch",
    exercise: str = "answer",
    withheld: int = 0,
    guard: Guard = "block",
    **limits: Any,
) -> Job:
    """A job on a module ``answer.py``, or one of another ``exercise``'s name. ``runs`` may be how often to run the input
    x = [1, 2, 3] (times 1, 2, ...); of these, the last ``withheld`` are hidden.
    """
    if isinstance(runs, int):
        runs = [Run({"x": X * k}) for k in range(1, runs + 1)]
    return Job(
        exercise=exercise,
        module=f"{exercise}.py",
        files={f"{exercise}.py": textwrap.dedent(code).encode(), **(files or {})},
        calls=calls,
        wanted=wanted or parse_calls(calls).gives,
        runs=runs,
        arrays=arrays,
        limits=Limits(**limits),
        withheld=withheld,
        guard=guard,
    )


def submission(*jobs: Job) -> list[Job]:
    """These jobs as those of one submission: each has the files of all."""
    files = {name: content for one in jobs for name, content in one.files.items()}
    return [replace(one, files=files) for one in jobs]


def fault(outcomes: Outcomes, name: str = "y", run: int = 0) -> Fault:
    """The fault of a name that must have one."""
    assert outcomes.ending is None, outcomes.ending
    return outcomes.runs[run].outcome.faults[name]


def value(outcomes: Outcomes, name: str = "y", run: int = 0) -> Any:
    """The value of a name that must have one, as lists and numbers."""
    assert outcomes.ending is None, outcomes.ending
    assert name not in outcomes.runs[run].outcome.faults, outcomes.runs[run].outcome.faults
    return outcomes.runs[run].arrays[name].tolist()


def stopped(outcomes: Outcomes, name: str = "y", run: int = 0) -> tuple[str, str]:
    """How the statement that was to give a name was stopped, and what is known of it; the job went on without it."""
    found = fault(outcomes, name, run)
    return found.kind, found.message


def warm_process(runner: ForkRunner, guard: Guard = "block") -> psutil.Process:
    """A runner's warm process as the system knows it: with full isolation, the one that stays outside."""
    return psutil.Process(runner._zygotes[guard]._process.pid)


def student_processes(runner: ForkRunner) -> list[psutil.Process]:
    """The student process that is running, if any. The warm process in its jail is a child of the one outside."""
    if "block" not in runner._zygotes:  # it is being replaced
        return []
    outside = warm_process(runner)
    inside = outside.children() if runner.isolation == "full" else [outside]
    return [child for process in inside for child in process.children()]


def eventually(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What ``look`` finds, once it finds anything; processes may be gone while it looks."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            found = look()
        except psutil.NoSuchProcess:
            found = None
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


def gone(pid: int) -> bool:
    """Whether a process has ended; a moment is given to the kernel for it."""

    def ended() -> bool:
        return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE

    try:
        return bool(eventually(ended, seconds=5.0))
    except AssertionError:
        return False
