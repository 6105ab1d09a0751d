"""Mistakes in the operations of normalisation layers and dropout."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation

__all__ = ["DERIVATIVES", "OPERATIONS"]

DERIVATIVES: Sequence[WrongDerivative] = []

OPERATIONS: Sequence[WrongOperation] = []
