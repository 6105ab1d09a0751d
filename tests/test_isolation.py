"""What student code sees and can do with full isolation, and what a machine that cannot give it is told.

Every expression in the tables is evaluated by student code in its jail.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest
from courses import SECRET, Course, make_course
from jobs import FINE, eventually, fault, gone, job, stopped, student_processes, submission, value, warm_process

import autograder
from autograder import cli
from autograder.cases import Secret
from autograder.course import load_assignment
from autograder.errors import IsolationError
from autograder.grade import grade
from autograder.sandbox.forking import ForkRunner, shared_libraries
from autograder.sandbox.jail import visible_paths
from autograder.sandbox.runner import Run
from autograder.sandbox.syscalls import ALLOWED, REFUSED
from autograder.store import Store

IMPORTS = (
    "import ctypes, errno, math, mmap, os, platform, resource, select, shutil, signal, socket, subprocess, sys, tempfile\n"
    "import threading, time\nfrom pathlib import Path\n"
)

# Statements that raise, and how the exception begins.
REFUSED_WITH = {
    "a socket of the internet": ("socket.socket()", "PermissionError: [Errno 1] Operation not permitted"),
    "a socket of this machine": ("socket.socket(socket.AF_UNIX)", "PermissionError: [Errno 1]"),
    "a pair of sockets": ("socket.socketpair()", "PermissionError: [Errno 1]"),
    "a socket of the kernel": ("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "PermissionError: [Errno 1]"),
    "a socket call on the socket that it has": (
        "socket.socket(fileno=os.dup(3), family=socket.AF_UNIX, type=socket.SOCK_STREAM).send(b'x')",
        "PermissionError: [Errno 1]",
    ),
    "a name on the network": ("socket.getaddrinfo('example.org', 80)", "gaierror: "),
    "a fork": ("os.fork()", "PermissionError: [Errno 1]"),
    "a fork with a terminal": ("os.forkpty()", "FileNotFoundError: [Errno 2]"),
    "another program": ("subprocess.run(['true'])", "PermissionError: [Errno 1]"),
    "another program in a shell": ("subprocess.run('true', shell=True)", "PermissionError: [Errno 1]"),
    "another program in its place": ("os.execv(sys.executable, ['python'])", "PermissionError: [Errno 1]"),
    "another program, spawned": ("os.posix_spawn('/bin/true', ['true'], {})", "PermissionError: [Errno 1]"),
    "a program that it has written": (
        "Path('run').write_text('#!/bin/sh'); os.chmod('run', 0o755); os.execv('./run', ['run'])",
        "PermissionError: [Errno 1]",
    ),
    "a session of its own": ("os.setsid()", "PermissionError: [Errno 1]"),
    "another user": ("os.setuid(0)", "PermissionError: [Errno 1]"),
    "another group": ("os.setgid(0)", "PermissionError: [Errno 1]"),
    "more groups": ("os.setgroups([0])", "PermissionError: [Errno 1]"),
    "another root": ("os.chroot('.')", "PermissionError: [Errno 1]"),
    "a device": ("os.mknod('sda', 0o60600, os.makedev(8, 0))", "PermissionError: [Errno 1]"),
    "a named pipe": ("os.mkfifo('pipe')", "PermissionError: [Errno 1]"),
    "a file that is nobody's": ("os.chown('answer.py', 0, 0)", "PermissionError: [Errno 1]"),
    "memory with a name": ("os.memfd_create('x')", "PermissionError: [Errno 1]"),
    "another name of the host": ("socket.sethostname('mine')", "PermissionError: [Errno 1]"),
    "another time": ("time.clock_settime(time.CLOCK_REALTIME, 0)", "PermissionError: [Errno 1]"),
    "a higher priority": ("os.nice(-5)", "PermissionError: [Errno 1]"),
    "another scheduler": ("os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))", "PermissionError: [Errno 1]"),
    "more memory": (
        "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "ValueError: not allowed to raise maximum limit",
    ),
    "more threads": ("resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))", "ValueError: not allowed"),
    "more processor time": ("resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))", "ValueError: not allowed"),
    "larger files": ("resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))", "ValueError: not allowed"),
    "more open files": ("resource.setrlimit(resource.RLIMIT_NOFILE, (999, 999))", "ValueError: not allowed"),
    "a file in the root": ("open('/mine', 'w')", "OSError: [Errno 30] Read-only file system"),
    "a folder in the root": ("os.mkdir('/mine')", "OSError: [Errno 30]"),
    "a file beside Python's": ("open(os.__file__ + 'x', 'w')", "OSError: [Errno 30]"),
    "a change to Python's files": ("open(os.__file__, 'a')", ("OSError: [Errno 30]", "PermissionError: [Errno 13]")),
    "a change to the grader's files": (
        "open(sys.modules['autograder'].__file__, 'a')",
        ("OSError: [Errno 30]", "PermissionError: [Errno 13]"),
    ),
    "a compiled file beside Python's": ("os.utime(os.__file__)", "OSError: [Errno 30]"),
    "a file less": ("os.remove(os.__file__)", "OSError: [Errno 30]"),
    "a device more": ("open('/dev/mine', 'w')", "OSError: [Errno 30]"),
    "itself to look at": ("os.listdir('/proc/self')", "FileNotFoundError: [Errno 2]"),
    "processes to look at": ("os.listdir('/proc/1')", "FileNotFoundError: [Errno 2]"),
    "the kernel to look at": ("os.listdir('/sys/kernel')", "FileNotFoundError: [Errno 2]"),
    "what it is told of the processor to change": (
        "open('/proc/cpuinfo', 'a')",
        ("PermissionError", "OSError: [Errno 30]"),
    ),
    "the users": ("open('/etc/passwd')", "FileNotFoundError: [Errno 2]"),
    "the files of root": ("os.listdir('/root/.ssh')", "FileNotFoundError: [Errno 2]"),
    "shared memory": ("os.listdir('/dev/shm')", "FileNotFoundError: [Errno 2]"),
    "a terminal": ("open('/dev/tty')", "FileNotFoundError: [Errno 2]"),
    "a process outside": ("os.kill(2, 9)", "ProcessLookupError: [Errno 3]"),
}

# Calls of the C library that are refused, by their names and arguments; -1 with this errno.
CALLS = {
    "unshare": ("0x10000000", "EPERM"),
    "setns": ("0, 0", "EPERM"),
    "mount": ("b'none', b'/scratch', b'tmpfs', 0, None", "EPERM"),
    "umount2": ("b'/scratch', 2", "EPERM"),
    "ptrace": ("0, 0, 0, 0", "EPERM"),
    "personality": ("0xffffffff", "EPERM"),
    "shmget": ("0, 4096, 0o1600", "EPERM"),
    "msgget": ("0, 0o1600", "EPERM"),
    "semget": ("0, 1, 0o1600", "EPERM"),
    "inotify_init": ("", "EPERM"),
    "prctl": ("4, 1, 0, 0, 0", "ENOSYS"),
    "quotactl": ("0, b'/', 0, None", "EPERM"),
    "swapoff": ("b'/'", "EPERM"),
    "sched_setaffinity": ("0, 8, b'\\xff' * 8", "ENOSYS"),
    "process_vm_readv": ("1, None, 0, None, 0, 0", "EPERM"),
}

# What student code finds.
SEEN = {
    "it is process 1, and nobody's child": ("os.getpid(), os.getppid()", "(1, 0)"),
    "its user and group say nothing": ("os.getresuid()[0] == os.getresuid()[2] not in (0, 1000)", "True"),
    "it has no further group": ("set(os.getgroups()) <= {65534}", "True"),
    "the host has another name": ("socket.gethostname(), os.uname().nodename", "('sandbox', 'sandbox')"),
    "its folder is in the scratch": (
        "os.getcwd(), os.listdir('/scratch'), sorted(os.listdir())",
        "('/scratch/0', ['0'], ['answer.py'])",
    ),
    "temporary files go to the scratch": ("tempfile.gettempdir().startswith('/scratch')", "True"),
    "its home is in the scratch": ("os.path.expanduser('~').startswith('/scratch')", "True"),
    "/tmp is the scratch, or shows only what Python needs": (
        "os.readlink('/tmp') if os.path.islink('/tmp') else os.access('/tmp', os.W_OK)",
        "'/scratch'|False",
    ),
    "of the system it sees only which processor it runs on": (
        "[file for top in ('/proc', '/sys') for _, _, files in os.walk(top) for file in files]",
        r"\['cpuinfo'(, '(kernel_max|online|possible|present)')*\]",
    ),
    "there are five devices": (
        "sorted(os.listdir('/dev'))",
        re.escape("['full', 'null', 'random', 'urandom', 'zero']"),
    ),
    "the devices work": ("open('/dev/urandom', 'rb').read(3) != open('/dev/zero', 'rb').read(3)", "True"),
    "there is no network interface but the loop": ("[name for _, name in Interfaces()]", "PermissionError|\\['lo'\\]"),
    "only the streams and the answers are open": ("[n for n in range(4096) if is_open(n)]", "\\[0, 1, 2, 3\\]"),
    "nothing can be read": ("sys.stdin.read()", "''"),
    "no core is dumped": ("resource.getrlimit(resource.RLIMIT_CORE)", "\\(0, 0\\)"),
    "the rules are those of isolation for two threads": ("threading.active_count()", "1"),
}


def inside(expression: str, more: str = "") -> str:
    """A module that prints the value of an expression, or the exception."""
    return f"""{IMPORTS}
