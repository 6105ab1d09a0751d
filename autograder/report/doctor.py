"""What the doctor found, in the terminal, and what to do about it."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.doctor import FULL, NEEDS, WITH_LIMITS, Group, Row, is_isolated
from autograder.text import clean

__all__ = ["ADVICE", "Advice", "Machine", "advice_for", "show_row", "show_verdict"]

Family = Literal["debian", "fedora", ""]

WIDTH = 100
NAME_WIDTH = 23

TITLES: Mapping[Group, str] = {
    "platform": "What isolates student code on this machine",
    "protection": "Each protection by itself",
    "inside": "All together, as for `autograder grade`, and what student code sees of it",
}

CONTAINER = "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
"""Without its own filter a container lets processes make namespaces; without AppArmor's profile, mounts in them."""


@dataclass(frozen=True)
class Machine:
    """What advice depends on: the family of the distribution's packages, and some of the kernel's settings (sysctl)."""

    system: str
    family: Family = ""
    container: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def here(cls) -> Machine:
        """The machine that this runs on."""
        signs = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")
        inside = any(map(os.path.exists, signs)) or bool({"container", "KUBERNETES_SERVICE_HOST"} & set(os.environ))
        return cls(platform.system(), _family(), inside, {name: _setting(name) for name, _ in _settings()})


@dataclass(frozen=True)
class Advice:
    """What to do when one of the ``protections`` fails, and the commands for it by family; "" is any.

    It is given where all that is said of the case applies: the ``system``, a kernel's ``setting`` with this value, a
    ``container``, and what the system ``says`` (a regular expression). Advice that says nothing of the case is general.
    """

    protections: tuple[str, ...]
    text: str
    commands: tuple[tuple[Family, str], ...] = ()
    system: str = ""
    setting: tuple[str, str] | None = None
    container: bool = False
    says: str = ""

    @property
    def rank(self) -> int:
        """How much it says of the case: what is known of this machine counts more than what an error usually means."""
        return 2 if self.setting or self.container else 1 if self.system or self.says else 0

    def fits(self, row: Row, machine: Machine) -> bool:
        """Whether it is of help here."""
        return (
            row.protection in self.protections
            and self.system in ("", machine.system)
            and (self.setting is None or machine.settings.get(self.setting[0]) == self.setting[1])
            and (not self.container or machine.container)
            and re.search(self.says, row.detail) is not None
        )


def _sysctl(name: str, value: object) -> tuple[tuple[Family, str], ...]:
    return (
        ("", f"sudo sysctl -w {name}={value}"),
        ("", f"echo {name}={value} | sudo tee -a /etc/sysctl.d/60-autograder.conf"),
    )


NAMESPACES = (
    *("user namespace", "mount namespace", "PID namespace", "IPC namespace", "UTS namespace", "network namespace"),
    "namespaces",  # those that each submission gets in addition
)
IN_PYTHON = f"{sys.executable} -m pip install"

ADVICE = (
    Advice(
        ("platform",),
        "Grade in a Linux machine or container (Docker, Podman, a virtual machine). Students can use `autograder check` "
        "here; it runs their own code only.",
        system="Darwin",
    ),
    Advice(
        ("platform",),
        "Grade in a Linux machine: WSL 2 is one, so is a virtual machine. Students can use `autograder check` here; it "
        "runs their own code only.",
        (("", "wsl --install"),),
        system="Windows",
    ),
    Advice(("platform",), "Isolation knows the system calls of Linux on x86_64 and aarch64: grade on such a machine."),
    Advice(
        NAMESPACES,
        "This system keeps user namespaces from ordinary users. Allow them now, and for good:",
        _sysctl("kernel.unprivileged_userns_clone", 1),
        setting=("kernel.unprivileged_userns_clone", "0"),
        says="not permitted",
    ),
    Advice(
        NAMESPACES,
        "This system allows no user namespace at all. Allow them now, and for good:",
        _sysctl("user.max_user_namespaces", 10000),
        setting=("user.max_user_namespaces", "0"),
        says="No space left",
    ),
    Advice(
        (*NAMESPACES, "private file system", "no privileges"),
        "Ubuntu (23.10 and later) lets only programs with an AppArmor profile make user namespaces with rights in them. "
        "Allow it to all programs, now and for good; or write a profile with the rule `userns,` for this Python:",
        _sysctl("kernel.apparmor_restrict_unprivileged_userns", 0),
        setting=("kernel.apparmor_restrict_unprivileged_userns", "1"),
        says="not permitted|denied",
    ),
    Advice(
        (*NAMESPACES, "private file system", "no privileges"),
        "This looks like a container, and one that forbids what isolation is made of. Start it as an ordinary user with "
        "the first line, or as root with the second (Docker and Podman; --privileged also does):",
        (("", f"docker run --user 1000 {CONTAINER} …"), ("", f"docker run --cap-add SYS_ADMIN {CONTAINER} …")),
        container=True,
        says="not permitted|denied|Invalid argument",
    ),
    Advice(
        NAMESPACES,
        "The number of namespaces is limited, by one of these settings:",
        (("", "sysctl -a --pattern 'user.max_.*_namespaces'"),),
        says="No space left",
    ),
    Advice(
        (*NAMESPACES, "private file system", "system call filter"),
        "This kernel was built without it. The kernels of Debian, Ubuntu and Fedora have it.",
        says=r"(unshare|prctl): (Invalid argument|Function not implemented)",
    ),
    Advice(
        NAMESPACES,
        "Something forbids it that is not seen from here: a container, a security module (SELinux, AppArmor), a changed "
        "root (chroot), or the service that this runs in. Grade where an ordinary user may run this:",
        (("", "unshare --user --map-root-user --mount true"),),
    ),
    Advice(
        ("private file system",),
        "That is mount_setattr, of Linux 5.12: update the kernel (Debian 12, Ubuntu 22.04, Fedora 34 and RHEL 9 have it). "
        "In a container it may be the filter of an old Docker: update that.",
        says="mount_setattr: (Function not implemented|Operation not permitted)",
    ),
    Advice(
        ("private file system",),
        "The root file system may be one that cannot be replaced (an initial RAM disk), or /sys or a folder of this "
        "Python may be on a disk that allows no bind mounts. Grade on an ordinary system, Python on a local disk.",
    ),
    Advice(
        ("system call filter",),
        "libseccomp, which makes the filter, is missing:",
        (("debian", "sudo apt install libseccomp2"), ("fedora", "sudo dnf install libseccomp")),
        says="find libseccomp|libseccomp.*No such file",
    ),
    Advice(
        ("system call filter",),
        "Its Python package is missing; the instructor's installation has it:",
        (("", f"{IN_PYTHON} pyseccomp"), ("", f"{IN_PYTHON} 'autograder[instructor]'")),
        says="No module named",
    ),
    Advice(
        ("system call filter",),
        "Two things are needed, libseccomp and a kernel with seccomp filters. The version of libseccomp:",
        (("debian", "apt-cache policy libseccomp2"), ("fedora", "dnf info libseccomp")),
    ),
    Advice(
        ("no privileges",),
        "A process could not give up its rights: this kernel or container is an unusual one. Grade on an ordinary Linux.",
    ),
    Advice(
        ("limits",),
        "A limit of your session, of its service or container may be lower than the grader's own, which it then cannot set. "
        "Compare, and start from a session without it:",
        (("", "ulimit -aH"),),
    ),
    Advice(
        ("huge pages",),
        "Isolation does not need it. To have it:",
        (("", "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"),),
    ),
    Advice(
        ("warm process",),
        "PyTorch, or something else that the grader needs, cannot be loaded here. This must print nothing:",
        (("", f"{sys.executable} -c 'import torch, autograder'"), ("", f"{IN_PYTHON} torch")),
    ),
    Advice(
        ("student code",),
        "Student code ends before it begins. Mend what fails above first; if nothing does, this is a fault of the grader.",
    ),
    Advice(
        ("files", "home folder", "writing", "network", "processes", "environment"),
        "This should not be: a hole in the isolation. docs/threat-model.md says how to report it; until it is mended, grade "
        "on a machine that holds nothing else.",
    ),
)


