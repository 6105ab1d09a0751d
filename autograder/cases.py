"""Inputs of a case from a seed: the same secret, exercise and case always give the same numbers.

Public cases have a fixed key; hidden ones a key derived by HMAC-SHA256 from the course secret, so that they cannot be
hard-coded and can be made again when a mark is questioned.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autograder.course import Loaded
from autograder.errors import CourseError, ExerciseError
from autograder.exercise import Between, Case

__all__ = ["SECRET_FILE", "SECRET_VARIABLE", "Draw", "Secret", "course_secret", "make_inputs"]

SECRET_VARIABLE = "AUTOGRADER_SECRET"  # noqa: S105 - its name
SECRET_FILE = ".autograder-secret"  # noqa: S105 - its name
SECRET_LENGTH = 16
PUBLIC_KEY = b"public cases are no secret"


@dataclass(frozen=True)
class Secret:
    """The course secret. ``origin`` says where it comes from; ``generated`` that it is new."""

    key: bytes
    origin: str
    generated: bool = False

    @property
    def fingerprint(self) -> str:
        """A number that changes with the secret and does not give it away."""
        return hmac.new(self.key, b"fingerprint", hashlib.sha256).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Secret(origin={self.origin!r})"


def course_secret(course: Path) -> Secret:
    """The secret from the environment or from the course folder; a new one is written there when there is none."""
    value = os.environ.get(SECRET_VARIABLE, "").strip()
    if value:
        if len(value) < SECRET_LENGTH:
            raise CourseError(
                f"the course secret in {SECRET_VARIABLE} is shorter than {SECRET_LENGTH} characters",
                advice="Set a longer one, or unset it to use the file of the course.",
            )
        return Secret(value.encode(), f"the environment variable {SECRET_VARIABLE}")
    path = course / SECRET_FILE
    try:
        if path.exists():
            value = path.read_text(encoding="utf-8").strip()
            if len(value) < SECRET_LENGTH:
                raise CourseError(
                    f"the course secret is shorter than {SECRET_LENGTH} characters",
                    path=path,
                    advice="Delete the file to have a new one made, or put the one of your course back.",
                )
            return Secret(value.encode(), str(path))
        value = secrets.token_hex(32)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value + "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            f"the course secret cannot be read or written: {error}",
            path=path,
            advice=f"Mend the permissions, or set {SECRET_VARIABLE}.",
        ) from None
    return Secret(value.encode(), str(path), generated=True)


class Draw:
    """Random inputs of one case.

    All arrays are float64 unless said otherwise. ``RandomState`` is used because NumPy promises that its stream never
    changes (NEP 19), so that a mark can be checked years later.
    """

    def __init__(self, seed: bytes, folder: Path) -> None:
        self._random = np.random.RandomState(np.frombuffer(seed, dtype=np.uint32))
        self._folder = folder

    def normal(self, *shape: int, scale: float = 1.0) -> torch.Tensor:
        """Standard normal numbers times ``scale``."""
        return torch.from_numpy(np.asarray(self._random.standard_normal(shape) * scale))

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        """Uniform numbers from ``low`` to ``high``."""
        return torch.from_numpy(np.asarray(self._random.uniform(low, high, shape)))

    def signs(self, *shape: int) -> torch.Tensor:
        """-1 or 1, each with probability one half."""
        return 2.0 * self.binary(*shape) - 1.0

    def binary(self, *shape: int) -> torch.Tensor:
        """0 or 1, as float64, both of them present where there is room for both."""
        size = int(np.prod(shape))
        flat = (np.arange(size) + self._random.randint(2)) % 2
        flat = np.where(self._random.uniform(size=size) < 0.5, flat, self._random.randint(0, 2, size))
        if size > 1 and flat.min() == flat.max():
            flat[self._random.randint(size)] ^= 1
        return torch.from_numpy(self._random.permutation(flat).reshape(shape).astype(np.float64))

    def labels(self, *shape: int, classes: int) -> torch.Tensor:
        """Class numbers from 0 to ``classes`` - 1, int64."""
        return torch.from_numpy(np.asarray(self._random.randint(0, classes, shape), dtype=np.int64))

    def permutation(self, n: int) -> torch.Tensor:
        """The numbers 0 to n - 1 in random order, int64."""
        return torch.from_numpy(self._random.permutation(n).astype(np.int64))

    def integer(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high`` inclusive."""
        return int(self._random.randint(low, high + 1))

    def file(self, name: str) -> Path:
        """A data file of the assignment; it goes out with the handout."""
        return self._folder / name


def make_inputs(loaded: Loaded, case: Case, secret: Secret | None) -> dict[str, Any]:
    """The inputs of a case: NumPy arrays (float64, int64) and scalars by name.

    Hidden cases need the secret. Raises ExerciseError when the author's function fails or gives something else.
    """
    hidden = loaded.is_hidden(case)
    if hidden and secret is None:
        raise ValueError("hidden cases need the course secret")
    key = secret.key if hidden and secret is not None else PUBLIC_KEY
    label = "\x1f".join((loaded.assignment, loaded.name, case.name))
    seed = hmac.new(key, label.encode(), hashlib.sha256).digest()
    draw = Draw(seed, loaded.folder)
    function = case.inputs or loaded.exercise.inputs
    try:
        values = function(draw, **_sizes(case.sizes, draw))
        return {name: _plain(name, value) for name, value in values.items()}
    except Exception as error:
        raise ExerciseError(
            f"the inputs of case '{case.name}' raised {type(error).__name__}: {error}", path=loaded.source.path
        ) from error


def _sizes(sizes: Mapping[str, Any], draw: Draw) -> dict[str, Any]:
    """Sizes with the open ones chosen; a chosen one differs from all others where that can be."""
    chosen = {name: value for name, value in sizes.items() if not isinstance(value, Between)}
    taken = {value for value in chosen.values() if isinstance(value, int)}
    for name, value in sizes.items():
        if isinstance(value, Between):
            free = [n for n in range(value.low, value.high + 1) if n not in taken]
            options = free or list(range(value.low, value.high + 1))
            chosen[name] = options[draw.integer(0, len(options) - 1)]
            taken.add(chosen[name])
    return chosen


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            return np.array(value, dtype=np.float64)
        if value.dtype.kind in "iub":
            return np.array(value, dtype=np.int64)
    elif isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{name} is a {type(value).__name__}: give tensors, numbers or strings")