def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True

def Interfaces():
    return socket.if_nameindex()
{more}
try:
    print(repr(({expression})))
except Exception as error:
    print(type(error).__name__)
{FINE}
"""


def say(runner: ForkRunner, expression: str, more: str = "", **limits: int) -> str:
    """What an expression is in student code; the job itself is fine."""
    outcomes = runner.run(job(inside(expression, more), **limits))
    assert value(outcomes) == [2.0, 4.0, 6.0]
    return outcomes.output.strip()


# What it cannot do.


@pytest.mark.parametrize("what", REFUSED_WITH)
def test_student_code_cannot_have(fork_runner: ForkRunner, what: str) -> None:
    statement, words = REFUSED_WITH[what]
    found = fault(fork_runner.run(job(f"{IMPORTS}def f(x):\n    {statement}\n    return x")))
    assert found.kind == "raised"
    assert f"{found.type}: {found.message}".startswith(words)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_reaches_beyond_the_process_is_refused(fork_runner: ForkRunner, name: str) -> None:
    # The guard keeps student code from ctypes where it can; the filter has to hold without it.
    arguments, number = CALLS[name]
    code = f"""
    import ctypes, errno
    libc = ctypes.CDLL(None, use_errno=True)
    def f(x):
        result = libc.{name}({arguments})
        print(result, errno.errorcode.get(ctypes.get_errno()))
        return x
    """
    assert fork_runner.run(job(code, guard="off")).output == f"-1 {number}\n"


def test_a_new_process_is_refused_by_each_of_its_calls_but_a_thread_is_not(fork_runner: ForkRunner) -> None:
    code = """
    import ctypes, errno, threading
    libc = ctypes.CDLL(None, use_errno=True)
    CLONE, VFORK, CLONE3 = 56, 58, 435
    def f(x):
        for call in ((CLONE, 17, 0, 0, 0, 0), (CLONE, 0x10000011, 0, 0, 0, 0), (VFORK,), (CLONE3, 0, 0)):
            print(libc.syscall(*call), errno.errorcode[ctypes.get_errno()])
        thread = threading.Thread(target=print, args=("thread",))
        thread.start()
        thread.join()
        return x
    """
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86-64")
    assert fork_runner.run(job(code, guard="off")).output == "-1 EPERM\n" * 3 + "-1 ENOSYS\nthread\n"


def test_a_system_call_that_nobody_has_heard_of_does_not_exist(fork_runner: ForkRunner) -> None:
    code = """
    import ctypes, errno
    libc = ctypes.CDLL(None, use_errno=True)
    def f(x):
        for number in (466, 1000, 0x40000000 + 39):  # a later one, none, and getpid of the x32 way to call
            print(libc.syscall(number), errno.errorcode[ctypes.get_errno()])
        return x
    """
    outcomes = fork_runner.run(job(code, guard="off"))
    if outcomes.runs and not outcomes.runs[0].outcome.faults:
        assert outcomes.output == "-1 ENOSYS\n" * 3
    else:  # libseccomp ends a process that calls in another architecture's way
        assert stopped(outcomes)[0] == "crashed"
        assert outcomes.output.startswith("-1 ENOSYS\n" * 2)


def test_no_system_call_is_both_allowed_and_refused() -> None:
    assert set(ALLOWED) & set(REFUSED) == set()
    assert {"clone", "clone3", "prctl", "seccomp", "io_uring_setup"} & set(ALLOWED) == set()
    assert {"socket", "fork", "vfork", "execve", "ptrace", "mount", "bpf", "memfd_create", "shmget"} <= set(REFUSED)


# What it sees.


@pytest.mark.parametrize("what", SEEN)
def test_student_code_finds_that(fork_runner: ForkRunner, what: str) -> None:
    expression, expected = SEEN[what]
    said = say(fork_runner, expression)
    assert said == expected or re.fullmatch(expected, said), said


def test_the_root_has_only_what_python_needs(fork_runner: ForkRunner) -> None:
    names = set(json.loads(say(fork_runner, "sorted(os.listdir('/'))").replace("'", '"')))
    shown = {path.split("/")[1] for path in visible_paths(shared_libraries())}
    real = {os.path.realpath(path).split("/")[1] for path in visible_paths(shared_libraries())}
    assert names <= shown | real | {"dev", "proc", "scratch", "sys", "tmp"} | links_on_the_way()
    assert {"dev", "scratch", "tmp"} <= names


def links_on_the_way() -> set[str]:
    """Names in the root by which Python's files are reached, by way of links anywhere."""
    found = set()
    for path in visible_paths(shared_libraries()):
        walked = Path("/")
        for part in Path(path).parts[1:]:
            walked /= part
            if walked.is_symlink():
                found.add(Path(os.path.normpath(walked.parent / str(walked.readlink()))).parts[1])
    return found


