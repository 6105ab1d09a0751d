"""Imported by the warm process of nbgrader's commands: `alembic`, which nbgrader starts for a new gradebook, is a fork as well.

It imports all of nbgrader. It is looked for on PATH as ever, and fails as ever where it is not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from types import SimpleNamespace

import alembic.config  # noqa: F401 - imported for the forks
import hearth
import nbgrader.api

ADDRESS = os.environ.pop("WARM_ADDRESS")


def check_output(command: Sequence[str]) -> bytes:
    found = shutil.which(command[0])
    return subprocess.check_output(hearth.in_a_fork_of(ADDRESS, found, *command[1:]) if found else command)


nbgrader.api.sp = SimpleNamespace(check_output=check_output)
