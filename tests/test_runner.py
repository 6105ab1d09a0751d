"""Student code in a fork of the warm process: what it can do to the grader, and what is left of it.

``any_runner``: it holds with full isolation and with limits alone. ``fork_runner`` has full isolation, ``limits_runner``
limits alone. What isolation keeps from student code is in test_isolation.
"""

from __future__ import annotations

import contextlib
import mmap
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from jobs import (
    FINE,
    X,
    eventually,
    fault,
    gone,
    job,
    stopped,
    student_processes,
    submission,
    value,
    warm_process,
)

from autograder.errors import WorkerError
from autograder.sandbox import forking
from autograder.sandbox.forking import ForkRunner, describe_exit
from autograder.sandbox.runner import Ending, InProcessRunner, Run
from autograder.sandbox.talk import Talk, Turn
from autograder.sandbox.wire import PROGRESS, Isolation, Launch

NETWORK = """
import torch

class Net:
    def __init__(self, W):
        self.W = W

    def forward(self, X):
        self.X = X
        self.A = torch.sigmoid(X @ self.W)
        return self.A

    def backward(self, dA):
        dZ = dA * self.A * (1 - self.A)
        return {"dZ": dZ, "dW": self.X.T @ dZ}

    def update(self, lr):
        self.W -= lr * self.backward(torch.ones_like(self.A))["dW"]

def broken(X):
    print("about to fail")
    return X.nothing

def half(X):
    return X.to(torch.bfloat16)
"""

NETWORK_CALLS = """
net = Net(W)
A = net.forward(X)
dZ, dW, db = entries(net.backward(dA))
for _ in range(steps):
    net.update(lr)
new_W = net.W
lost = broken(X)
coarse = half(X)
nowhere = absent(X)
"""

# Code that never answers by itself.
ENDLESS = {
    "a loop": "def f(x):\n    while True:\n        pass",
    "a loop that swallows everything": """
        import time
        def f(x):
            while True:
                try:
                    time.sleep(60)
                except BaseException:
                    pass
        """,
    "a loop that ignores every signal that can be ignored": """
        import signal
        def f(x):
            for number in range(1, 64):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            while True:
                pass
        """,
    "a thread that keeps the process": """
        import threading, time
        def f(x):
            threading.Thread(target=time.sleep, args=(60,)).start()
            time.sleep(60)
        """,
    "a read from a pipe that nobody writes to": "import os\ndef f(x):\n    r, w = os.pipe()\n    os.read(r, 1)",
}

# Code that ends the process, and what is said of it.
CRASHES = {
    "os._exit(0)": ("import os; os._exit(0)", "ended with exit code 0"),
    "os._exit(3)": ("import os; os._exit(3)", "ended with exit code 3"),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
}
# As process 1 of its namespace it is immune to its own signals: an abort ends it by the instruction that comes next.
CRASHES_BY_SIGNAL = {
    "an abort": ("import os; os.abort()", "killed by SIGABRT"),
    "a signal to itself": ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
}
EVERY_CRASH = [
    *[
        pytest.param(isolation, *crash, id=f"{name}-{isolation}")
        for isolation in ("full", "limits")
        for name, crash in CRASHES.items()
    ],
    *[pytest.param("limits", *crash, id=f"{name}-limits") for name, crash in CRASHES_BY_SIGNAL.items()],
    pytest.param("full", "import os; os.abort()", "killed by SIG(SEGV|TRAP|ABRT)", id="an abort-full"),
]

MEMORY = {
    "NumPy": "import numpy; return numpy.ones(1 << 30)",
    "torch": "import torch; return torch.ones(1 << 30, dtype=torch.float64)",
    "bytes": "return bytearray(8 << 30)",
    "many small objects": "k = [0]\n    while True:\n        k = k + k",
}

# With full isolation there are no sockets, not even by way of an open one; os.write is what the real answers use.
FORGE = """
import os, struct

def safetensors(head, data=b""):
    return struct.pack("<Q", len(head)) + head + data

def send_bytes(content):
    while content:
        content = content[os.write(3, content):]

def send(text, body):
    send_bytes(struct.pack(">QQ", len(text), len(body)) + text + body)
"""


def arrays(shape: str, size: int) -> str:
    head = f'{{"y":{{"dtype":"F64","shape":{shape},"data_offsets":[0,{size}]}}}}'
    return f"safetensors({head.encode()!r}, bytes({size}))"


