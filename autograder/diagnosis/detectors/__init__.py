"""Mistakes that show in what a student's code gave, without the author's reference being run in another way.

A detector looks at one part over all the cases in which it has values, and names a mistake only when that explains every
one of them. Adding one is adding a function to the list of its module; the order of the lists is that of trust.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.diagnosis.detectors import convolution, layers, shapes, tensors, values
from autograder.diagnosis.detectors.factors import Factor, factors
from autograder.diagnosis.detectors.seen import Detector, Seen
from autograder.diagnosis.detectors.values import copied

__all__ = ["DETECTORS", "SHAPE_DETECTORS", "Detector", "Factor", "Seen", "copied", "factors"]

DETECTORS: Sequence[Detector] = [*layers.BEFORE, *values.VALUES, *layers.AFTER]

SHAPE_DETECTORS: Sequence[Detector] = [*shapes.SHAPES, *tensors.SHAPES, *layers.SHAPES, *convolution.SHAPES]
"""For parts that have the wrong shape in some case."""
