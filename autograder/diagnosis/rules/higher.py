"""Mistakes in the operations of second derivatives and functions of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation
from autograder.diagnosis.swap import Call

__all__ = ["DERIVATIVES", "OPERATIONS"]


def _nothing(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    return {0: torch.zeros_like(g)}


DERIVATIVES: Sequence[WrongDerivative] = [
    WrongDerivative("cache_detached", "what was saved counts as a constant", ("saved",), _nothing),
    WrongDerivative("dropped_term", "one of the ways on which the value is used has no share", ("use",), _nothing),
]  # fmt: skip

OPERATIONS: Sequence[WrongOperation] = []
