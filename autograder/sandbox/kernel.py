"""The system calls that isolation needs and Python does not offer, each raising OSError with the name of what failed."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

__all__ = [
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "adopt_orphans",
    "bind",
    "die_with_parent",
    "drop_privileges",
    "install_filter",
    "mount_tmpfs",
    "no_new_privileges",
    "pivot_root",
    "private_mounts",
    "process_control",
    "restrict",
    "return_to",
    "unshare",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 1 << 12, 1 << 14, 1 << 18
MNT_DETACH = 2
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
SYS_MOUNT_SETATTR = 442
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_machine = os.uname().machine


def unshare(flags: int) -> None:
    """Leave namespaces for new ones; a new PID namespace is for the children to come."""
    _check(_libc.unshare(flags), "unshare")


def return_to(namespace: int, kind: int) -> None:
    """Go (back) to the namespace that a file descriptor stands for; for PIDs, that of the children to come."""
    _check(_libc.setns(namespace, kind), "setns")


def private_mounts() -> None:
    """From now on no mount here is seen outside this mount namespace, nor the other way round."""
    _mount(None, "/", None, MS_REC | MS_PRIVATE)


def mount_tmpfs(target: str, options: str, *, programs: bool = False) -> None:
    """A fresh file system in memory without devices; what is on it can be executed only if ``programs``."""
    _mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV | (0 if programs else MS_NOEXEC), options)


def bind(source: str, target: str) -> None:
    """Show what is at ``source``, with all that is mounted below it, at ``target`` as well."""
    _mount(source, target, None, MS_BIND | MS_REC)


def restrict(target: str, *, devices: bool = False, recursive: bool = True) -> None:
    """Make a mount read-only, without set-user-ID programs and, unless asked for, without devices. Linux 5.12 or later."""
    attributes = ATTR_RDONLY | ATTR_NOSUID | (0 if devices else ATTR_NODEV)
    record = struct.pack("=QQQQ", attributes, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    done = _libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, target.encode(), flags, record, ctypes.c_size_t(len(record)))
    _check(done, "mount_setattr", target)


def pivot_root(root: str) -> None:
    """Make a mount point the root directory, and let go of the old one."""
    os.chdir(root)
    number = SYS_PIVOT_ROOT.get(_machine)
    if number is None:
        raise OSError(errno.ENOSYS, f"pivot_root: its number on {_machine} is not known", root)
    _check(_libc.syscall(number, b".", b"."), "pivot_root", root)
    _check(_libc.umount2(b".", MNT_DETACH), "umount")
    os.chdir("/")


def process_control(option: int, *values: int) -> None:
    """The system call prctl."""
    _check(_libc.prctl(option, *[ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]), "prctl")


def die_with_parent(number: int) -> None:
    """Get this signal when the process that has forked this one ends. Only Linux has it; elsewhere nothing happens."""
    if sys.platform == "linux":
        process_control(PR_SET_PDEATHSIG, number)


def adopt_orphans() -> None:
    """Become the parent of what this process's children leave behind. Only Linux has it; elsewhere nothing happens."""
    if sys.platform == "linux":
        process_control(PR_SET_CHILD_SUBREAPER, 1)


def no_new_privileges() -> None:
    """No program started from here can have more rights than this process."""
    process_control(PR_SET_NO_NEW_PRIVS, 1)


def drop_privileges() -> None:
    """Give up every capability, for good."""
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, struct.pack("=6I", 0, 0, 0, 0, 0, 0)), "capset")


def install_filter(program: bytes) -> None:
    """Install a seccomp filter: ``program`` is BPF as libseccomp exports it. It needs `no_new_privileges`."""
    buffer = ctypes.create_string_buffer(program, len(program))
    record = ctypes.create_string_buffer(struct.pack("=H6xQ", len(program) // 8, ctypes.addressof(buffer)), 16)
    process_control(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(record))


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    arguments = (_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), options.encode() or None)
    _check(_libc.mount(*arguments), "mount", target)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def _check(result: int, call: str, path: str = "") -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}", *([path] if path else []))
