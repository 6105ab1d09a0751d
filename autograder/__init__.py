"""Exercises in backpropagation, and a grader that reads gradients.

Authors of exercises import `Exercise`, `Case`, `between` and `differentiate`; students use `check`,
and walkthrough notebooks `score` and `when_written`. Names are imported
when first used, so that a student process, which needs none of them, does not hold them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checking import check
    from autograder.exercise import Case, Exercise, between
    from autograder.notebook import score, when_written
    from autograder.reference import differentiate

__all__ = ["Case", "Exercise", "__version__", "between", "check", "differentiate", "score", "when_written"]
__version__ = "0.1.0"

_HOMES = {
    "Case": "autograder.exercise",
    "Exercise": "autograder.exercise",
    "between": "autograder.exercise",
    "check": "autograder.checking",
    "differentiate": "autograder.reference",
    "score": "autograder.notebook",
    "when_written": "autograder.notebook",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'autograder' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
