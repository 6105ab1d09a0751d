"""True values and gradients of a case, from the author's reference, and how exactly they can be asked for.

The reference names intermediate values with ``mark``. A mark cuts the graph there and starts a new leaf, so that the
gradient of the loss with respect to each named value can be had, and the local derivative between two marks is at hand
(autograd's vector-Jacobian products, walked from the last mark to the first).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from autograder.course import Loaded, call_with_known
from autograder.errors import ExerciseError
from autograder.exercise import Case
from autograder.sandbox.runner import Inputs

__all__ = [
    "Expected",
    "Trace",
    "differentiate",
    "expected_values",
    "one_thread",
    "tensors",
    "trace_reference",
    "true_parts",
]

EPS32 = float(np.finfo(np.float32).eps)
EPS64 = float(np.finfo(np.float64).eps)
SAMPLES = 3
SLACK = 64.0
"""How many times the rounding error of the reference in float32 an answer may be off.

A right answer written in another way differs from the reference by a few roundings, each amplified by the problem's
own conditioning; the reference's float32 error measures that amplification. 64 leaves room for other algorithms and
is still 8e-6 of a well-conditioned value: no mistake in a formula is that small."""

Mark = Callable[[str, torch.Tensor], torch.Tensor]


class Trace(Mapping[str, torch.Tensor]):
    """Values by name (``A1``, ``loss``) and gradients of the loss by ``d`` and name (``dA1``, ``dW1``).

    ``uses`` says by name of an input or mark which marks (or ``loss``) are computed directly from it.
    """

    def __init__(
        self,
        values: Mapping[str, torch.Tensor],
        gradients: Mapping[str, torch.Tensor],
        uses: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.values_by_name = dict(values)
        self.gradients = dict(gradients)
        self.uses = dict(uses)

    def __getitem__(self, name: str) -> torch.Tensor:
        if name in self.values_by_name:
            return self.values_by_name[name]
        if name.startswith("d") and name[1:] in self.gradients:
            return self.gradients[name[1:]]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from self.values_by_name
        yield from (f"d{name}" for name in self.gradients)

    def __len__(self) -> int:
        return len(self.values_by_name) + len(self.gradients)

    def sources(self, part: str, parts: Collection[str]) -> list[str]:
        """The nearest of ``parts`` that a part is computed from: of a value those before it, of a gradient those after.

        A gradient of ``A1`` is computed from those of the marks that use A1 (the chain rule); empty for other names.
        """
        if part in self.values_by_name:
            before = {
                name: [leaf for leaf, users in self.uses.items() if name in users] for name in self.values_by_name
            }
            return _nearest(part, before, parts, "")
        if part.startswith("d") and part[1:] in self.gradients:
            return _nearest(part[1:], self.uses, parts, "d")
        return []


@dataclass(frozen=True)
class Expected:
    """The true value of a part, and by how much each element of an answer may differ.

    ``exact_tolerance`` is what float64 arithmetic needs; an answer that is within ``tolerance`` only was computed in
    float32 somewhere.
    """

    value: np.ndarray
    tolerance: np.ndarray
    exact_tolerance: np.ndarray


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread: arrays here are small, and threads that wait for each other cost most of the time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def differentiate(reference: Callable[..., torch.Tensor], /, **inputs: Any) -> Trace:
    """Values and gradients of ``reference(mark, **inputs)``, a scalar loss, at the inputs."""
    return trace_reference(reference, inputs)


def trace_reference(
    reference: Callable[..., torch.Tensor], inputs: Mapping[str, Any], upstream: str | None = None
) -> Trace:
    """Values and gradients of ``reference(mark, **inputs)`` at the inputs, by reverse-mode differentiation.

    ``upstream`` names the input that is the upstream gradient, of the shape of what the reference returns; a scalar loss
    needs none.
    """
    leaves = {
        name: value.detach().clone().requires_grad_()
        for name, value in inputs.items()
        if isinstance(value, torch.Tensor) and value.is_floating_point()
    }
    marks: list[tuple[str, torch.Tensor]] = []

    def mark(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if name in leaves:
            raise ValueError(f"the name '{name}' is marked twice, or is that of an input")
        marks.append((name, tensor))
        leaves[name] = tensor.detach().clone().requires_grad_()
        return leaves[name]

    with torch.enable_grad():
        result = call_with_known(reference, mark, known={**inputs, **leaves})
        values = {name: leaves[name].detach() for name, _ in marks}
        values["loss" if result.ndim == 0 else "out"] = result.detach()
        if upstream is None and result.ndim:
            raise ValueError("the reference returns a tensor: name the input that is its upstream gradient")
        seed = torch.ones_like(result) if upstream is None else inputs[upstream].to(result.dtype)
        gradients = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
        uses: dict[str, tuple[str, ...]] = dict.fromkeys(leaves, ())
        chain = [("loss", result, seed), *((name, tensor, None) for name, tensor in reversed(marks))]
        for name, tensor, given in chain:
            if not tensor.requires_grad:
                continue
            towards = gradients[name] if given is None else given
            found = torch.autograd.grad(tensor, list(leaves.values()), towards, retain_graph=True, allow_unused=True)
            for leaf_name, gradient in zip(leaves, found, strict=True):
                if gradient is not None:
                    uses[leaf_name] = (name, *uses[leaf_name])
                    gradients[leaf_name] = gradients[leaf_name] + gradient
    return Trace(values, gradients, uses)


def tensors(inputs: Inputs, dtype: torch.dtype = torch.float64) -> dict[str, Any]:
    """Inputs of a case as an author's functions get them."""
    return {
        name: torch.from_numpy(np.array(value)).to(dtype if value.dtype.kind == "f" else torch.int64)
        if isinstance(value, np.ndarray)
        else value
        for name, value in inputs.items()
    }