# text and arrays of a forged answer, as expressions in the student's module
MALFORMED = {
    "noise": ("bytes(range(256))", "bytes(100)"),
    "no JSON": ("b'full marks'", arrays("[3]", 24)),
    "a name of its own": (
        'b\'{"type":"outcome"}\'',
        'safetensors(b\'{"score":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}\', bytes(8))',
    ),
    "nothing that was asked for": ('b\'{"type":"outcome"}\'', "safetensors(b'{}')"),
    "a value that is also absent": ('b\'{"type":"outcome","faults":{"y":{"kind":"raised"}}}\'', arrays("[3]", 24)),
    "an enormous shape": ('b\'{"type":"outcome"}\'', arrays("[0, 4611686018427387904, 8]", 0)),
    "too many axes": ('b\'{"type":"outcome"}\'', arrays(str([1] * 100), 8)),
    "text that is not UTF-8": ('b\'{"type":"outcome","dtypes":{"y":"\\xff"}}\'', arrays("[3]", 24)),
    "brackets without end": ('b\'{"type":"outcome","more":\' + b\'[\' * 200000', arrays("[3]", 24)),
}


@pytest.fixture
def runner_with(request: pytest.FixtureRequest) -> Callable[[Isolation], ForkRunner]:
    """The runner with an isolation."""
    names = {"full": "fork_runner", "limits": "limits_runner"}
    return lambda isolation: request.getfixturevalue(names[isolation])


@pytest.fixture
def own_runner(needs_isolation: ForkRunner) -> Iterator[ForkRunner]:
    """A runner for a test that harms it."""
    with ForkRunner() as runner:
        yield runner


@pytest.fixture
def own_limits_runner() -> Iterator[ForkRunner]:
    """The same with limits alone."""
    with ForkRunner("limits") as runner:
        yield runner


@contextlib.contextmanager
def meanwhile(do: Callable[[], object]) -> Iterator[None]:
    """Do something in another thread; what goes wrong in it is raised here."""
    failed: list[BaseException] = []

    def target() -> None:
        try:
            do()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failed:
        raise failed[0]


# The same values wherever a job runs.


def test_both_runners_give_the_same_for_the_same_job(any_runner):
    random = np.random.RandomState(0)
    inputs = {
        "X": random.normal(size=(4, 3)),
        "W": random.normal(size=(3, 2)),
        "dA": random.normal(size=(4, 2)),
        "steps": 2,
        "lr": 0.1,
    }
    other = {**inputs, "X": random.normal(size=(5, 3)), "dA": random.normal(size=(5, 2))}
    runs = [Run(inputs), Run(inputs, "again"), Run(inputs, "strided"), Run(inputs, "interleaved", other)]
    wanted = ("A", "dZ", "dW", "db", "new_W", "lost", "coarse", "nowhere")
    one_job = job(NETWORK, NETWORK_CALLS, runs=runs, wanted=wanted)
    forked, here = any_runner.run(one_job), InProcessRunner().run(one_job)
    assert (forked.ending, here.ending) == (None, None)
    assert [run.outcome for run in forked.runs] == [run.outcome for run in here.runs]
    assert (forked.output, forked.printed) == (here.output, here.printed)
    for one, two in zip(forked.runs, here.runs, strict=True):
        assert one.arrays.keys() == two.arrays.keys()
        for name in one.arrays:
            assert (one.arrays[name].dtype, one.arrays[name].shape) == (two.arrays[name].dtype, two.arrays[name].shape)
            assert one.arrays[name].tobytes() == two.arrays[name].tobytes()


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    x.requires_grad_()\n    return x * 2",
        "def f(x):\n    raise ValueError('\\udcff')",
        "def f(x):\n    print('\\udcff')\n    return x",
        "import numpy\ndef f(x):\n    return numpy.arange(2, dtype='>f8')",
        "import sys\ndef f(x):\n    sys.stdout = None\n    return x",
        "import sys\ndef f(x):\n    sys.exit(0)",
    ],
    ids=["requires_grad_", "odd message", "odd print", "byte order", "no output", "exit"],
)
def test_both_runners_agree_on_odd_code(any_runner, code):
    forked, here = any_runner.run(job(code)), InProcessRunner().run(job(code))
    assert (forked.ending, here.ending) == (None, None)
    assert forked.runs[0].outcome == here.runs[0].outcome
    assert [a.tolist() for a in forked.runs[0].arrays.values()] == [a.tolist() for a in here.runs[0].arrays.values()]


def test_a_name_whose_second_time_fails_is_no_crash(fork_runner):
    code = "def f(x):\n    return x\ndef g(x):\n    raise ValueError"
    assert fault(fork_runner.run(job(code, "y = f(x)\ny = g(x)"))).kind == "raised"


def test_runs_are_answered_in_their_order(fork_runner):
    outcomes = fork_runner.run(job(FINE, runs=20))
    assert [value(outcomes, run=k) for k in range(20)] == [(2 * X * (k + 1)).tolist() for k in range(20)]


# Time.


@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS)
def test_code_without_end_is_a_timeout(any_runner, code):
    outcomes = any_runner.run(job(code, seconds=0.5))
    if outcomes.ending is None:
        assert stopped(outcomes) == ("timeout", "")
    else:  # while it was loaded, before any statement
        assert (outcomes.ending.kind, list(outcomes.runs)) == ("timeout", [])


