"""A warm process with some of its protections switched off, to see that the attacks on them then succeed.

``python weakened.py PROTECTION,... START``: in place of ``-m autograder.sandbox.zygote START``.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.sandbox import jail, kernel, zygote

NAMESPACES = {
    "pid": kernel.CLONE_NEWPID,
    "network": kernel.CLONE_NEWNET,
    "ipc": kernel.CLONE_NEWIPC,
}
LIMITS = {
    "memory": [resource.RLIMIT_AS],
    "files": [resource.RLIMIT_FSIZE],
    "processes": [resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE],
    "cpu": [resource.RLIMIT_CPU],
}


OWN_USER = jail.own_user


def nothing(*_: Any, **__: Any) -> None:
    """In place of a protection."""


def weaken(off: set[str]) -> None:
    """Switch protections off, by their names."""
    without_namespaces(sum(NAMESPACES[name] for name in off & NAMESPACES.keys()))
    without_limits({number for name in off & LIMITS.keys() for number in LIMITS[name]})
    for name in off & SWITCHES.keys():
        SWITCHES[name]()
    if "privileges" in off and os.geteuid() == 0:
        jail.own_user = nothing  # in no user namespace but the host's, which only root can do without


def without_namespaces(left_out: int) -> None:
    unshare, return_to = kernel.unshare, kernel.return_to
    kernel.unshare = lambda flags: unshare(flags & ~left_out) if flags & ~left_out else None
    kernel.return_to = nothing if left_out & kernel.CLONE_NEWPID else return_to


def without_limits(left_out: set[int]) -> None:
    setrlimit = resource.setrlimit
    resource.setrlimit = lambda number, limits: None if number in left_out else setrlimit(number, limits)


def without_private_files() -> None:
    """The host's file system, as it is; the scratch lies in a folder of it."""
    jail.show = jail.leave_the_rest = nothing
    jail.SCRATCH = os.environ["ARENA_SCRATCH"]
    without_becoming_nobody()  # who might not read the host's files


def without_giving_up() -> None:
    """Every capability of the warm process, and its user."""
    jail.give_up_rights = nothing
    without_becoming_nobody()


def without_becoming_nobody() -> None:
    """Who grades as root runs student code as root."""
    jail.become_nobody = nothing
    jail.own_user = lambda user, group: OWN_USER(os.geteuid(), os.getegid())


def with_a_memory() -> None:
    """What no protection is needed for as things are: there is something to find in the warm process."""
    zygote.CANARY = "-".join(("CANARY", "memory", "of", "the", "warm", "process"))


def without_small_files() -> None:
    jail.own_scratch = lambda size: kernel.mount_tmpfs(jail.SCRATCH, "size=1g,mode=700")


def without_guard() -> None:
    import torch

    from autograder.sandbox import guard

    guard.install = nothing
    # Its first call imports 800 modules: an attack with it would need most of its seconds for that.
    torch.func.jacrev(torch.square)(torch.ones(()))


def without_fresh_state() -> None:
    from autograder.sandbox import state

    state.State.restore = lambda self, folder: ""
    zygote.StudentProcess.sweep = lambda self: ""


def with_submission_first() -> None:
    """The submission comes first on the import path, and is there before anything is imported."""
    turn_to = zygote.StudentProcess.turn_to

    def first(self: zygote.StudentProcess, setup: Any) -> str:
        dirt = turn_to(self, setup)
        sys.path.insert(0, sys.path.pop())
        return dirt

    zygote.StudentProcess.turn_to = first


SWITCHES: dict[str, Callable[[], None]] = {
    "root": without_private_files,
    "files": without_small_files,
    "seccomp": lambda: setattr(kernel, "install_filter", nothing),
    "privileges": without_giving_up,
    "pid": with_a_memory,
    "guard": without_guard,
    "fresh": without_fresh_state,
    "path": with_submission_first,
}


if __name__ == "__main__":
    sys.path[:] = [path for path in sys.path if Path(path) != Path(__file__).parent]
    weaken(set(sys.argv.pop(1).split(",")))
    zygote.main()
