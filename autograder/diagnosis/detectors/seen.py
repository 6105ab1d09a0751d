"""What a detector sees of a part in one case."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.diagnosis.candidate import Candidate, agrees
from autograder.exercise import Case, Tier
from autograder.expected import Expected

__all__ = ["Detector", "Seen"]


@dataclass(frozen=True)
class Seen:
    """What a part is in one case: ``actual``, and ``local``, what a right last step makes of the values before it.

    ``sources`` are the student's values of the parts that it is computed from, ``others`` of all others; those ``after`` are
    computed from it, those in ``wrong`` are wrong. ``inputs`` are the case's.
    """

    case: Case
    tier: Tier
    actual: np.ndarray
    local: np.ndarray
    expected: Expected
    sources: Mapping[str, np.ndarray]
    others: Mapping[str, np.ndarray]
    after: Collection[str]
    wrong: Collection[str]
    inputs: Mapping[str, Any]
    dtype: str = ""
    upstream: str | None = None

    def is_(self, value: np.ndarray) -> bool:
        """Whether the student's values are these."""
        return agrees(self.actual, self.expected, value)

    @property
    def right(self) -> bool:
        """Whether the last step is right here."""
        return self.is_(self.local)


Detector = Callable[[str, Sequence[Seen], Mapping[str, str]], Iterator[Candidate]]