def test_runs_before_a_timeout_are_kept(any_runner):
    outcomes = any_runner.run(job("def f(x):\n    while x[0] > 2:\n        pass\n    return x", runs=5, seconds=0.5))
    assert [value(outcomes, run=k) for k in range(2)] == [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]
    assert [stopped(outcomes, run=k) for k in range(2, 5)] == [("timeout", ""), ("timeout", ""), ("given_up", "")]


@pytest.mark.parametrize(("line", "kind"), [("while True: pass", "timeout"), ("import os; os._exit(0)", "crashed")])
def test_a_statement_that_does_not_come_back_costs_only_what_it_gives(any_runner, line, kind):
    code = f"def f(x):\n    return x\ndef g(x):\n    {line}\ndef h(x):\n    return 2 * x"
    outcomes = any_runner.run(job(code, "y = f(x)\nz = g(x)\nw = h(x)\nv = h(z)", runs=3, seconds=0.5))
    assert [value(outcomes, "w", run=k) for k in range(3)] == [[2.0, 4.0, 6.0], [4.0, 8.0, 12.0], [6.0, 12.0, 18.0]]
    assert [value(outcomes, "y", run=k)[0] for k in range(3)] == [1.0, 2.0, 3.0]
    assert [stopped(outcomes, "z", run=k)[0] for k in range(3)] == [kind, kind, "given_up"]
    assert fault(outcomes, "z", run=2).type == kind
    assert (fault(outcomes, "v").kind, fault(outcomes, "v").statement) == ("skipped", "g(x)")


def test_a_job_is_given_up_when_too_many_statements_do_not_come_back(fork_runner):
    code = "import os\ndef f(x):\n    os._exit(3)"
    outcomes = fork_runner.run(job(code, "\n".join(f"{name} = f(x)" for name in "abcdeghi"), runs=2))
    assert (outcomes.ending, list(outcomes.runs)) == (Ending("crashed", "ended with exit code 3"), [])


def test_a_loop_at_import_is_a_timeout(any_runner):
    assert any_runner.run(job("while True: pass", seconds=0.5)).ending == Ending("timeout")


def test_processor_time_counts_as_well_and_is_called_a_timeout(any_runner, monkeypatch):
    # As many threads would use it up: it is too much before the wall clock says so.
    monkeypatch.setattr(forking, "Launch", lambda **limits: Launch(**limits | {"cpu_seconds": 1}))
    started = time.monotonic()
    assert stopped(any_runner.run(job("def f(x):\n    while True:\n        pass", seconds=60))) == ("timeout", "")
    assert time.monotonic() - started < 40


def test_the_next_job_after_a_timeout_is_fine(fork_runner):
    fork_runner.run(job("while True: pass", seconds=0.5))
    assert value(fork_runner.run(job(FINE))) == [2.0, 4.0, 6.0]


# Ends.


@pytest.mark.parametrize(("isolation", "line", "detail"), EVERY_CRASH)
def test_a_process_that_ends_by_itself_has_crashed(runner_with, isolation, line, detail):
    kind, found = stopped(runner_with(isolation).run(job(f"def f(x):\n    {line}")))
    assert (kind, bool(re.fullmatch(detail, found))) == ("crashed", True), found


@pytest.mark.parametrize(("isolation", "line", "detail"), EVERY_CRASH)
def test_a_process_that_ends_while_the_file_is_loaded_has_crashed_in_every_run(runner_with, isolation, line, detail):
    outcomes = runner_with(isolation).run(job(line, runs=3))
    assert (outcomes.ending.kind, list(outcomes.runs)) == ("crashed", [])
    assert re.fullmatch(detail, outcomes.ending.detail)


@pytest.mark.parametrize(("isolation", "line", "detail"), EVERY_CRASH)
def test_runs_before_a_crash_are_kept(runner_with, isolation, line, detail):
    code = f"def f(x):\n    if x[0] > 2:\n        {line}\n    return x"
    outcomes = runner_with(isolation).run(job(code, runs=5))
    assert [value(outcomes, run=k) for k in range(2)] == [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]
    (first, why), (second, why_again), third = [stopped(outcomes, run=k) for k in range(2, 5)]
    assert (first, second, third) == ("crashed", "crashed", ("given_up", ""))
    assert re.fullmatch(detail, why)
    assert re.fullmatch(detail, why_again)


@pytest.mark.parametrize(
    ("isolation", "line"),
    [
        *[
            (isolation, line)
            for isolation in ("full", "limits")
            for line in ("while True: pass", "import os; os._exit(0)")
        ],
        ("limits", "import os; os.kill(os.getpid(), 9)"),
    ],
)
def test_a_statement_that_does_not_come_back_in_one_run_is_run_in_all_others(runner_with, isolation, line):
    code = f"def f(x):\n    if x[0] == 2:\n        {line}\n    return x"
    outcomes = runner_with(isolation).run(job(code, runs=4, seconds=0.5))
    assert [value(outcomes, run=k)[0] for k in (0, 2, 3)] == [1.0, 3.0, 4.0]
    assert stopped(outcomes, run=1)[0] in ("timeout", "crashed")


