"""Jobs for the sandbox's tests: a student's module and the calls on it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from autograder.sandbox.calls import parse_calls
from autograder.sandbox.runner import Job, Limits, Outcomes, Run
from autograder.sandbox.wire import Fault

X = np.arange(1.0, 4.0)


def job(
    code: str,
    calls: str = "y = f(x)",
    *,
    runs: Sequence[Run] | int = 1,
    files: Mapping[str, bytes] | None = None,
    wanted: tuple[str, ...] | None = None,
    arrays: Literal["torch", "numpy"] = "torch",
    **limits: Any,
) -> Job:
    """A job on a module ``answer.py``. ``runs`` may be how often to run the input x = [1, 2, 3] (times 1, 2, ...)."""
    if isinstance(runs, int):
        runs = [Run({"x": X * k}) for k in range(1, runs + 1)]
    return Job(
        exercise="answer",
        module="answer.py",
        files={"answer.py": textwrap.dedent(code).encode(), **(files or {})},
        calls=calls,
        wanted=wanted or parse_calls(calls).gives,
        runs=runs,
        arrays=arrays,
        limits=Limits(**limits),
    )


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
