"""A wrong answer that was made on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.sandbox.runner import Outcomes

__all__ = ["Mutant"]


@dataclass(frozen=True)
class Mutant:
    """One wrong answer to an exercise.

    ``answer`` is a module's text, to be run, or what such a module would have given in every trial. ``key`` is short
    and stays the same as long as what it changes does: authors declare equivalents by it. ``shown`` tells a reader what
    is wrong: a unified diff, or a sentence. ``way`` says how it was made.
    """

    way: str
    key: str
    shown: str
    answer: str | Outcomes