@pytest.mark.parametrize("target", ["os.getpid()", "0", "-1"], ids=["itself", "its group", "everybody"])
def test_signals_that_an_isolated_process_sends_have_no_effect(fork_runner, target):
    numbers = "signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGSEGV, signal.SIGHUP, signal.SIGPIPE"
    code = f"""
    import os, signal
    def f(x):
        for number in ({numbers}):
            try:
                os.kill({target}, number)
            except ProcessLookupError:  # there is nobody else
                pass
        return x
    """
    assert value(fork_runner.run(job(code))) == [1.0, 2.0, 3.0]


def test_a_process_that_is_killed_from_outside_once_costs_nothing(fork_runner):
    code = "import time\ndef f(x):\n    if x[0] == 2:\n        time.sleep(1.5)\n    return x"

    def kill() -> None:
        child = eventually(lambda: student_processes(fork_runner))[0]
        time.sleep(0.2)
        child.kill()  # as the kernel does when memory is short

    with meanwhile(kill):
        outcomes = fork_runner.run(job(code, runs=3))
    assert [value(outcomes, run=k)[0] for k in range(3)] == [1.0, 2.0, 3.0]


def test_a_process_that_is_killed_once_in_each_of_two_runs_costs_nothing_either(limits_runner, tmp_path):
    code = f"""
    import os, signal
    def f(x):
        mark = {str(tmp_path / "once")!r} + str(x[0].item())
        if x[0] > 1 and not os.path.exists(mark):
            open(mark, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return x
    """
    outcomes = limits_runner.run(job(code, runs=3))
    assert [value(outcomes, run=k)[0] for k in range(3)] == [1.0, 2.0, 3.0]


def test_ctrl_c_from_student_code_is_the_student_s_exception(any_runner):
    assert fault(any_runner.run(job("def f(x):\n    raise KeyboardInterrupt"))).type == "KeyboardInterrupt"


def test_a_process_that_clears_its_modules_harms_only_itself(any_runner):
    any_runner.run(job("import sys\nsys.modules.clear()\ndef f(x):\n    return x"))
    assert value(any_runner.run(job(FINE))) == [2.0, 4.0, 6.0]


@pytest.mark.parametrize(
    ("status", "text"), [(3, "ended with exit code 3"), (-11, "killed by SIGSEGV"), (-99, "killed by signal 99")]
)
def test_an_end_is_described(status, text):
    assert describe_exit(status) == text


# Memory, output, files.


@pytest.mark.parametrize("line", MEMORY.values(), ids=MEMORY)
def test_too_much_memory_is_a_fault_and_the_next_job_is_fine(any_runner, line):
    assert fault(any_runner.run(job(f"def f(x):\n    {line}", memory_mib=256))).kind == "memory"
    assert value(any_runner.run(job(FINE))) == [2.0, 4.0, 6.0]


def test_memory_is_limited_to_less_than_8_gib_unless_said_otherwise(fork_runner):
    assert fault(fork_runner.run(job(f"def f(x):\n    {MEMORY['NumPy']}"))).kind == "memory"


def test_a_run_after_too_much_memory_is_fine(fork_runner):
    code = "import numpy\ndef f(x):\n    return numpy.ones(1 << 30) if x[0] < 2 else x"
    outcomes = fork_runner.run(job(code, runs=2))
    assert (fault(outcomes).kind, value(outcomes, run=1)) == ("memory", [2.0, 4.0, 6.0])


def test_megabytes_of_output_are_counted_and_bounded_and_block_nobody(any_runner):
    code = "def f(x):\n    for _ in range(20):\n        print('m' * (10**6 - 1))\n    return x"
    outcomes = any_runner.run(job(code, output_kib=16))
    assert value(outcomes) == [1.0, 2.0, 3.0]
    assert (outcomes.printed, outcomes.output) == (20 * 10**6, "m" * (16 << 10))


def test_output_that_passes_python_by_is_kept_too(any_runner):
    code = "import os\ndef f(x):\n    os.write(1, b'out')\n    os.write(2, b'error')\n    return x"
    assert any_runner.run(job(code)).output == "outerror"


def test_output_of_other_programs_is_kept_too_where_there_are_any(limits_runner):
    code = "import os\ndef f(x):\n    os.system('echo shell')\n    return x"
    assert limits_runner.run(job(code)).output == "shell\n"


def test_output_before_a_crash_is_kept(any_runner):
    outcomes = any_runner.run(job("import os\ndef f(x):\n    print('last words')\n    os._exit(1)"))
    assert outcomes.output == "last words\n"


