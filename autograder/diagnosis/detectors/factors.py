"""Numbers that follow from the inputs of a case, by what they are called: sizes, their products, quotients and roots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from autograder.diagnosis.candidate import sizes_of

__all__ = ["Factor", "factors", "size_of"]

Factor = Callable[[Mapping[str, Any]], float | None]
"""A number that follows from the inputs of a case; None where it does not."""

CONSTANTS: Mapping[str, float] = {"2": 2.0, "1/2": 0.5, "4": 4.0, "1/4": 0.25}


def factors(inputs: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[tuple[str, Factor]]:
    """Factors by what they are called, each a function of a case's inputs; the simplest first."""
    for label, constant in CONSTANTS.items():
        yield label, lambda _, constant=constant: constant  # type: ignore[misc]
    keys = [key for key in sizes_of(inputs) if key in names]
    unique = {names[key]: key for key in reversed(keys)}
    for label, key in reversed(unique.items()):
        yield label, lambda i, key=key: size_of(i, key)  # type: ignore[misc]
        yield f"1/{label}", lambda i, key=key: _inverse(size_of(i, key))  # type: ignore[misc]
    listed = list(reversed(unique.items()))
    for n, (label, key) in enumerate(listed):
        for other_label, other in listed[n + 1 :]:

            def product(i: Mapping[str, Any], key: str = key, other: str = other) -> float | None:
                a, b = size_of(i, key), size_of(i, other)
                return a * b if a and b else None

            yield f"{label} {other_label}", product
            yield f"1/({label} {other_label})", lambda i, product=product: _inverse(product(i))  # type: ignore[misc]
            yield f"{label}/{other_label}", lambda i, a=key, b=other: _over(size_of(i, a), size_of(i, b))  # type: ignore[misc]
            yield f"{other_label}/{label}", lambda i, a=other, b=key: _over(size_of(i, a), size_of(i, b))  # type: ignore[misc]
    for label, key in listed:
        yield f"√{label}", lambda i, key=key: _root(size_of(i, key))  # type: ignore[misc]
        yield f"1/√{label}", lambda i, key=key: _inverse(_root(size_of(i, key)))  # type: ignore[misc]
        yield f"{label}²", lambda i, key=key: _over(size_of(i, key), _inverse(size_of(i, key)))  # type: ignore[misc]
        for number, constant in CONSTANTS.items():
            yield f"{number} {label}", lambda i, key=key, c=constant: _over(size_of(i, key), 1 / c)  # type: ignore[misc]
            yield f"{number}/{label}", lambda i, key=key, c=constant: _over(c, size_of(i, key))  # type: ignore[misc]


def size_of(inputs: Mapping[str, Any], key: str) -> float | None:
    """The length of an axis (``X.0``), or a float scalar by its name; None where there is none."""
    tensor, _, axis = key.partition(".")
    value = inputs.get(tensor)
    if isinstance(value, torch.Tensor) and axis:
        return float(value.shape[int(axis)]) if int(axis) < value.ndim else None
    return value if isinstance(value, float) else None


def _inverse(value: float | None) -> float | None:
    return 1 / value if value else None


def _over(a: float | None, b: float | None) -> float | None:
    return a / b if a and b else None


def _root(value: float | None) -> float | None:
    return value**0.5 if value and value > 0 else None
