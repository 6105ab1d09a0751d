"""Imported by a warm process that grades: the processes for student code that its forks start are forks as well.

It is told in its environment of which process: `hearth.students`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from pathlib import Path

import hearth

from autograder.sandbox import forking

ZYGOTE = str(Path(forking.__file__).with_name("zygote.py"))
LATER = ("torch.fx.experimental.symbolic_shapes", "typer._adapters")
"""What PyTorch imports at the first gradient and typer at the first call, in some versions: 600 modules, for a second."""

forking.ForkRunner.command = hearth.in_a_fork_of(os.environ.pop("WARM_STUDENTS"), ZYGOTE)
for name in LATER:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
