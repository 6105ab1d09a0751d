"""What the doctor says of this machine, and of machines made to lack something."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from courses import command, environment, run
from rich.console import Console
from users import as_ordinary_user

import autograder
from autograder.doctor import FULL, WITH_LIMITS, Row, attempt, examine, is_isolated
from autograder.protections import TRIALS
from autograder.report.doctor import ADVICE, Machine, advice_for, show_row, show_verdict
from autograder.sandbox.forking import CONTINUATIONS, ForkRunner
from autograder.sandbox.runner import Limits

SANDBOX = Path(autograder.__file__).parent / "sandbox"
THREAT_MODEL = Path(__file__).parents[1] / "docs" / "threat-model.md"
BY_NAME = {trial.name: trial for trial in TRIALS}

# A process that lacks something, and then becomes the command line.
NO_USER_NAMESPACES = """
from pathlib import Path
from autograder.sandbox import jail, kernel
jail.own_user(os.geteuid(), os.getegid())
Path("/proc/sys/user/max_user_namespaces").write_text("0")
"""
AS_IN_A_CONTAINER = """
import errno, pyseccomp
filter_ = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
filter_.add_rule(pyseccomp.ERRNO(errno.EPERM), "unshare")
filter_.load()
"""
LOW_LIMITS = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
"""
# Modules that are not there, or that do nothing, in the process of a trial.
LACKS = {
    "no package": (
        "system call filter",
        "sys.path[:] = [path for path in sys.path if 'site-packages' not in path]",
        "No module named",
    ),
    "no library": (
        "system call filter",
        "import ctypes.util; ctypes.util.find_library = lambda name: None if name == 'seccomp' else 'libc.so.6'",
        "find libseccomp",
    ),
}
DO_NOT_HOLD = {
    "private file system": "jail.leave_the_rest = lambda: None; jail.own_scratch = lambda _: None",
    "network namespace": "kernel.unshare = lambda flags: None; import socket; socket.socket.connect_ex = lambda *_: 0",
    "PID namespace": "unshare = kernel.unshare\n"
    "kernel.unshare = lambda flags: unshare(flags) if flags != kernel.CLONE_NEWPID else None",
    "system call filter": "kernel.install_filter = lambda _: None",
    "no privileges": "kernel.drop_privileges = lambda: None",
    "limit on memory": "jail.limit = lambda _: None",
    "limit on processor time": "jail.limit = lambda _: None; import time; time.monotonic = iter(range(100)).__next__",
    "limit on file size": "jail.limit = lambda _: None",
    "limit on threads": "import resource; resource.setrlimit = lambda *_: None",
    "huge pages": "kernel.process_control(41, 1)",  # PR_SET_THP_DISABLE
}
LINUX = Machine("Linux", "debian")
OTHERS = {
    Row("platform", "platform", False, "Darwin 23 on arm64: isolation needs Linux", "platform"): Machine("Darwin"),
    Row("platform", "platform", False, "Windows 11 on AMD64: isolation needs Linux", "platform"): Machine("Windows"),
}


def doctor_after(preparation: str) -> tuple[int, str]:
    """Exit code and output of the doctor in a process prepared so."""
    code = f"import os\n{preparation}\nos.execv({command('doctor')[0]!r}, {command('doctor')!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(OPENBLAS_NUM_THREADS="1"),  # a process with threads cannot leave its user namespace
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def trial_after(name: str, preparation: str) -> Row:
    """A trial in a process prepared so."""
    code = (
        f"import sys\nfrom autograder.sandbox import jail, kernel\n{preparation}\n"
        "from autograder.protections import main\nmain()"
    )
    return attempt(BY_NAME[name], [sys.executable, "-P", "-c", code])


def printed(*rows: Row, machine: Machine = LINUX, width: int = 80) -> str:
    text = io.StringIO()
    out = Console(file=text, width=width, highlight=False, no_color=True, force_jupyter=False)
    for number, row in enumerate(rows):
        show_row(row, rows[:number], machine, out)
    show_verdict(rows, out)
    return text.getvalue()


ISOLATES = pytest.mark.usefixtures("needs_isolation")
"""Of tests about a machine that lacks nothing, or just one thing."""


EXAMINES = pytest.mark.xdist_group("doctor")
"""Of tests that look at what the doctor found here: it is asked once, by one worker."""


@pytest.fixture(scope="module")
def here(needs_isolation: ForkRunner) -> list[Row]:
    return list(examine())


@EXAMINES
def test_this_machine_isolates_and_every_trial_holds(here: list[Row]) -> None:
    assert [row for row in here if not row.holds and row.name != "huge pages"] == []
    assert is_isolated(here)


@EXAMINES
def test_there_is_a_row_for_every_protection_and_for_what_student_code_sees(here: list[Row]) -> None:
    names = [row.name for row in here]
    assert names[0] == "platform"
    assert names[1 : 1 + len(TRIALS)] == list(BY_NAME)
    assert names[1 + len(TRIALS) :] == [
        FULL, "files", "home folder", "writing", "network", "processes", "environment"
    ]  # fmt: skip


