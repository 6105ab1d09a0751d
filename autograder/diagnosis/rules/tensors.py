"""Mistakes in the operations of shapes, reductions, indices and sums over several uses."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation

__all__ = ["DERIVATIVES", "OPERATIONS"]

DERIVATIVES: Sequence[WrongDerivative] = []

OPERATIONS: Sequence[WrongOperation] = []
