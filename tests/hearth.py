"""The warm processes of a worker of the tests (see ``warm.py``).

One is of graders, one of nbgrader's commands, and one of the warm processes for student code that both of them start.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.sandbox import forking

WARM = str(Path(__file__).with_name("warm.py"))
ZYGOTE = str(Path(forking.__file__).with_name("zygote.py"))
# What the commands of the command line import when they run.
GRADER = ("checking", "cli", "diagnosis.explain", "grade", "release", "report.html", "report.mistakes", "report.progress",
          "report.terminal", "store", "verify")  # fmt: skip
# What nbgrader's commands import, and this grader where it works with them. Not gradebook.preprocess, which changes nbgrader
# for every command that imports it.
NBGRADER = (*GRADER, "gradebook.desk", "gradebook.release", "gradebook.shelf")
STUDENTS = ("torch", "torch.nn.functional", "numpy", "autograder.sandbox.zygote", "autograder.sandbox.execute",
            "autograder.sandbox.guard", "autograder.sandbox.state", "autograder.sandbox.syscalls")  # fmt: skip


def in_a_fork_of(address: str, *script: str) -> list[str]:
    """The command that runs a script where PyTorch is imported already."""
    return [sys.executable, "-I", "-S", WARM, "run", address, *script]


def zygote() -> list[str]:
    """In the place of `ForkRunner.command`: what starts a warm process for student code as a fork of `students`."""
    return in_a_fork_of(students(), ZYGOTE)


@functools.cache
def grader() -> str:
    """The address of a process with everything imported that grades."""
    return _start_grader(GRADER)


@functools.cache
def nbgrader() -> str:
    """The address of one that has imported nbgrader as well."""
    return _start_grader(NBGRADER, "nbgrader.apps.nbgraderapp", "kindling_nbgrader")


@functools.cache
def students() -> str:
    """The address of one that has imported what a warm process for student code does, and nothing of the grader."""
    return _start(_address(), ["-P"], STUDENTS, forking.bare_environment())


def _start_grader(modules: Sequence[str], *others: str) -> str:
    """Where its forks start a warm process for student code, that is a fork of `students`."""
    names = [*(f"autograder.{name}" for name in modules), *others, "kindling"]
    address = _address()
    return _start(address, [], names, {**os.environ, "WARM_ZYGOTE": json.dumps(zygote()), "WARM_ADDRESS": address})


def _address() -> str:
    return f"warm-{uuid.uuid4().hex}"


def _start(address: str, options: Sequence[str], modules: Sequence[str], environment: Mapping[str, str]) -> str:
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