def test_no_file_of_the_course_or_of_the_grader_s_own_side_is_shown(fork_runner: ForkRunner) -> None:
    package = Path(autograder.__file__).parent
    paths = [package / "compare.py", package / "grade.py", package.parent / "solutions", Path(__file__), Path.cwd()]
    for path in paths:
        assert path.exists()
        if str(path) not in ("/", "/tmp"):
            shown = say(fork_runner, f"os.path.isfile({str(path)!r}) or os.path.exists({str(path / 'solutions')!r})")
            assert (path, shown) == (path, "False")
    assert say(fork_runner, f"os.path.exists({str(package / 'sandbox')!r})") == "True"


def test_visible_paths_leave_out_what_is_on_the_import_path_for_other_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_course(tmp_path / "course")
    monkeypatch.syspath_prepend(course.root)
    monkeypatch.syspath_prepend(course.root / "solutions")
    monkeypatch.setattr(sys, "path", [*sys.path, "", ".", str(Path(autograder.__file__).parents[1])])
    visible = visible_paths([])
    package = Path(autograder.__file__).parent
    inside = [str(Path(prefix).resolve()) for prefix in (sys.prefix, sys.base_prefix)]
    for path in visible:
        resolved = str(Path(path).resolve())
        assert (
            resolved.startswith(tuple(inside))
            or path in (str(package / "__init__.py"), str(package / "sandbox"))
            or path == "/etc/ld.so.cache"
        ), path
    assert not [path for path in visible if str(course.root).startswith(path) or path.startswith(str(course.root))]


