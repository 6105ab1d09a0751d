"""Wrong derivatives and wrong operations by name: each rule is one record, in the module of its operations.

Adding one touches that module's table alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.diagnosis.rules import (
    activations,
    attention,
    convolution,
    higher,
    network,
    normalization,
    pooling,
    sequences,
    steps,
    tensors,
)
from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation

__all__ = ["WRONG_DERIVATIVES", "WRONG_OPERATIONS", "WrongDerivative", "WrongOperation"]

MODULES = (network, steps, activations, tensors, normalization, convolution, pooling, sequences, attention, higher)

WRONG_DERIVATIVES: Sequence[WrongDerivative] = [rule for module in MODULES for rule in module.DERIVATIVES]

WRONG_OPERATIONS: Sequence[WrongOperation] = [rule for module in MODULES for rule in module.OPERATIONS]
