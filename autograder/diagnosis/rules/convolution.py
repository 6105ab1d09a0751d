"""Mistakes in the operations of convolutions, upsampling and pooling."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation

__all__ = ["DERIVATIVES", "OPERATIONS"]

DERIVATIVES: Sequence[WrongDerivative] = []

OPERATIONS: Sequence[WrongOperation] = []