@ISOLATES
def test_the_command_says_so_and_ends_with_0(tmp_path: Path) -> None:
    done = run("doctor", cwd=tmp_path, afresh=True, AUTOGRADER_SECRET="a secret of the environment")
    assert (done.code, done.err) == (0, "")
    assert "Full isolation works" in done.out
    assert "✗" not in done.out
    assert "\x1b" not in done.out
    assert "nothing of yours" in done.out
    assert list(tmp_path.iterdir()) == []


@ISOLATES
def test_who_is_root_only_in_a_user_namespace_isolates_as_an_ordinary_user(open_folder: Path) -> None:
    # Made by an ordinary user: in one that root has made, its user is root to the kernel, which limits no threads of root.
    as_root = as_ordinary_user([shutil.which("unshare") or "/bin/false", "--user", "--map-root-user"])
    if subprocess.run([*as_root, "true"], capture_output=True).returncode != 0:
        why = "the command unshare makes no user namespace here"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    done = subprocess.run(
        [*as_root, *command("doctor")], cwd=open_folder, env=environment(), capture_output=True, text=True
    )
    assert "✗" not in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_every_protection_that_an_error_can_name_has_advice_and_a_trial() -> None:
    text = "".join((SANDBOX / name).read_text() for name in ("jail.py", "zygote.py"))
    named = set(re.findall(r'(?:protection|ProtectionError)\("([^"]+)"', text))
    assert {"user namespace", "private file system", "limits", "system call filter"} <= named
    advised = {protection for advice in ADVICE for protection in advice.protections}
    assert named <= advised
    assert named - {trial.protection for trial in TRIALS} <= {"namespaces"}  # those in a jail, which the start tries


@ISOLATES
@pytest.mark.parametrize("name", DO_NOT_HOLD)
def test_a_protection_that_does_not_hold_is_seen(name: str) -> None:
    row = trial_after(name, DO_NOT_HOLD[name])
    assert not row.holds
    assert row.detail
    assert "Error:" not in row.detail


@ISOLATES
def test_a_file_system_that_is_not_read_only_is_seen() -> None:
    row = trial_after("private file system", "kernel.restrict = lambda *_, **__: None")
    assert (row.holds, row.detail) == (False, "it is not read-only")


@pytest.mark.parametrize("lack", LACKS)
def test_what_is_missing_for_the_filter_is_said_with_the_command_that_brings_it(lack: str) -> None:
    name, preparation, words = LACKS[lack]
    row = trial_after(name, preparation)
    assert row.holds is False
    assert words in row.detail
    (advice,) = advice_for(row, LINUX)
    assert advice.commands


def test_a_trial_that_dies_is_a_row_that_fails() -> None:
    row = trial_after("PID namespace", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert (row.holds, row.detail) == (False, "the trial killed by SIGKILL")
    row = trial_after("PID namespace", "raise RuntimeError('no such machine')")
    assert row.detail == "the trial ended with exit code 1: RuntimeError: no such machine"


@ISOLATES
def test_without_user_namespaces_the_doctor_names_the_setting_and_ends_with_1() -> None:
    code, out = doctor_after(NO_USER_NAMESPACES)
    assert code == 1
    assert "✗ user namespace          unshare: No space left on device" in out
    assert out.count("sudo sysctl -w user.max_user_namespaces=10000\n") == 1
    assert "✗ mount namespace         needs: user namespace" in out
    assert f"✗ {FULL}        user namespace: unshare: No space left on device" in out
    assert f"✓ {WITH_LIMITS}" in out
    assert "'graded without isolation'" in " ".join(out.split())


@ISOLATES
def test_where_a_container_forbids_it_the_doctor_ends_with_1() -> None:
    code, out = doctor_after("os.environ['container'] = 'podman'\n" + AS_IN_A_CONTAINER)
    assert code == 1
    assert "✗ user namespace          unshare: Operation not permitted" in out
    assert "--security-opt seccomp=unconfined --security-opt apparmor=unconfined" in out
    assert "✓ system call filter" in out


@ISOLATES
def test_limits_that_cannot_be_set_are_said() -> None:
    code, out = doctor_after(LOW_LIMITS)
    assert code == 1
    assert "✗ limit on memory         not allowed to raise maximum limit" in out
    assert out.count("ulimit -aH") == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('no such library')", "no such library"),
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
    ],
)
def test_a_warm_process_that_dies_is_said_with_its_last_words(
    code: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ForkRunner, "command", (sys.executable, "-c", code))
    rows = list(examine())[-2:]
    assert [row.name for row in rows] == [FULL, WITH_LIMITS]
    assert words in rows[0].detail
    assert "import torch" in advice_for(rows[0], LINUX)[0].commands[0][1]