def expected_values(loaded: Loaded, case: Case, inputs: Inputs) -> dict[str, Expected]:
    """True value and tolerance of every part of an exercise in one case.

    The tolerance follows from the reference itself: it is run in float64, and a few times in float32 on inputs rounded
    in different ways; `SLACK` times the greatest difference, by element and never far below that of its row, is allowed.
    Inputs that float32 holds exactly stay exact, so that a kink or a tie stays where the author put it. Raises
    ExerciseError when the reference fails, is not finite, or lacks a part.
    """
    true = true_parts(loaded, case, tensors(inputs))
    error = {part: np.zeros(value.shape) for part, value in true.items()}
    for sample in range(SAMPLES):
        rounded = {name: _rounded(value, sample) for name, value in inputs.items()}
        other = true_parts(loaded, case, tensors(rounded, torch.float32))
        if not all(np.isfinite(value).all() for value in other.values()):
            other = true_parts(loaded, case, tensors(rounded))
        for part, value in other.items():
            error[part] = np.maximum(error[part], np.abs(value.astype(np.float64) - true[part]))
    return {part: _expected(value, _shared_in_rows(error[part])) for part, value in true.items()}


def true_parts(loaded: Loaded, case: Case, inputs: dict[str, Any]) -> dict[str, np.ndarray]:
    """The value of every part at inputs as `tensors` gives them, in their dtype.

    Raises ExerciseError when the reference fails, lacks a part, or is not finite in float64.
    """
    exercise = loaded.exercise
    try:
        trace: Mapping[str, torch.Tensor] = {}
        if exercise.reference is not None:
            trace = trace_reference(exercise.reference, inputs, exercise.upstream)
        known: dict[str, Any] = dict(trace)
        if exercise.outputs is not None:
            known.update(call_with_known(exercise.outputs, trace, known=inputs))
        parts = {part: np.asarray(torch.as_tensor(known[part]).detach()) for part in exercise.points}
    except KeyError as error:
        raise ExerciseError(
            f"neither the reference nor outputs give the part {error}",
            path=loaded.source.path,
            advice="A part is a mark's or output's name, or 'd' and the name of a mark or input.",
        ) from None
    except Exception as error:
        raise ExerciseError(
            f"the reference raised {type(error).__name__} in case '{case.name}': {error}", path=loaded.source.path
        ) from error
    if inputs and any(torch.is_tensor(v) and v.dtype == torch.float64 for v in inputs.values()):
        broken = [part for part, value in parts.items() if not np.isfinite(value).all()]
        if broken:
            raise ExerciseError(
                f"the reference is not finite in case '{case.name}': {', '.join(broken)}", path=loaded.source.path
            )
    return parts


def _nearest(name: str, links: Mapping[str, Iterable[str]], parts: Collection[str], prefix: str) -> list[str]:
    """Follow links from a name, and stop on each way at the first name that (with its prefix) is a part."""
    found: dict[str, None] = {}
    for other in links.get(name, ()):
        if prefix + other in parts:
            found[prefix + other] = None
        else:
            found.update(dict.fromkeys(_nearest(other, links, parts, prefix)))
    return list(found)


def _rounded(value: Any, sample: int) -> Any:
    """A float64 array rounded to float32: to nearest, then up or down by chance (exact numbers stay as they are)."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    nearest = value.astype(np.float32)
    if sample == 0:
        return nearest.astype(np.float64)
    other = np.nextafter(nearest, np.where(nearest < value, np.inf, -np.inf).astype(np.float32))
    swap = (nearest != value) & (np.random.RandomState(sample).uniform(size=value.shape) < 0.5)
    return np.where(swap, other, nearest).astype(np.float64)


def _shared_in_rows(error: np.ndarray) -> np.ndarray:
    """Errors of elements, none of them far below the greatest of its row.

    In a few samples a rounding error can be small by luck; that of the whole row (the last axis) cannot. The share of
    it, times `SLACK`, is about 1e-7 of the row's greatest element where that is well conditioned.
    """
    return np.maximum(error, error.max(axis=-1, keepdims=True, initial=0.0) / SLACK) if error.ndim else error


def _expected(value: np.ndarray, error: np.ndarray) -> Expected:
    if value.dtype.kind != "f":
        zero = np.zeros(value.shape)
        return Expected(value, zero, zero)
    size = np.abs(value)
    floor = SLACK * EPS64 * size.max(initial=0.0)
    tolerance = SLACK * (error + EPS32 * size) + floor
    # 1e3: float64 algorithms may differ by more roundings than float32 ones before anybody would speak of precision.
    return Expected(value, tolerance, np.minimum(tolerance, 1e3 * tolerance * (EPS64 / EPS32) + floor))