def test_a_course_beside_its_environment_is_not_shown(fork_runner: ForkRunner, open_folder: Path) -> None:
    (open_folder / "secret").write_text("canary")
    probe = f"os.path.exists({str(open_folder)!r}), os.path.exists({str(open_folder / 'secret')!r})"
    assert say(fork_runner, probe) == "(False, False)"


def test_the_environment_is_bare(fork_runner: ForkRunner) -> None:
    allowed = {
        *("PATH", "HOME", "TMPDIR", "LANG", "MPLBACKEND", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        *("PYTHONMALLOC", "GLIBC_TUNABLES", "PYTHONUTF8", "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUNBUFFERED"),
        *(
            "LC_CTYPE",
            "KMP_INIT_AT_FORK",
            "KMP_DUPLICATE_LIB_OK",
            "TORCHINDUCTOR_CACHE_DIR",
        ),  # of libraries' own making
    }
    names = set(re.findall(r"'(\w+)'", say(fork_runner, "sorted(os.environ)")))
    assert {"PATH", "HOME", "TMPDIR", "OMP_NUM_THREADS"} <= names <= allowed


def status_of_a_child(runner: ForkRunner) -> dict[str, str]:
    """What the system says of a running student process, seen from outside."""
    seen: dict[str, str] = {}

    def look() -> None:
        child = eventually(lambda: [one for one in student_processes(runner) if one.cpu_times() and is_confined(one)])[
            0
        ]
        seen.update(line.split(":\t", 1) for line in Path(f"/proc/{child.pid}/status").read_text().splitlines())

    thread = threading.Thread(target=look)
    thread.start()
    runner.run(job("import time\ndef f(x):\n    time.sleep(1.5)\n    return x"))
    thread.join()
    return seen


def is_confined(process: psutil.Process) -> bool:
    return "Seccomp:\t2" in Path(f"/proc/{process.pid}/status").read_text()


def test_a_student_process_has_no_right_whatsoever(fork_runner: ForkRunner) -> None:
    status = status_of_a_child(fork_runner)
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert (name, int(status[name], 16)) == (name, 0)
    assert (status["NoNewPrivs"], status["Seccomp"], status["Seccomp_filters"]) == ("1", "2", "1")
    assert "0" not in status["Uid"].split()
    assert "0" not in status["Gid"].split()


def test_every_namespace_is_another_one_than_the_grader_s(fork_runner: ForkRunner) -> None:
    seen: dict[str, bool] = {}

    def look() -> None:
        child = eventually(lambda: [one for one in student_processes(fork_runner) if is_confined(one)])[0]
        for name in ("ipc", "mnt", "net", "pid", "user", "uts"):
            if os.geteuid() == 0:  # others may not look
                seen[name] = Path(f"/proc/{child.pid}/ns/{name}").readlink() != Path(f"/proc/self/ns/{name}").readlink()

    thread = threading.Thread(target=look)
    thread.start()
    fork_runner.run(job("import time\ndef f(x):\n    time.sleep(1.5)\n    return x"))
    thread.join()
    if os.geteuid() != 0:
        pytest.skip("only root may see the namespaces of others")
    assert seen == dict.fromkeys(("ipc", "mnt", "net", "pid", "user", "uts"), True)


def test_no_module_remembers_the_name_of_the_host(fork_runner: ForkRunner) -> None:
    assert say(fork_runner, "platform.node()") == "'sandbox'"


def test_pytorch_uses_the_processor_as_it_does_outside(fork_runner: ForkRunner, limits_runner: ForkRunner) -> None:
    code = "import torch\nprint(torch.backends.cpu.get_cpu_capability())\n" + FINE
    assert fork_runner.run(job(code)).output == limits_runner.run(job(code)).output


# How much it can have.


def test_all_its_files_together_are_bounded(fork_runner: ForkRunner) -> None:
    code = """
    import errno, os
    def f(x):
        written = 0
        try:
            for number in range(100):
                with open(f"/scratch/{number}.bin", "wb", buffering=0) as file:
                    written += file.write(bytes(1 << 19))
        except OSError as error:
            print(errno.errorcode[error.errno], written >> 20)
        return x
    """
    assert fork_runner.run(job(code, file_mib=4)).output == "ENOSPC 3\n"


def test_the_number_of_its_files_is_bounded(fork_runner: ForkRunner) -> None:
    code = """
    import errno
    def f(x):
        try:
            for number in range(10000):
                open(str(number), "w").close()
        except OSError as error:
            print(errno.errorcode[error.errno])
        return x
    """
    assert fork_runner.run(job(code)).output == "ENOSPC\n"


@pytest.mark.parametrize("bound", [8, 20])
def test_the_number_of_its_threads_is_bounded(fork_runner: ForkRunner, bound: int) -> None:
    code = """
    import threading
    def f(x):
        stop = threading.Event()
        started = 0
        try:
            for _ in range(200):
                threading.Thread(target=stop.wait).start()
                started += 1
        except RuntimeError as error:
            print(started, error)
        stop.set()
        return x
    """
    output = fork_runner.run(job(code, processes=bound, memory_mib=8192)).output
    assert output == f"{bound - 1} can't start new thread\n"


def test_threads_of_one_submission_do_not_count_for_another(fork_runner: ForkRunner) -> None:
    code = """
    import threading, time
    def f(x):
        for _ in range(6):
            threading.Thread(target=time.sleep, args=(2.0,), daemon=True).start()
        time.sleep(1.0)
        return x
    """
    outcomes = []
    with ForkRunner() as other:
        thread = threading.Thread(target=lambda: outcomes.append(other.run(job(code, processes=8))))
        thread.start()
        outcomes.append(fork_runner.run(job(code, processes=8)))
        thread.join()
    assert [value(one) for one in outcomes] == [[1.0, 2.0, 3.0]] * 2


@pytest.mark.parametrize("mebibytes", [64, 512])
def test_its_memory_is_bounded(fork_runner: ForkRunner, mebibytes: int) -> None:
    code = "def f(x):\n    return float(len(bytearray(int(x[0]) << 20)))"
    sizes = [mebibytes * 3 // 4, mebibytes + 1]
    outcomes = fork_runner.run(
        job(code, runs=[Run({"x": np.array([float(size)])}) for size in sizes], memory_mib=mebibytes)
    )
    assert (value(outcomes), fault(outcomes, run=1).kind) == (float(sizes[0] << 20), "memory")


def test_mapped_memory_and_shared_memory_count_too(fork_runner: ForkRunner) -> None:
    said = say(fork_runner, "len(mmap.mmap(-1, 512 << 20))", memory_mib=256)
    assert said in ("OSError", "MemoryError")


def test_no_more_than_so_many_files_are_open_at_once(fork_runner: ForkRunner) -> None:
    said = say(fork_runner, "[open('/dev/null') for _ in range(200)]")
    assert said == "OSError"


# Several exercises in one process.

HERE = "import json\njson.seen = getattr(json, 'seen', 0) + 1\nprint(json.seen)\n"
"""Counts how often a module has been loaded in this process; nobody looks after `json`."""


def test_the_exercises_of_a_submission_run_in_one_process(any_runner: ForkRunner) -> None:
    jobs = submission(*[job(HERE + FINE, exercise=name) for name in ("one", "two", "three")])
    outcomes = any_runner.run_all(jobs)
    assert [value(one) for one in outcomes] == [[2.0, 4.0, 6.0]] * 3
    assert [one.output for one in outcomes] == ["1\n", "2\n", "3\n"]


def test_two_submissions_never_run_in_one_process(any_runner: ForkRunner) -> None:
    assert [any_runner.run(job(HERE + FINE)).output for _ in range(2)] == ["1\n", "1\n"]


def test_hidden_inputs_come_when_nothing_is_left_to_run_on_public_ones(any_runner: ForkRunner) -> None:
    log = "import json\njson.log = getattr(json, 'log', [])\ndef f(x):\n    json.log.append(NAME + str(int(x[0])))\n    print(*json.log)\n    return x"
    jobs = submission(
        job(log.replace("NAME", "'a'"), exercise="one", runs=4, withheld=2),
        job(log.replace("NAME", "'b'"), exercise="two", runs=3, withheld=1),
        job(log.replace("NAME", "'c'"), exercise="three", runs=2),
        job(log.replace("NAME", "'d'"), exercise="four", runs=2, withheld=2),
    )
    outcomes = any_runner.run_all(jobs)
    last = max((line for one in outcomes for line in one.output.splitlines()), key=len)
    assert last.split()[:6] == ["a1", "a2", "b1", "b2", "c1", "c2"]
    assert sorted(last.split()[6:]) == ["a3", "a4", "b3", "d1", "d2"]
    assert [[value(one, run=k)[0] for k in range(len(one.runs))] for one in outcomes] == [
        [1.0, 2.0, 3.0, 4.0],
        [1.0, 2.0, 3.0],
        [1.0, 2.0],
        [1.0, 2.0],
    ]


@pytest.mark.parametrize(
    ("line", "kind"), [("os._exit(3)", "crashed"), ("while True: pass", "timeout"), ("os.abort()", "crashed")]
)
def test_what_ends_one_exercise_is_not_the_end_of_the_next(any_runner: ForkRunner, line: str, kind: str) -> None:
    bad = f"{HERE}import os\ndef f(x):\n    if x[0] == 2:\n        {line}\n    return x"
    jobs = submission(
        job(HERE + FINE, exercise="one"),
        job(bad, exercise="two", runs=3, seconds=0.5),
        job(HERE + FINE, exercise="three"),
    )
    one, two, three = any_runner.run_all(jobs)
    assert (value(one), value(three)) == ([2.0, 4.0, 6.0], [2.0, 4.0, 6.0])
    assert [value(two, run=k)[0] for k in (0, 2)] == [1.0, 3.0]
    assert stopped(two, run=1)[0] == kind
    assert one.output == "1\n"
    # loaded for two runs in the first process, once without the statement and once for the last run in the next
    assert two.output == "2\n3\n1\n2\n"
    assert three.output == "3\n"


def test_an_exercise_that_cannot_be_loaded_costs_only_itself(any_runner: ForkRunner) -> None:
    jobs = submission(
        job("import os\nos._exit(4)", exercise="one", runs=2),
        job("syntax error", exercise="two"),
        job(FINE, exercise="three"),
    )
    one, two, three = any_runner.run_all(jobs)
    assert (one.ending.kind, one.ending.detail) == ("crashed", "ended with exit code 4")
    assert fault(two).kind == "import"
    assert value(three) == [2.0, 4.0, 6.0]


def test_what_an_exercise_prints_is_its_own(any_runner: ForkRunner) -> None:
    def loud(name: str) -> str:
        return f"import sys\nsys.stdout.write({name!r} + ' loads ')\ndef f(x):\n    sys.stdout.write({name!r} + ' runs ')\n    return x"

    jobs = submission(*[job(loud(name), exercise=name, runs=2, withheld=1) for name in ("one", "two")])
    assert [one.output for one in any_runner.run_all(jobs)] == ["one loads one runs " * 2, "two loads two runs " * 2]


def test_what_an_exercise_printed_before_it_ended_is_its_own(any_runner: ForkRunner) -> None:
    jobs = submission(
        job("import os\ndef f(x):\n    print('last words')\n    os._exit(1)", exercise="one"),
        job("print('first words')\n" + FINE, exercise="two"),
    )
    one, two = any_runner.run_all(jobs)
    assert (set(one.output.splitlines()), two.output) == ({"last words"}, "first words\n")


def test_files_that_one_exercise_writes_are_not_those_of_the_next(any_runner: ForkRunner) -> None:
    writes = "import os\nopen('left', 'w').close()\nopen('two.py', 'a').write('raise SystemExit')\n" + FINE
    reads = "import os\nprint(sorted(os.listdir()))\n" + FINE
    outcomes = any_runner.run_all(submission(job(writes, exercise="one"), job(reads, exercise="two")))
    assert value(outcomes[1]) == [2.0, 4.0, 6.0]
    assert outcomes[1].output == "['one.py', 'two.py']\n"


def test_exercises_with_other_guards_run_in_other_processes(fork_runner: ForkRunner) -> None:
    grads = "import torch\ndef f(x):\n    x = x.clone().requires_grad_()\n    return torch.autograd.grad((x * x).sum(), x)[0]"
    jobs = submission(
        job(HERE + grads, exercise="one"),
        job(HERE + grads, exercise="two", guard="off"),
        job(HERE + grads, exercise="three"),
    )
    one, two, three = fork_runner.run_all(jobs)
    assert (fault(one).kind, value(two), fault(three).kind) == ("forbidden", [2.0, 4.0, 6.0], "forbidden")
    assert [out.output for out in (one, two, three)] == ["1\n"] * 3


def test_a_submission_of_no_exercise_is_nothing_to_do(fork_runner: ForkRunner) -> None:
    assert fork_runner.run_all([]) == []


# Its end.


def test_nothing_is_left_on_disk_or_of_processes(
    needs_isolation: ForkRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mounts = Path("/proc/self/mountinfo").read_text()
    writes = "open('/scratch/left', 'w').write('x' * 1000)\n"
    with ForkRunner() as runner:
        runner.run(job(writes + FINE))
        runner.run(job(writes + "import os\nos._exit(1)"))
        runner.run(job(writes + "while True: pass", seconds=0.5))
        outside = warm_process(runner)
        processes = [outside, *outside.children(recursive=True)]
        assert len(processes) == 2
    assert all(gone(process.pid) for process in processes)
    assert list(tmp_path.iterdir()) == []
    assert Path("/proc/self/mountinfo").read_text() == mounts


def test_a_student_process_with_many_threads_is_gone_after_ctrl_c(needs_isolation: ForkRunner) -> None:
    code = """
    import threading, time
    def f(x):
        for _ in range(10):
            threading.Thread(target=time.sleep, args=(600,)).start()
        time.sleep(600)
    """
    seen: list[psutil.Process] = []
    with ForkRunner() as runner:

        def stop() -> None:
            seen.extend(eventually(lambda: [one for one in student_processes(runner) if one.num_threads() > 10]))
            seen.append(warm_process(runner))
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        thread = threading.Thread(target=stop)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            runner.run(job(code, seconds=60))
        thread.join()
    assert len(seen) == 2
    assert all(gone(process.pid) for process in seen)


# A machine that cannot.

# What is taken away in the warm process before it starts, and what is said then.
CANNOT = {
    "user namespaces": ("without('unshare', kernel.CLONE_NEWUSER)", "user namespace"),
    "mount namespaces": ("without('unshare', kernel.CLONE_NEWNS)", "mount namespace"),
    "process namespaces": ("without('unshare', kernel.CLONE_NEWPID)", "PID namespace"),
    "network namespaces": ("without('unshare', kernel.CLONE_NEWNET)", "network namespace"),
    "IPC namespaces": ("without('unshare', kernel.CLONE_NEWIPC)", "IPC namespace"),
    "UTS namespaces": ("without('unshare', kernel.CLONE_NEWUTS)", "UTS namespace"),
    "mounts": ("without('mount_tmpfs')", "private file system"),
    "read-only mounts": ("without('restrict')", "private file system"),
    "another root": ("without('pivot_root')", "private file system"),
    "a filter": ("without('install_filter')", "system call filter"),
    "giving up rights": ("without('drop_privileges')", "no privileges"),
    "limits": ("jail.limit = refuse", "limits"),
}

WARM_PROCESS_WITHOUT = """
import sys
from autograder.sandbox import jail, kernel, zygote

def refuse(*_):
    raise PermissionError(1, "refuse: Operation not permitted")

def without(name, flag=None):
    real = getattr(kernel, name)
    def call(*arguments, **options):
        if flag is None or arguments[0] & flag:
            raise PermissionError(1, f"{name}: Operation not permitted")
        return real(*arguments, **options)
    setattr(kernel, name, call)

TAKEN
zygote.main()
"""


def command_without(what: str) -> tuple[str, ...]:
    """What starts a warm process on a machine that does not have something."""
    return (sys.executable, "-P", "-B", "-c", WARM_PROCESS_WITHOUT.replace("TAKEN", CANNOT[what][0]))


@pytest.mark.parametrize("what", CANNOT)
def test_a_protection_that_the_machine_does_not_give_is_named(needs_isolation: ForkRunner, what: str) -> None:
    runner = ForkRunner()
    runner.command = command_without(what)
    with pytest.raises(IsolationError) as caught, runner:
        pass
    assert caught.value.protection == CANNOT[what][1]
    assert "[Errno 1] " in caught.value.error
    assert psutil.Process().children() == [] or runner._zygotes == {}


def test_a_machine_without_libseccomp_is_told_so(needs_isolation: ForkRunner) -> None:
    runner = ForkRunner()
    code = "import sys\nsys.modules['pyseccomp'] = None\nfrom autograder.sandbox import zygote\nzygote.main()"
    runner.command = (sys.executable, "-P", "-B", "-c", code)
    with pytest.raises(IsolationError) as caught:
        runner.run(job(FINE))
    assert caught.value.protection == "system call filter"
    assert "pyseccomp" in caught.value.error


def test_who_is_root_only_in_a_user_namespace_can_isolate_as_well(needs_isolation: ForkRunner) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("there is no command unshare to make such a namespace")
    code = "from autograder.sandbox.forking import ForkRunner\nwith ForkRunner():\n    print('isolated')"
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("isolated\n", "")


NOT_HERE = (
    "student code cannot be isolated here: user namespace: [Errno 1] unshare: Operation not permitted\n"
    "  `autograder doctor` says what is missing and how to get it. To grade all the same, with limits only, "
    "say --isolation=limits: every record and report is then marked 'graded without isolation'."
)


def test_what_is_said_when_student_code_cannot_be_isolated(needs_isolation: ForkRunner) -> None:
    runner = ForkRunner()
    runner.command = command_without("user namespaces")
    with pytest.raises(IsolationError) as caught:
        runner.run(job(FINE))
    assert str(caught.value) == NOT_HERE


@pytest.fixture
def cannot_isolate(monkeypatch: pytest.MonkeyPatch, course: Course) -> Course:
    """A course with two submissions, on a machine without user namespaces."""
    monkeypatch.setattr(ForkRunner, "command", command_without("user namespaces"))
    course.submit("ann")
    course.submit("bob", "curves")
    monkeypatch.chdir(course.root)
    monkeypatch.setenv("AUTOGRADER_SECRET", SECRET)
    return course


def run_here(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The command line in this process, where the machine is made to lack something: its exit code."""
    monkeypatch.setattr(sys, "argv", ["autograder", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def test_grading_that_cannot_isolate_ends_with_2_and_writes_nothing(
    cannot_isolate: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_here(monkeypatch, "grade", "--jobs", "2") == 2
    assert f"Error: {NOT_HERE}\n" in capsys.readouterr().err
    assert cannot_isolate.records() == {}
    written = [path for path in cannot_isolate.results.rglob("*") if path.is_file()]
    assert [path.name for path in written if path.suffix in (".json", ".html")] == []


def test_grading_that_cannot_isolate_leaves_earlier_records_as_they_are(
    needs_isolation: ForkRunner, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.submit("ann")
    assignments = [load_assignment(course.root, "lines")]
    secret, store = Secret(SECRET.encode(), "the test"), Store(course.results)
    grade(assignments, secret, course.root / "submitted", store, jobs=1)
    before = course.records()
    grades = (course.results / "grades.csv").read_bytes()
    monkeypatch.setattr(ForkRunner, "command", command_without("mounts"))
    with pytest.raises(IsolationError):
        grade(assignments, secret, course.root / "submitted", store, jobs=1, force=True)
    assert (course.records(), (course.results / "grades.csv").read_bytes()) == (before, grades)


def test_grading_with_limits_goes_on_and_marks_every_record(
    cannot_isolate: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_here(monkeypatch, "grade", "--jobs", "1", "--isolation=limits") == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "graded without isolation: student code could read the disk and the network." in said
    records = [json.loads(record) for record in cannot_isolate.records().values()]
    assert len(records) == 2
    assert {exercise["isolation"] for record in records for exercise in record["exercises"]} == {"limits"}
    assert {record["score"] for record in records} == {7.0, 5.0}


def test_grading_with_isolation_says_so_in_every_record(needs_isolation: ForkRunner, course: Course) -> None:
    course.submit("ann")
    course.submit("bob", slope=None)
    assert course.run("grade", "lines").code == 0
    for student in ("ann", "bob"):
        assert {exercise["isolation"] for exercise in course.record(student)["exercises"]} == {"full"}


def test_what_was_graded_with_limits_is_graded_again_with_isolation(
    needs_isolation: ForkRunner, course: Course
) -> None:
    course.submit("ann")
    assert "Graded 2 exercises" in course.run("grade", "lines", "--isolation=limits").said
    assert "Graded 2 exercises" in course.run("grade", "lines").said
    assert {exercise["isolation"] for exercise in course.record("ann")["exercises"]} == {"full"}


def test_the_same_points_are_given_with_and_without_isolation(needs_isolation: ForkRunner, course: Course) -> None:
    course.submit("ann")
    course.submit("bob", slope="def backward(X, w):\n    return {'dz': X @ w}\n")
    marks = []
    for isolation in ("full", "limits"):
        assert course.run("grade", "lines", f"--isolation={isolation}").code == 0
        marks.append([course.scores(student) for student in ("ann", "bob")])
    assert marks[0] == marks[1]
