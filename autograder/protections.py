"""Trials of the protections that student code runs behind, one in a process.

Each changes the process that it runs in, for good, and nothing else: ``python -m autograder.protections NAME``.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.sandbox import jail, kernel
from autograder.sandbox.wire import Launch

__all__ = ["TRIALS", "Trial", "main"]

MIB = 1 << 20


@dataclass(frozen=True)
class Trial:
    """A protection and how it is tried: ``run`` gives what was seen, or raises ProtectionError."""

    name: str
    protection: str
    run: Callable[[], str]
    only_speed: bool = False


def main() -> None:
    """Run the trial that the command line names, and print what was seen, or which protection failed and how."""
    trial = next(trial for trial in TRIALS if trial.name == sys.argv[1])
    try:
        found = {"seen": trial.run()}
    except jail.ProtectionError as error:
        found = {"protection": error.protection, "error": error.error}
    sys.stdout.write(json.dumps(found))


def _enter() -> None:
    """The first steps of `jail.enter`: root would show files here, and becomes nobody."""
    if jail.is_root():
        with jail.protection("mount namespace"):
            jail.own_mounts()
    _own_user()


def _own_user() -> None:
    with jail.protection("user namespace"):
        if jail.is_root():
            jail.become_nobody()
        jail.own_user(os.geteuid(), os.getegid())


def _user_namespace() -> str:
    _own_user()
    return "rights that count inside it alone"


def _mount_namespace() -> str:
    _enter()
    with jail.protection("mount namespace"):
        jail.own_mounts()
    return "mounts that nobody else sees"


def _private_files() -> str:
    visible = jail.visible_paths(())
    as_root = jail.is_root()
    if as_root:  # as in `jail.enter`: root shows what others may not reach
        with jail.protection("mount namespace"):
            jail.own_mounts()
        with jail.protection("private file system"):
            jail.show(visible)
    _own_user()
    with jail.protection("mount namespace"):
        jail.own_mounts()
    with jail.protection("private file system"):
        if not as_root:
            jail.show(visible)
        jail.leave_the_rest()
        jail.own_scratch(MIB)
    if Path("/proc/self").exists():
        raise jail.ProtectionError("private file system", "the files of this machine can still be seen")
    try:
        Path("/probe").touch()
    except OSError as error:
        if error.errno == errno.EROFS:
            return "a root of its own, read-only"
    raise jail.ProtectionError("private file system", "it is not read-only")


def _pid_namespace() -> str:
    _enter()
    with jail.protection("PID namespace"):
        kernel.unshare(kernel.CLONE_NEWPID)
        child = os.fork()
        if child == 0:
            os._exit(os.getpid())
        number = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if number != 1:
        raise jail.ProtectionError("PID namespace", f"the first process in it has the number {number}")
    return "no process but its own"


def _ipc_namespace() -> str:
    _own("IPC namespace", "CLONE_NEWIPC")
    return "no shared memory of others"


def _uts_namespace() -> str:
    _own("UTS namespace", "CLONE_NEWUTS")
    with jail.protection("UTS namespace"):
        socket.sethostname("sandbox")
    return "a host name of its own"


def _network_namespace() -> str:
    _own("network namespace", "CLONE_NEWNET")
    others = [name for _, name in socket.if_nameindex() if name != "lo"]
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        reached = probe.connect_ex(("192.0.2.1", 9)) == 0  # an address of no machine; nothing is sent
    if reached:
        raise jail.ProtectionError(
            "network namespace", f"there is a way out, with {', '.join(others) or 'no interface'}"
        )
    return "no way out"


def _own(protection: str, flag: str) -> None:
    _enter()
    with jail.protection(protection):
        kernel.unshare(getattr(kernel, flag))


def _filter() -> str:
    try:
        from autograder.sandbox.syscalls import filter_program

        program = filter_program()
    except (ImportError, OSError, RuntimeError) as error:
        raise jail.ProtectionError("system call filter", error) from None
    with jail.protection("system call filter"):
        kernel.no_new_privileges()
        kernel.install_filter(program)
    _refused("system call filter", "socket() was not refused", socket.socket)
    return "socket() is refused"


def _no_privileges() -> str:
    _enter()
    with jail.protection("no privileges"):
        jail.give_up_rights()
    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    if int(status["CapEff"], 16) or int(status["CapPrm"], 16) or status["NoNewPrivs"] != "1":
        raise jail.ProtectionError("no privileges", f"capabilities {status['CapEff']} are left")
    _refused("no privileges", "a mount was not refused", jail.own_mounts)
    return "no capability, no new privileges"


def _memory() -> str:
    _limit(memory_bytes=_mapped() + 64 * MIB)
    try:
        bytearray(256 * MIB)
    except MemoryError:
        return "256 MiB over it are refused"
    raise jail.ProtectionError("limits", "256 MiB over the limit were given")


def _processor_time() -> str:
    child = os.fork()
    if child == 0:
        _limit(cpu_seconds=1)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            pass
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (-signal.SIGXCPU, -signal.SIGKILL):
        raise jail.ProtectionError(
            "limits", "a loop of 10 s went on past its limit of 1 s" if status == 0 else f"the loop ended with {status}"
        )
    return "a loop is ended after 1 s"


def _file_size() -> str:
    _limit(file_bytes=MIB)
    with tempfile.TemporaryFile(buffering=0) as file:

        def write() -> None:
            while file.tell() < 2 * MIB:
                file.write(bytes(MIB // 2))

        _refused("limits", "2 MiB were written past a limit of 1 MiB", write)
    return "a write past it is refused"


def _threads() -> str:
    _enter()
    with jail.protection("no privileges"):
        jail.give_up_rights()
    with jail.protection("limits"):
        resource.setrlimit(resource.RLIMIT_NPROC, (8, 8))
    done = threading.Event()
    try:
        for _ in range(16):
            threading.Thread(target=done.wait, daemon=True).start()
    except RuntimeError:
        return "more than 8 are refused"
    finally:
        done.set()
    raise jail.ProtectionError("limits", "16 threads started where 8 were allowed")


def _huge_pages() -> str:
    block = bytearray(64 * MIB)
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    size = next((int(line.split()[1]) for line in lines if line.startswith("AnonHugePages:")), 0)
    if size << 10 < len(block) // 2:
        raise jail.ProtectionError("huge pages", "none; a fork of the warm process takes a little longer")
    return "a fork of the warm process is quicker"


def _limit(**changes: int) -> None:
    """The limits of student code, wide but for what is given."""
    wide: dict[str, Any] = {"cpu_seconds": 60, "memory_bytes": 1 << 40, "file_bytes": 64 * MIB, "processes": 64}
    try:
        jail.limit(Launch(**{**wide, **changes}))
    except (OSError, ValueError) as error:  # ValueError: a lower one is set that an ordinary user cannot raise
        raise jail.ProtectionError("limits", error) from None


def _mapped() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _refused(protection: str, otherwise: str, action: Callable[[], Any]) -> None:
    """The system must refuse this, or the protection does not hold."""
    try:
        action()
    except OSError:
        return
    raise jail.ProtectionError(protection, otherwise)


TRIALS = (
    Trial("user namespace", "user namespace", _user_namespace),
    Trial("mount namespace", "mount namespace", _mount_namespace),
    Trial("private file system", "private file system", _private_files),
    Trial("PID namespace", "PID namespace", _pid_namespace),
    Trial("IPC namespace", "IPC namespace", _ipc_namespace),
    Trial("UTS namespace", "UTS namespace", _uts_namespace),
    Trial("network namespace", "network namespace", _network_namespace),
    Trial("system call filter", "system call filter", _filter),
    Trial("no privileges", "no privileges", _no_privileges),
    Trial("limit on memory", "limits", _memory),
    Trial("limit on processor time", "limits", _processor_time),
    Trial("limit on file size", "limits", _file_size),
    Trial("limit on threads", "limits", _threads),
    Trial("huge pages", "huge pages", _huge_pages, only_speed=True),
)

if __name__ == "__main__":
    main()