def test_output_that_is_not_text_is_kept_as_far_as_it_is(any_runner):
    outcomes = any_runner.run(job("import os\ndef f(x):\n    os.write(1, b'a\\xff\\x00b')\n    return x"))
    assert (outcomes.output, outcomes.printed) == ("a\ufffd\x00b", 4)


FILLS_UP = """
def f(x):
    with open('big', 'wb', buffering=0) as file:
        while True:
            file.write(bytes(1 << 20))
"""


def test_a_file_over_the_limit_cannot_be_written(limits_runner):
    found = fault(limits_runner.run(job(FILLS_UP, file_mib=2)))
    assert (found.kind, found.type, "File too large" in found.message) == ("raised", "OSError", True)


def test_files_over_the_limit_of_all_cannot_be_written(fork_runner):
    found = fault(fork_runner.run(job(FILLS_UP, file_mib=2)))
    assert (found.kind, found.type, "No space left on device" in found.message) == ("raised", "OSError", True)


def test_a_file_under_the_limit_can_be_written(any_runner):
    code = "def f(x):\n    with open('small', 'wb') as file:\n        file.write(bytes(1 << 20))\n    return x"
    assert value(any_runner.run(job(code, file_mib=2))) == [1.0, 2.0, 3.0]


def test_no_core_is_dumped(any_runner):
    code = "import resource\ndef f(x):\n    return list(resource.getrlimit(resource.RLIMIT_CORE))"
    assert value(any_runner.run(job(code))) == [0, 0]


# What stays behind. With full isolation student code cannot start a process at all: see test_isolation.


@pytest.mark.parametrize(
    "start",
    [
        "pid = subprocess.Popen(['sleep', '300']).pid",
        "pid = daemon()",
    ],
    ids=["in the background", "a daemon without a parent"],
)
@pytest.mark.parametrize("end", ["return x", "os._exit(0)", "while True: pass"], ids=["returns", "exits", "never ends"])
def test_processes_that_the_code_started_are_gone_afterwards(limits_runner, tmp_path, start, end):
    code = f"""
    import os, subprocess, time
    def daemon():
        r, w = os.pipe()
        if os.fork() == 0:
            pid = os.fork()
            if pid == 0:
                time.sleep(300)
            os.write(w, b"%d" % pid)
            os._exit(0)
        os.wait()
        return int(os.read(r, 20))
    def f(x):
        {start}
        with open({str(tmp_path / "pid")!r}, "w") as file:
            file.write(str(pid))
        {end}
    """
    limits_runner.run(job(code, seconds=1.0))
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_process_that_escapes_and_prints_without_end_does_not_hold_the_grader(own_limits_runner, tmp_path):
    code = f"""
    import subprocess
    def f(x):
        pid = subprocess.Popen(["yes"], start_new_session=True).pid
        with open({str(tmp_path / "pid")!r}, "w") as file:
            file.write(str(pid))
        return x
    """
    done = []
    thread = threading.Thread(target=lambda: done.append(own_limits_runner.run(job(code))), daemon=True)
    thread.start()
    thread.join(timeout=15)
    assert not thread.is_alive()
    assert not sys.platform.startswith("linux") or gone(int((tmp_path / "pid").read_text()))
    assert value(done[0]) == [1.0, 2.0, 3.0]


def test_a_process_that_escapes_and_holds_the_output_open_does_not_hold_the_grader(own_limits_runner, tmp_path):
    code = f"""
    import subprocess
    def f(x):
        pid = subprocess.Popen(["sleep", "300"], start_new_session=True).pid
        with open({str(tmp_path / "pid")!r}, "w") as file:
            file.write(str(pid))
        return x
    """
    assert value(own_limits_runner.run(job(code))) == [1.0, 2.0, 3.0]
    assert not sys.platform.startswith("linux") or gone(int((tmp_path / "pid").read_text()))


def test_the_working_copy_is_fresh_for_each_job_and_gone_afterwards(limits_runner, tmp_path):
    log = tmp_path / "log"
    code = f"""
    import os
    def f(x):
        with open({str(log)!r}, "a") as file:
            print(os.getcwd(), *sorted(os.listdir()), file=file)
        open("left", "w").close()
        os.makedirs("deep/er")
        os.chmod("deep", 0)
        return x
    """
    for _ in range(2):
        assert value(limits_runner.run(job(code, files={"data.csv": b"1"}))) == [1.0, 2.0, 3.0]
    (first, *listed), (second, *listed_again) = (line.split() for line in log.read_text().splitlines())
    assert first != second
    assert listed == listed_again == ["answer.py", "data.csv"]
    assert not Path(first).exists()
    assert not Path(second).exists()