def test_missing_pytorch_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    row = list(examine())[-2]
    assert (row.name, row.holds) == (FULL, False)
    assert "torch" in row.detail
    assert "pip install torch" in printed(row)


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.detail.split()[0])
def test_other_systems_are_sent_to_a_linux_machine(row: Row) -> None:
    text = " ".join(printed(row, machine=OTHERS[row]).split())
    assert "Grade in a Linux machine" in text
    assert "does not work here" in text


def test_on_another_system_nothing_of_linux_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("autograder.doctor.os.name", "nt")
    rows = list(examine())
    assert [(row.name, row.holds) for row in rows] == [("platform", False)]


SAID = {
    "Debian's switch": (
        Machine("Linux", "debian", settings={"kernel.unprivileged_userns_clone": "0"}),
        Row("protection", "user namespace", False, "unshare: Operation not permitted", "user namespace"),
        "kernel.unprivileged_userns_clone=1",
    ),
    "Ubuntu's restriction": (
        Machine("Linux", "debian", settings={"kernel.apparmor_restrict_unprivileged_userns": "1"}),
        Row("protection", "mount namespace", False, "mount: Permission denied", "mount namespace"),
        "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "an old kernel": (
        LINUX,
        Row("inside", FULL, False, "x: mount_setattr: Function not implemented: '/sys'", "private file system"),
        "Linux 5.12",
    ),
    "Debian's package": (
        LINUX,
        Row("protection", "system call filter", False, "Unable to find libseccomp", "system call filter"),
        "sudo apt install libseccomp2",
    ),
    "Fedora's package": (
        Machine("Linux", "fedora"),
        Row("protection", "system call filter", False, "Unable to find libseccomp", "system call filter"),
        "sudo dnf install libseccomp",
    ),
    "a hole": (LINUX, Row("inside", "network", False, "a socket was made", "network"), "docs/threat-model.md"),
}


@pytest.mark.parametrize("case", SAID)
@pytest.mark.parametrize("width", [60, 160])
def test_advice_is_of_the_case_and_fits_the_width(case: str, width: int) -> None:
    machine, row, words = SAID[case]
    text = printed(row, machine=machine, width=width)
    assert words in " ".join(text.split())
    commands = [line for line in text.splitlines() if line.startswith("        ")]
    assert max(len(line) for line in text.splitlines() if line not in commands) <= min(width, 100)


def test_a_command_stays_on_one_line_so_that_it_can_be_copied() -> None:
    row = Row("protection", "user namespace", False, "unshare: Operation not permitted", "user namespace")
    lines = printed(row, machine=Machine("Linux", container=True), width=60).splitlines()
    whole = [command for advice in advice_for(row, Machine("Linux", container=True)) for _, command in advice.commands]
    assert max(map(len, whole)) > 60
    assert [command for command in whole if f"        {command}" not in lines] == []


def test_where_the_distribution_is_not_known_every_command_says_whose_it_is() -> None:
    text = printed(SAID["Debian's package"][1], machine=Machine("Linux"))
    assert "sudo apt install libseccomp2   # Debian, Ubuntu" in text
    assert "sudo dnf install libseccomp   # Fedora, RHEL" in text


def test_the_same_advice_is_given_once() -> None:
    row = Row("protection", "user namespace", False, "unshare: Operation not permitted", "user namespace")
    text = printed(row, Row("inside", FULL, False, row.detail, row.protection))
    assert text.count("unshare --user --map-root-user --mount true") == 1


def test_a_hole_seen_from_inside_is_no_isolation() -> None:
    rows = [Row("inside", FULL, True, "starts"), Row("inside", "network", False, "a socket was made", "network")]
    assert not is_isolated(rows)
    assert "does not all hold" in printed(*rows)


def test_limits_that_work_do_not_make_isolation_and_their_failure_does_not_unmake_it() -> None:
    assert not is_isolated([Row("inside", WITH_LIMITS, True)])
    assert is_isolated([Row("inside", FULL, True), Row("protection", "huge pages", None)])


def test_the_threat_model_speaks_of_what_is_there() -> None:
    """Its files exist, and its bounds are those of the code."""
    text = THREAT_MODEL.read_text()
    named = set(re.findall(r"`((?:tests/)?[\w/]+(?:\.py|/))`", text)) - {"results/", "submitted/", "sandbox/"}
    assert len(named) > 12
    root = THREAT_MODEL.parents[1]
    assert [name for name in named if not (root / name).exists() and not (root / "autograder" / name).exists()] == []
    limits = Limits()
    assert f"`seconds` ({limits.seconds:g}), begun again at most {CONTINUATIONS} times" in text
    assert f"{CONTINUATIONS + 1} × `seconds` in all" in text
    assert f"| memory | {limits.memory_mib >> 10} GiB beyond" in text
    assert f"| files | {limits.file_mib} MiB" in text
    assert f"| threads | {limits.processes};" in text
    assert f"| output kept | {limits.output_kib} KiB" in text
    assert f"| answers | {limits.result_mib} MiB" in text