def advice_for(row: Row, machine: Machine) -> list[Advice]:
    """What to do about a row: what says most of this very case."""
    fitting = [advice for advice in ADVICE if advice.fits(row, machine)]
    return [advice for advice in fitting if advice.rank == max(one.rank for one in fitting)]


def show_row(row: Row, before: Sequence[Row], machine: Machine, out: Console) -> None:
    """One row, with its advice where no row ``before`` has had the same."""
    width = min(WIDTH, out.width)
    if row.group not in {one.group for one in before}:
        if before:
            out.print()
        out.print(Text(TITLES[row.group], "bold"), width=width)
    sign, style = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("·", "yellow")}[row.holds]
    table = Table.grid(padding=(0, 1), expand=False)
    table.add_column(width=3, justify="right")
    table.add_column(width=NAME_WIDTH)
    table.add_column(overflow="fold")
    table.add_row(Text(sign, style), Text(row.name), Text(clean(row.detail), "" if row.holds is False else "dim"))
    out.print(table, width=width)
    if row.holds or row.detail.startswith(NEEDS):
        return
    given = [advice for one in before if not one.holds for advice in advice_for(one, machine)]
    for advice in advice_for(row, machine):
        if advice not in given:
            out.print(Padding(Text(advice.text), (0, 0, 0, 6), expand=False), width=width)
            for command in _commands(advice, machine):
                out.print(Text(f"        {command}", "cyan"), soft_wrap=True)  # whole, so that it can be copied


def show_verdict(rows: Sequence[Row], out: Console) -> bool:
    """What it comes to; True when student code is fully isolated here."""
    width = min(WIDTH, out.width)
    out.print()
    if is_isolated(rows):
        text = Text("✓ Full isolation works: ", "bold green")
        out.print(text + Text("`autograder grade` runs student code behind all of this."), width=width)
        return True
    if any(row.name == FULL and row.holds for row in rows):
        text = Text("✗ Full isolation starts, but does not all hold. ", "bold red")
        out.print(text + Text("`autograder grade` would run; see above before you rely on it."), width=width)
        return False
    text = Text("✗ Full isolation does not work here: ", "bold red")
    out.print(text + Text("`autograder grade` runs no student code with it."), width=width)
    if any(row.name == WITH_LIMITS and row.holds for row in rows):
        limits = (
            "`autograder grade --isolation=limits` grades all the same, with limits on time, memory and files alone. Student "
            "code can then read and change what you can, and use the network; every record and report is marked 'graded "
            "without isolation'. Use it only for people whom you trust, on a machine that holds nothing else."
        )
        out.print(Text(limits), width=width)
    return False


def _commands(advice: Advice, machine: Machine) -> list[str]:
    known = {"debian": "Debian, Ubuntu", "fedora": "Fedora, RHEL"}
    return [
        command + (f"   # {known[family]}" if family and not machine.family else "")
        for family, command in advice.commands
        if not (family and machine.family) or family == machine.family
    ]


def _family() -> Family:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    names = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    return "debian" if names & {"debian", "ubuntu"} else "fedora" if names & {"fedora", "rhel", "centos"} else ""


def _settings() -> list[tuple[str, str]]:
    return sorted({advice.setting for advice in ADVICE if advice.setting is not None})


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name.replace(".", "/")).read_text().strip()
    except OSError:
        return ""
