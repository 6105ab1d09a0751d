"""What student code can see and do on Linux: namespaces, a file system of its own, no rights, limits, a filter.

Two steps. `enter` takes the warm process, before it imports torch, into namespaces of its own and to a root file system
that shows Python, its packages and the shared libraries, read-only, and nothing else. `confine` then takes each fork of
it further: into namespaces that nobody else is in, with a small private file system, without any capability, within
limits and behind the system call filter.

An ordinary user can do all of it where user namespaces are allowed. For root it is the same, but that root shows the
files first, since others may not reach them, and then becomes nobody for good.
"""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import kernel
from autograder.sandbox.wire import Launch

__all__ = ["SCRATCH", "Jail", "ProtectionError", "confine", "enter", "is_root", "limit", "visible_paths"]

SCRATCH = "/scratch"
NOBODY = 65534
# The new root is put together on top of a directory that every Linux has and of which nothing is shown.
STAGING = "/sys"
DEVICES = ("null", "zero", "full", "random", "urandom")
PROCESSOR = (
    "/proc/cpuinfo",
    *(f"/sys/devices/system/cpu/{name}" for name in ("kernel_max", "online", "possible", "present")),
)
"""What PyTorch and its libraries look up to choose the instructions for this processor. It is copied: what is shown must
not be a way into /proc or /sys."""
PR_SET_DUMPABLE = 4
OPEN_FILES = 128
FIRST_TO_GO = "900"
"""What the kernel's out-of-memory killer adds to the score of student processes, of 1000."""


class ProtectionError(Exception):
    """The machine does not give a protection: its name, and the system's words."""

    def __init__(self, protection: str, error: object) -> None:
        super().__init__(f"{protection}: {error}")
        self.protection = protection
        self.error = str(error)


@dataclass(frozen=True)
class Jail:
    """What the warm process keeps of the outside: how to come back to its own PID namespace, and its size in memory."""

    process_ids: int
    statm: int

    def fork(self) -> int:
        """Fork a child that is process 1 of a new PID namespace: all that it starts dies with it."""
        kernel.unshare(kernel.CLONE_NEWPID)
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid != 0:
                kernel.return_to(self.process_ids, kernel.CLONE_NEWPID)
        return pid

    def mapped_bytes(self) -> int:
        """How much memory the warm process maps."""
        return int(os.pread(self.statm, 100, 0).split()[0]) * resource.getpagesize()