def test_the_file_system_of_an_isolated_job_has_nothing_of_the_one_before(fork_runner):
    code = """
    import os
    def f(x):
        print(os.getcwd(), *sorted(os.listdir()), *sorted(os.listdir('/scratch')))
        open("left", "w").close()
        open("/scratch/left", "w").close()
        os.makedirs("deep/er")
        os.chmod("deep", 0)
        return x
    """
    said = [fork_runner.run(job(code, files={"data.csv": b"1"})).output for _ in range(2)]
    assert said == ["/scratch/0 answer.py data.csv 0\n"] * 2


def test_the_working_copy_of_a_crashed_job_is_gone_too(limits_runner, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []

    def look() -> None:
        seen.extend(eventually(lambda: [path.name for path in tmp_path.iterdir()]))

    with meanwhile(look):
        limits_runner.run(job("import os, time\ntime.sleep(0.5)\nos._exit(1)"))
    assert (len(seen), list(tmp_path.iterdir())) == (1, [])


def test_no_working_copy_of_an_isolated_job_lies_outside(fork_runner, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = tmp_path.stat().st_mtime_ns
    assert value(fork_runner.run(job("open('left', 'w').close()\n" + FINE))) == [2.0, 4.0, 6.0]
    assert (list(tmp_path.iterdir()), tmp_path.stat().st_mtime_ns) == ([], before)


def test_a_job_that_is_done_leaves_no_descriptor_open(any_runner):
    any_runner.run(job(FINE))
    before = psutil.Process().num_fds()
    for code in (FINE, "import os\nos._exit(1)", "def f(x):\n    raise ValueError"):
        any_runner.run(job(code))
    assert psutil.Process().num_fds() == before


def test_what_one_job_does_to_its_process_does_not_reach_the_next(any_runner):
    any_runner.run(job("import torch\ntorch.sigmoid = torch.tanh\ntorch.set_default_dtype(torch.float64)\n" + FINE))
    code = "import torch\ndef f(x):\n    return [torch.sigmoid(torch.zeros(1)).item(), torch.zeros(1).itemsize]"
    assert value(any_runner.run(job(code))) == [0.5, 4.0]


# What student code can see.


@pytest.mark.parametrize("isolation", ["full", "limits"])
def test_the_environment_of_the_caller_is_not_visible(runner_with, isolation, monkeypatch):
    runner_with(isolation)
    monkeypatch.setenv("AUTOGRADER_SECRET", "canary-0123456789abcdef")
    with ForkRunner(isolation) as runner:
        code = "import os\ndef f(x):\n    print(dict(os.environ))\n    os.system('env')\n    return x"
        outcomes = runner.run(job(code))
    assert "OMP_NUM_THREADS" in outcomes.output
    assert "canary" not in outcomes.output
    assert "AUTOGRADER" not in outcomes.output


def test_no_module_of_the_grader_but_the_child_side_is_loaded(any_runner):
    code = (
        "import sys\ndef f(x):\n    print(*sorted(m for m in sys.modules if m.startswith('autograder')))\n    return x"
    )
    child_side = ("calls", "execute", "guard", "jail", "kernel", "state", "syscalls", "wire", "zygote")
    loaded = set(any_runner.run(job(code)).output.split())
    allowed = {"autograder", "autograder.sandbox", *(f"autograder.sandbox.{name}" for name in child_side)}
    assert {"autograder.sandbox.execute", "autograder.sandbox.wire"} <= loaded <= allowed


def test_only_the_answers_and_the_standard_streams_are_open(any_runner):
    code = """
    import os
    def f(x):
        for number in range(4096):
            try:
                os.fstat(number)
            except OSError:
                continue
            print(number)
        return x
    """
    assert any_runner.run(job(code)).output.split() == ["0", "1", "2", "3"]


def test_input_fails_cleanly(any_runner):
    found = fault(any_runner.run(job("def f(x):\n    return float(input('a number: '))")))
    assert (found.kind, found.type) == ("raised", "EOFError")


def test_files_of_the_submission_do_not_shadow_libraries(any_runner):
    shadows = ("torch", "numpy", "conftest", "sitecustomize", "json", "msgspec", "autograder", "safetensors")
    files = {f"{name}.py": b"raise SystemExit('shadowed')" for name in shadows}
    files |= {"torch/__init__.py": b"raise SystemExit('shadowed')"}
    # `colorsys` is one that the warm process has not loaded yet.
    files |= {"colorsys.py": b"raise SystemExit('shadowed')"}
    code = "import torch, numpy, json, msgspec, autograder, safetensors, colorsys\ndef f(x):\n    return torch.sigmoid(x * 0)"
    assert value(any_runner.run(job(code, files=files))) == [0.5, 0.5, 0.5]


def test_helper_modules_and_packages_of_the_submission_can_be_imported(any_runner):
    files = {"helper.py": b"ONE = 1", "pack/__init__.py": b"", "pack/deep.py": b"TWO = 2"}
    code = "import helper\nfrom pack import deep\ndef f(x):\n    return [helper.ONE, deep.TWO]"
    assert value(any_runner.run(job(code, files=files))) == [1, 2]


# Forged answers.


@pytest.mark.parametrize(("text", "body"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_answer_written_by_the_student_is_a_crash(any_runner, text, body):
    code = f"{FORGE}\ndef f(x):\n    send({text}, {body})\n    return x"
    kind, detail = stopped(any_runner.run(job(code, seconds=2.0)))
    assert kind == "crashed"
    assert detail.startswith("its answer could not be read: ")


def test_an_answer_that_announces_more_than_its_bound_is_a_crash(any_runner):
    code = f"{FORGE}\ndef f(x):\n    send_bytes(struct.pack('>QQ', 10, 1 << 40))\n    return x"
    assert stopped(any_runner.run(job(code)))[0] == "crashed"


def test_an_answer_that_is_never_completed_is_a_timeout(any_runner):
    code = f"{FORGE}\nimport time\ndef f(x):\n    send_bytes(bytes(9))\n    time.sleep(60)"
    assert stopped(any_runner.run(job(code, seconds=0.5))) == ("timeout", "")


def test_runs_before_a_malformed_answer_are_kept(any_runner):
    code = f"{FORGE}\ndef f(x):\n    if x[0] > 1:\n        send(b'full marks', b'')\n    return x"
    outcomes = any_runner.run(job(code, runs=3))
    assert value(outcomes) == [1.0, 2.0, 3.0]
    assert [stopped(outcomes, run=k)[0] for k in (1, 2)] == ["crashed", "crashed"]


def test_the_next_job_after_a_forged_answer_is_fine(any_runner):
    any_runner.run(job(f"{FORGE}\ndef f(x):\n    send(b'full marks', b'')\n    return x"))
    assert value(any_runner.run(job(FINE))) == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("byte", [0, 2, 77, 255])
def test_a_statement_that_there_is_not_is_none_however_the_student_s_process_says_so(byte):
    ours, theirs = socket.socketpair()
    with ours, theirs, mmap.mmap(-1, PROGRESS) as progress:
        progress[0] = byte
        talk = Talk(ours, theirs.fileno(), progress)
        assert talk.statement(Turn(job(FINE), 0)) is None
        progress[0] = 1
        assert talk.statement(Turn(job(FINE), 0)) == 0


def test_a_fault_of_the_grader_in_one_job_does_not_reach_the_next(own_runner):
    with pytest.raises(Exception, match="c16"):
        own_runner.run(job(FINE, runs=[Run({"x": np.array([1j])})]))
    assert own_runner.run(job("import os\nos._exit(7)", seconds=2.0)).ending == Ending(
        "crashed", "ended with exit code 7"
    )
    assert value(own_runner.run(job(FINE, seconds=2.0))) == [2.0, 4.0, 6.0]


# The warm process itself.


def test_a_warm_process_that_is_killed_between_jobs_is_replaced(own_runner):
    own_runner.run(job(FINE))
    warm_process(own_runner).kill()
    assert value(own_runner.run(job(FINE))) == [2.0, 4.0, 6.0]
    assert own_runner.restarts == 1


def test_a_warm_process_in_its_jail_that_is_killed_between_jobs_is_replaced(own_runner):
    own_runner.run(job(FINE))
    (inside,) = warm_process(own_runner).children()
    inside.kill()
    assert value(own_runner.run(job(FINE))) == [2.0, 4.0, 6.0]
    assert own_runner.restarts == 1


def test_a_warm_process_that_is_killed_in_the_middle_of_a_job_is_replaced_and_the_job_done(own_runner):
    code = "import time\ndef f(x):\n    if x[0] == 2:\n        time.sleep(1.5)\n    return 2 * x"

    def kill() -> None:
        eventually(lambda: student_processes(own_runner))
        time.sleep(0.2)
        warm_process(own_runner).kill()

    with meanwhile(kill):
        outcomes = own_runner.run(job(code, runs=3))
    assert [value(outcomes, run=k) for k in range(3)] == [[2.0, 4.0, 6.0], [4.0, 8.0, 12.0], [6.0, 12.0, 18.0]]
    assert own_runner.restarts == 1


def test_a_job_whose_warm_process_is_killed_each_time_is_a_worker_error(own_runner):
    pids = []

    def kill() -> None:
        for _ in range(2):
            pids.append(
                eventually(lambda: [one for one in student_processes(own_runner) if one.pid not in pids])[0].pid
            )
            warm_process(own_runner).kill()

    with meanwhile(kill), pytest.raises(WorkerError) as caught:
        own_runner.run(job("import time\ndef f(x):\n    time.sleep(60)", seconds=20))
    expected = "the grading process died twice on the exercise 'answer': killed by SIGKILL"
    assert caught.value.problem.startswith(expected)  # what libraries said at its start may follow
    assert all(gone(pid) for pid in pids)
    assert value(own_runner.run(job(FINE))) == [2.0, 4.0, 6.0]


def test_a_job_that_kills_the_warm_process_once_is_done_all_the_same(own_limits_runner, tmp_path):
    code = f"""
    import os, time
    def f(x):
        if x[0] > 1 and not os.path.exists({str(tmp_path / "once")!r}):
            open({str(tmp_path / "once")!r}, "w").close()
            os.kill(os.getppid(), 9)
            time.sleep(60)
        return 2 * x
    """
    outcomes = own_limits_runner.run(job(code, runs=3))
    assert [value(outcomes, run=k) for k in range(3)] == [[2.0, 4.0, 6.0], [4.0, 8.0, 12.0], [6.0, 12.0, 18.0]]
    assert own_limits_runner.restarts == 1


def test_a_job_that_kills_the_warm_process_each_time_is_a_worker_error(own_limits_runner):
    code = "import os, time\ndef f(x):\n    os.kill(os.getppid(), 9)\n    time.sleep(60)"
    with pytest.raises(WorkerError) as caught:
        own_limits_runner.run(job(code))
    assert caught.value.problem == "the grading process died twice on the exercise 'answer': killed by SIGKILL"
    assert value(own_limits_runner.run(job(FINE))) == [2.0, 4.0, 6.0]


def test_a_warm_process_that_dies_while_its_child_is_ended_does_not_count_for_the_next_exercise(
    own_limits_runner, tmp_path, monkeypatch
):
    end = forking._Child.end

    def dies(child, patience):
        if child.guard == "block":
            warm_process(own_limits_runner).kill()
        return end(child, patience)

    monkeypatch.setattr(forking._Child, "end", dies)
    once = f"""
    import os, time
    def f(x):
        if not os.path.exists({str(tmp_path / "once")!r}):
            open({str(tmp_path / "once")!r}, "w").close()
            os.kill(os.getppid(), 9)
            time.sleep(60)
        return 2 * x
    """
    jobs = submission(job(FINE, exercise="one"), job(once, exercise="two", guard="off"))
    assert [value(one) for one in own_limits_runner.run_all(jobs)] == [[2.0, 4.0, 6.0]] * 2
    assert own_limits_runner.restarts == 2


def test_a_process_that_fails_before_student_code_runs_is_a_fault_of_the_grader():
    code = """
from autograder.sandbox import zygote
def fail(*_):
    raise OSError("no room")
zygote.StudentProcess.__init__ = fail
zygote.main()
"""
    with ForkRunner("limits") as runner:
        runner.close()
        runner.command = (sys.executable, "-P", "-B", "-c", code)
        with pytest.raises(WorkerError, match="a student process could not be set up"):
            runner.run(job(FINE))
        del runner.command
        runner.close()
        assert value(runner.run(job(FINE))) == [2.0, 4.0, 6.0]


def test_student_code_cannot_pretend_that_it_has_not_begun(any_runner):
    outcomes = any_runner.run(job("import os\ndef f(x):\n    os._exit(97)"))
    assert outcomes.runs[0].outcome.faults["y"].kind == "crashed"


@pytest.mark.parametrize("isolation", ["full", "limits"])
def test_a_closed_runner_leaves_no_process_behind(runner_with, isolation):
    runner_with(isolation)
    with ForkRunner(isolation) as runner:
        runner.run(job(FINE))
        runner.run(job(FINE, guard="off"))
        outside = [warm_process(runner, "block"), warm_process(runner, "off")]
        processes = [*outside, *(child for one in outside for child in one.children(recursive=True))]
    assert len(processes) == (4 if isolation == "full" else 2)
    assert all(gone(process.pid) for process in processes)


def test_a_child_dies_with_its_warm_process(own_limits_runner, tmp_path):
    code = f"""
    import os, time
    def f(x):
        with open({str(tmp_path / "pids")!r}, "a") as file:
            print(os.getpid(), file=file)
        os.kill(os.getppid(), 9)
        time.sleep(300)
    """
    with contextlib.suppress(WorkerError):
        own_limits_runner.run(job(code))
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


def test_a_runner_can_be_used_without_opening_it_first(needs_isolation):
    runner = ForkRunner()
    try:
        assert value(runner.run(job(FINE))) == [2.0, 4.0, 6.0]
    finally:
        runner.close()


@pytest.mark.parametrize("isolation", ["full", "limits"])
def test_a_runner_that_cannot_start_says_what_to_try(isolation):
    runner = ForkRunner(isolation)
    runner.command = ("/bin/false",)
    with pytest.raises(WorkerError) as caught:
        runner.run(job(FINE))
    assert str(caught.value) == (
        "the grading process did not start: ended with exit code 1\n"
        f"  Try `{sys.executable} -c 'import torch, autograder'`: it must print nothing."
    )
