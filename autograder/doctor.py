"""What this machine can do to isolate student code: each protection tried alone, then a real start of all of them.

Each trial (see `protections`) runs in a process of its own, which is gone afterwards. Protections have the names
that `jail` and `zygote` give them, so that an `IsolationError` and a row here speak of the same thing. What can be done
about a row that fails stands in one table, `autograder.report.doctor.ADVICE`.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from autograder.errors import AutograderError, IsolationError, WorkerError

if TYPE_CHECKING:  # its modules are for Unix; on Windows the doctor says so and stops
    from autograder.protections import Trial
    from autograder.sandbox.forking import ForkRunner
    from autograder.sandbox.wire import Isolation

__all__ = ["FULL", "NEEDS", "WITH_LIMITS", "Group", "Row", "attempt", "examine", "is_isolated"]

Group = Literal["platform", "protection", "inside"]

PLATFORM = "platform"
FULL = "--isolation=full"
WITH_LIMITS = "--isolation=limits"
COMMAND = (sys.executable, "-P", "-B", "-m", "autograder.protections")
"""What runs a trial, given the trial's name: as bare a process as the warm one."""

NEEDS = "needs: "
"""How a row begins whose trial did not get as far as its own protection."""

PATIENCE = 60.0
ARCHITECTURES = ("x86_64", "aarch64")


@dataclass(frozen=True)
class Row:
    """One thing that was tried: whether it ``holds`` (None: it only costs speed), and what was seen or what the system said.

    ``protection`` is what it belongs to, by the name that an IsolationError gives it.
    """

    group: Group
    name: str
    holds: bool | None
    detail: str = ""
    protection: str = ""


def examine(command: Sequence[str] = COMMAND, on_start: Callable[[str], None] = lambda _: None) -> Iterator[Row]:
    """Try everything, one row after the other; ``on_start`` is told what comes next."""
    where = f"{platform.system()} {platform.release()} on {platform.machine()}"
    if sys.platform != "linux":
        yield Row("platform", PLATFORM, False, f"{where}: isolation needs Linux", PLATFORM)
    elif platform.machine() not in ARCHITECTURES:
        yield Row("platform", PLATFORM, False, f"{where}: its system calls are not known here", PLATFORM)
    else:
        yield Row("platform", PLATFORM, True, where, PLATFORM)
        from autograder.protections import TRIALS

        for trial in TRIALS:
            on_start(trial.name)
            yield attempt(trial, command)
    if os.name == "posix":
        on_start("a start with full isolation")
        yield from start("full")


def is_isolated(rows: Sequence[Row]) -> bool:
    """Whether student code is fully isolated here: all of it starts, and nothing that was tried fails."""
    return any(row.name == FULL for row in rows) and all(
        row.holds is not False for row in rows if row.name != WITH_LIMITS
    )


def attempt(trial: Trial, command: Sequence[str] = COMMAND) -> Row:
    """Run one trial in a process of its own."""
    from autograder.sandbox.forking import bare_environment, describe_exit

    try:
        done = subprocess.run(  # noqa: S603 - this Python with a fixed command
            [*command, trial.name], env=bare_environment(), cwd="/", capture_output=True, timeout=PATIENCE, check=False
        )
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        found = {"error": "it did not end"}
    except ValueError:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        found = {"error": ": ".join([f"the trial {describe_exit(done.returncode)}", *last])}
    if "error" not in found:
        return Row("protection", trial.name, True, found["seen"], trial.protection)
    first = found.get("protection", trial.protection)
    words = f"{NEEDS}{first}" if first != trial.protection else _plain(found["error"])
    return Row("protection", trial.name, None if trial.only_speed else False, words, trial.protection)


def _plain(error: str) -> str:
    """The system's words without the number that Python puts before them."""
    return re.sub(r"^\[Errno \d+\] ", "", error)


# A real start