def visible_paths(libraries: Sequence[str]) -> list[str]:
    """What the file system of student code shows: this Python's standard library and packages, and shared libraries.

    Of folders that are on the import path for other reasons, such as an editable installation, it shows only this package's
    sandbox: a course with its solutions may lie there.
    """
    prefixes = {os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    roots = tuple(f"{prefix}/lib" for prefix in prefixes)
    paths = [path for path in sys.path if os.path.isdir(path) and os.path.realpath(path).startswith(roots)]
    package = Path(__file__).parents[1]
    paths += [str(package / "__init__.py"), str(package / "sandbox")]
    paths += [path for path in (*libraries, "/etc/ld.so.cache") if os.path.exists(path)]
    whole = sorted(set(paths))
    return [path for path in whole if not any(path.startswith(f"{other}/") for other in whole)]


def enter(libraries: Sequence[str]) -> Jail:
    """Go into namespaces and a root file system of this process's own. Raises ProtectionError.

    What returns is a child of the caller, process 1 of a new PID namespace. The caller itself stays behind, waits for it
    and ends with it.
    """
    visible = visible_paths(libraries)
    as_root = is_root()
    if as_root:
        with protection("mount namespace"):
            own_mounts()
        with protection("private file system"):
            show(visible)
    with protection("user namespace"):
        if as_root:
            become_nobody()
        own_user(os.geteuid(), os.getegid())
    with protection("mount namespace"):
        own_mounts()
    if not as_root:
        with protection("private file system"):
            show(visible)
    with protection("IPC namespace"):
        kernel.unshare(kernel.CLONE_NEWIPC)
    with protection("UTS namespace"):
        kernel.unshare(kernel.CLONE_NEWUTS)
        socket.sethostname("sandbox")
        platform._uname_cache = None  # type: ignore[attr-defined]  # it may hold the machine's own name
    with protection("network namespace"):
        kernel.unshare(kernel.CLONE_NEWNET)
    with protection("PID namespace"):
        kernel.unshare(kernel.CLONE_NEWPID)
        child = os.fork()
    if child:
        os.close(0)  # the control socket: its end is to tell the grader of the child's
        _, status = os.waitpid(child, 0)
        os._exit(min(255, abs(os.waitstatus_to_exitcode(status))))
    kernel.die_with_parent(signal.SIGKILL)  # whoever ends the one that stayed behind ends this
    Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    jail = Jail(os.open("/proc/self/ns/pid", os.O_RDONLY), os.open("/proc/self/statm", os.O_RDONLY))
    with protection("private file system"):
        leave_the_rest()
    return jail


def own_mounts() -> None:
    """A mount namespace of which nobody else sees anything."""
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.private_mounts()


def own_user(user: int, group: int) -> None:
    """A user namespace in which this process has every capability, and outside of which it has none."""
    kernel.unshare(kernel.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"1000 {user} 1")
    Path("/proc/self/gid_map").write_text(f"1000 {group} 1")


def is_root() -> bool:
    """Whether this process is root and can become nobody.

    Root of a user namespace that an ordinary user has made has no other users in it, and is for our purposes ordinary.
    """
    maps = (Path(f"/proc/self/{name}").read_text().splitlines() for name in ("uid_map", "gid_map"))
    return os.geteuid() == 0 and all(
        any(first <= NOBODY < first + count for first, _, count in (map(int, line.split()) for line in lines))
        for lines in maps
    )


def become_nobody() -> None:
    """Give up being root."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.process_control(PR_SET_DUMPABLE, 1)  # lost with root, and without it `own_user` may not map its user


def show(paths: Sequence[str]) -> None:
    """Put together the new root on `STAGING`: the given paths, read-only, a few devices, and a place for the scratch."""
    processor = {path: Path(path).read_bytes() for path in PROCESSOR if os.access(path, os.R_OK)}
    kernel.mount_tmpfs(STAGING, "size=4m,mode=755", programs=True)
    for name, content in processor.items():
        target = Path(f"{STAGING}{name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content[: 1 << 20])
    for path in paths:
        _mirror(path)
    for device in DEVICES:
        target = Path(STAGING, "dev", device)
        target.parent.mkdir(exist_ok=True)
        target.touch()
        kernel.bind(f"/dev/{device}", str(target))
    Path(STAGING, SCRATCH.strip("/")).mkdir()
    temporary = Path(STAGING, "tmp")
    if not temporary.exists():  # else what is shown lies there
        temporary.symlink_to(SCRATCH)
    kernel.restrict(STAGING, devices=True, recursive=False)


def leave_the_rest() -> None:
    """Make the new root the root, and let go of everything else."""
    kernel.bind(STAGING, STAGING)  # as a mount of this namespace, which alone may become the root
    kernel.pivot_root(STAGING)


def confine(launch: Launch, program: bytes) -> None:
    """Take this fork where it can harm nobody; ``program`` is the filter. Raises ProtectionError.

    The order matters: each step needs a right that a later one takes away.
    """
    with protection("namespaces"):
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWNET)
    with protection("private file system"):
        own_scratch(launch.file_bytes)
    with protection("no privileges"):
        give_up_rights()
    with protection("limits"):
        limit(launch)
        resource.setrlimit(resource.RLIMIT_NPROC, (launch.processes, launch.processes))
    with protection("system call filter"):
        kernel.install_filter(program)


def own_scratch(size: int) -> None:
    """A small file system in memory that is gone with this process."""
    kernel.mount_tmpfs(SCRATCH, f"size={size},nr_inodes=4096,mode=700")


def give_up_rights() -> None:
    """No capability, here or anywhere, now or later.

    The user namespace of its own makes the kernel count this child's threads apart from those of all others.
    """
    kernel.unshare(kernel.CLONE_NEWUSER)
    kernel.no_new_privileges()
    kernel.drop_privileges()


def limit(launch: Launch) -> None:
    """Limits of the kernel; they need no rights. What this platform does not know is left out: the wall clock always holds."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (launch.cpu_seconds, launch.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (launch.file_bytes, launch.file_bytes))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write past the limit raises OSError instead of killing
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (launch.memory_bytes, launch.memory_bytes))


@contextlib.contextmanager
def protection(name: str) -> Iterator[None]:
    """Say which protection it is that the machine does not give."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a limit above one that this user already has
        raise ProtectionError(name, error) from None


def _mirror(path: str) -> None:
    """Show a file or folder under the same path in the new root, by way of the same symbolic links."""
    walked = ""
    for part in path.strip("/").split("/"):
        walked += f"/{part}"
        if os.path.islink(walked):
            link = Path(f"{STAGING}{walked}")
            if not link.is_symlink():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(os.readlink(walked))
            there = os.path.join(os.path.dirname(walked), os.readlink(walked), path[len(walked) :].strip("/"))
            _mirror(os.path.normpath(there))  # no link is left before the `..` of this one
            return
    target = Path(f"{STAGING}{path}")
    if target.is_mount():
        return
    if os.path.isdir(path):
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    kernel.bind(path, str(target))
    kernel.restrict(str(target))
