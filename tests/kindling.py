"""Imported by a warm process that grades: the processes for student code that its forks start are forks as well.

It is told in its environment what starts one: `hearth.zygote`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os

from autograder.sandbox.forking import ForkRunner

LATER = ("torch.fx.experimental.symbolic_shapes", "typer._adapters")
"""What PyTorch imports at the first gradient and typer at the first call, in some versions: 600 modules, for a second."""

ForkRunner.command = json.loads(os.environ.pop("WARM_ZYGOTE"))
for name in LATER:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
