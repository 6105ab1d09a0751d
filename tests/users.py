"""Run a command as an ordinary user, for tests that root starts: ``python users.py [--as UID PASSWD] COMMAND...``.

The user may read what the tests need even where it lies in a folder that only root may enter: in a mount namespace of
its own, such a folder shows what is needed and nothing else. With ``--as`` it is a user of the file PASSWD, which stands there
in the place of the machine's own.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

ORDINARY = 54321


def as_ordinary_user(command: Sequence[str]) -> list[str]:
    """The command, run as an ordinary user: as it is where this is one."""
    return list(command) if os.geteuid() != 0 else [sys.executable, __file__, *command]


def as_user(user: int, passwd: Path, command: Sequence[str]) -> list[str]:
    """The command, run as one of the users of a file like ``/etc/passwd``. Only root can."""
    return [sys.executable, __file__, "--as", str(user), str(passwd), *command]


def open_for_all(paths: Sequence[Path]) -> None:
    """Let every user of this mount namespace reach the paths, and only them, through folders that are closed to others."""
    from autograder.sandbox import kernel

    closed: dict[Path, list[Path]] = {}
    for path in paths:
        for parent in reversed(path.parents):
            if not parent.stat().st_mode & stat.S_IXOTH:
                closed.setdefault(parent, []).append(path)
                break
    for parent, inside in closed.items():
        shown = [(path, os.open(path, os.O_PATH)) for path in inside]
        kernel.mount_tmpfs(str(parent), "mode=755", programs=True)
        for path, descriptor in shown:
            path.mkdir(parents=True, exist_ok=True)
            kernel.bind(f"/proc/self/fd/{descriptor}", str(path))
            os.close(descriptor)


def main() -> None:
    from autograder.sandbox import kernel

    package = Path(kernel.__file__).parents[2]
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.private_mounts()
    open_for_all(sorted({Path(sys.prefix), Path(sys.base_prefix), package, Path(__file__).parent}))
    user, command = ORDINARY, sys.argv[1:]
    if command[0] == "--as":
        user, passwd, command = int(command[1]), command[2], command[3:]
        kernel.bind(passwd, "/etc/passwd")
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