def start(isolation: Isolation) -> Iterator[Row]:
    """Start a warm process as `grade` does; where it is isolated, look around from inside student code."""
    from autograder.sandbox.forking import ForkRunner

    name = FULL if isolation == "full" else WITH_LIMITS
    try:
        import torch  # noqa: F401 - it may be missing; and what it takes to load it is not the cost of a start

        began = time.perf_counter()
        with ForkRunner(isolation) as runner:
            started = time.perf_counter() - began
            rows = list(look_around(runner)) if isolation == "full" else []
            cost = _cost(runner)
    except IsolationError as error:
        yield Row("inside", name, False, f"{error.protection}: {_plain(error.error)}", error.protection)
    except (WorkerError, ImportError) as error:  # without PyTorch nothing starts
        problem = error.problem if isinstance(error, AutograderError) else str(error)
        yield Row("inside", name, False, problem, "warm process")
    except _NotRunError as error:
        yield Row("inside", name, False, f"student code is not run: {error}", "student code")
    else:
        yield Row("inside", name, True, f"starts in {started:.1f} s; an empty submission takes {1000 * cost:.0f} ms")
        yield from rows
        return
    if isolation == "full":
        yield from start("limits")


LOOK = """
import json, os, socket

def tried(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return error.strerror
    return None

def fork():
    if os.fork() == 0:
        os._exit(0)

def look(home, canary, places):
    def listed(folder):
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []
    print(json.dumps({
        "root": listed("/"),
        "home": listed(home),
        "files at home": [name for name in listed(home) if os.path.isfile(os.path.join(home, name))],
        "canary": os.path.exists(canary),
        "network": tried(socket.socket) is None,
        "process": [os.getpid(), os.path.exists("/proc/self"), tried(fork) is None],
        "environment": sorted(os.environ),
        "written": [place for place in places.split("\\n") if tried(open, os.path.join(place, "probe"), "w") is None],
    }))
    return 1.0
"""


def look_around(runner: ForkRunner) -> Iterator[Row]:
    """What student code sees, in its own words. Raises _NotRunError when it has none."""
    from autograder.sandbox.forking import bare_environment
    from autograder.sandbox.jail import SCRATCH

    home = str(Path.home())
    with tempfile.NamedTemporaryFile(prefix="autograder-doctor-") as canary:
        places = ["/", sys.prefix, str(Path(os.__file__).parent), str(Path(__file__).parent / "sandbox"), SCRATCH]
        seen = json.loads(_run(runner, LOOK, "seen = look(home, canary, places)", home, canary.name, "\n".join(places)))
    yield _saw(
        "files",
        not seen["canary"],
        f"/ holds {', '.join(seen['root'])} and no more",
        "a file in the folder for temporary files can be read",
    )
    only = f"shows only {', '.join(seen['home'])}" if seen["home"] else "cannot be seen"
    yield _saw("home folder", not seen["files at home"], only, f"{', '.join(seen['files at home'][:3])} can be read")
    yield _saw("writing", seen["written"] == [SCRATCH], f"only to {SCRATCH}", f"to {', '.join(seen['written'])}")
    yield _saw("network", not seen["network"], "no socket can be made", "a socket was made")
    number, proc, forked = seen["process"]
    yield _saw(
        "processes",
        number == 1 and not proc and not forked,
        "sees itself alone, and starts none",
        f"it has the number {number}{', sees others' * proc}{', starts others' * forked}",
    )
    extra = sorted(set(seen["environment"]) - set(bare_environment()) - {"TMPDIR", "LC_CTYPE"})
    yield _saw("environment", not extra, "nothing of yours", f"holds {', '.join(extra)}")


def _saw(name: str, holds: bool, good: str, bad: str) -> Row:
    return Row("inside", name, holds, good if holds else bad, name)


def _cost(runner: ForkRunner) -> float:
    """Seconds that a submission takes whose code does nothing."""
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        _run(runner, "def nothing():\n    return 1.0\n", "seen = nothing()")
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _run(runner: ForkRunner, code: str, calls: str, home: str = "", canary: str = "", places: str = "") -> str:
    from autograder.sandbox.runner import Job, Run

    run = Run({"home": home, "canary": canary, "places": places})
    files = {"probe.py": code.encode()}
    outcomes = runner.run(Job("probe", "probe.py", files, calls, ("seen",), [run]))
    if outcomes.ending is not None:
        raise _NotRunError(outcomes.ending.detail or outcomes.ending.kind)
    for fault in outcomes.runs[0].outcome.faults.values():
        raise _NotRunError(fault.message or fault.kind)
    return outcomes.output


class _NotRunError(Exception):
    """The doctor's own code, in the place of a student's, did not come back."""
