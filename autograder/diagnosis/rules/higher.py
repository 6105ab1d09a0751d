"""Mistakes in the operations of second derivatives and functions of one's own."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation

__all__ = ["DERIVATIVES", "OPERATIONS"]

DERIVATIVES: Sequence[WrongDerivative] = []

OPERATIONS: Sequence[WrongOperation] = []
