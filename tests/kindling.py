"""Imported by a warm process that grades: the processes for student code that its forks start are forks as well.

It is told in its environment where: `hearth.students`.
"""

from __future__ import annotations

import os
from pathlib import Path

import hearth

from autograder.sandbox import forking

ZYGOTE = str(Path(forking.__file__).with_name("zygote.py"))

forking.ForkRunner.command = hearth.in_a_fork_of(os.environ.pop("WARM_STUDENTS"), ZYGOTE)
