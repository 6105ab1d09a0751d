"""A wrong answer that was made on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from autograder.sandbox.runner import Outcomes
from autograder.trials import Exam

__all__ = ["Fabricated", "Mutant"]


class Fabricated(Protocol):
    """An answer that is made of values, in whichever trials it is asked for."""

    def outcomes(self, exam: Exam) -> Outcomes | None:
        """What it gives in every trial; None where that is no wrong answer."""


@dataclass(frozen=True)
class Mutant:
    """One wrong answer to an exercise.

    ``answer`` is a module's text, to be run, or what such a module would have given in every trial, or the means to make
    that of any trials. ``key`` is short and stays the same as long as what it changes does: authors declare equivalents
    by it. ``shown`` tells a reader what is wrong: a unified diff, or a sentence. ``way`` says how it was made.
    ``spoils`` are parts of which one at least has to lose points; without any the exercise's score has to.
    """

    way: str
    key: str
    shown: str
    answer: str | Outcomes | Fabricated
    spoils: frozenset[str] = frozenset()
