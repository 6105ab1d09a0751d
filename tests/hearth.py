"""The warm processes of a worker of the tests (see ``warm.py``): one of graders, and one of warm processes for student code."""

from __future__ import annotations

import atexit
import functools
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.sandbox.forking import bare_environment

WARM = str(Path(__file__).with_name("warm.py"))
# What the commands of the command line import when they run.
GRADER = ("checking", "cli", "diagnosis.explain", "grade", "release", "report.html", "report.mistakes", "report.progress",
          "report.terminal", "store", "verify")  # fmt: skip
STUDENTS = ("torch", "torch.nn.functional", "numpy", "autograder.sandbox.zygote", "autograder.sandbox.execute",
            "autograder.sandbox.guard", "autograder.sandbox.state", "autograder.sandbox.syscalls")  # fmt: skip


def in_a_fork_of(address: str, *script: str) -> list[str]:
    """The command that runs a script where PyTorch is imported already."""
    return [sys.executable, "-I", "-S", WARM, "run", address, *script]


@functools.cache
def grader() -> str:
    """The address of a process with everything imported that grades, and whose warm processes are forks of `students`."""
    modules = [*(f"autograder.{name}" for name in GRADER), "kindling"]
    return _start([], modules, {**os.environ, "WARM_STUDENTS": students()})


@functools.cache
def students() -> str:
    """The address of one that has imported what a warm process for student code does, and nothing of the grader."""
    return _start(["-P"], STUDENTS, bare_environment())


def _start(options: Sequence[str], modules: Sequence[str], environment: Mapping[str, str] | None) -> str:
    address = f"warm-{uuid.uuid4().hex}"
    process = subprocess.Popen(
        [sys.executable, "-B", *options, WARM, "serve", address, *modules],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd="/",
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line == b"ready\n", line

    def stop() -> None:
        process.communicate()

    atexit.register(stop)
    return address
