"""Exercises as authors write them: what is asked, how it is called, and on which cases it is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

__all__ = ["TIERS", "Between", "Case", "Exercise", "Tier", "between"]

Tier = Literal["generic", "edge", "stability", "purity"]

TIERS: Mapping[Tier, Fraction] = {
    "generic": Fraction(6, 10),
    "edge": Fraction(15, 100),
    "stability": Fraction(15, 100),
    "purity": Fraction(1, 10),
}
"""Share of a part's points that each tier carries; shares of tiers that an exercise does not have go to the others in
proportion. ``purity`` has no cases of its own: a generic case is run a second time, with non-contiguous inputs, and in
turn with another case, and inputs must come back unchanged."""

CASE_TIERS = ("generic", "edge", "stability")


@dataclass(frozen=True)
class Between:
    """A size that the seed of the case chooses, from ``low`` to ``high`` inclusive."""

    low: int
    high: int


def between(low: int, high: int) -> Any:
    """A size from ``low`` to ``high`` that the case's seed chooses, different from the case's other sizes."""
    return Between(low, high)


@dataclass(frozen=True, init=False)
class Case:
    """One set of inputs on which an answer is judged.

    Parameters
    ----------
    name
        What the student reads: 'three outputs', 'one example'. Unique in the exercise.
    tier
        ``generic``, ``edge`` or ``stability``: which share of the points it decides.
    inputs
        A function like `Exercise.inputs` for this case alone (published numbers, say).
    zeros
        Parts whose true value is zero here, so that the case says nothing about them. ``verify`` insists that every
        other part is not.
    known
        Published values by part, as printed (strings keep trailing digits): ``verify`` compares the reference with
        them, independently of any derivative.
    diagnosed
        Whether mistakes are looked for here as well. Not in a long run, or where the expected values do not come by way of
        the reference; what explains every other case is believed here.
    sizes
        Passed on to ``inputs`` by name; `between` leaves a size to the seed.

    """

    name: str
    tier: Tier
    inputs: Callable[..., Mapping[str, Any]] | None
    zeros: tuple[str, ...]
    known: Mapping[str, Any]
    diagnosed: bool
    sizes: Mapping[str, Any]

    def __init__(
        self,
        name: str,
        *,
        tier: Tier = "generic",
        inputs: Callable[..., Mapping[str, Any]] | None = None,
        zeros: Sequence[str] = (),
        known: Mapping[str, Any] | None = None,
        diagnosed: bool = True,
        **sizes: Any,
    ) -> None:
        if tier not in CASE_TIERS:
            raise ValueError(f"case {name!r}: the tier must be one of {', '.join(CASE_TIERS)}, not {tier!r}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "tier", tier)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "zeros", tuple(zeros))
        object.__setattr__(self, "known", dict(known or {}))
        object.__setattr__(self, "diagnosed", diagnosed)
        object.__setattr__(self, "sizes", sizes)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What an exercise asks, and how it is graded.

    Parameters
    ----------
    points
        Points by part, in the order in which a student works. A part is the value of a mark or an output (``A1``), or
        ``d`` and the name of a mark or an input: its gradient (``dA1``, ``dW1``).
    calls
        How the student's code is called, see `autograder.sandbox.calls`.
    inputs
        ``inputs(draw, **sizes)`` gives the inputs of a case by name: float64 tensors, labels as int64, plain scalars
        and strings. ``draw`` is an `autograder.cases.Draw`.
    reference
        ``reference(mark, **inputs)`` computes the loss in PyTorch (those inputs that it names); ``mark(name, tensor)``
        names an intermediate value, whose gradient then is a part. Works in any float dtype.
    outputs
        ``outputs(trace, **inputs)`` gives further expected values by name, from ``trace["dW1"]`` for instance: new
        parameters after a step, a whole training run, the entries of a table.
    upstream
        Name of the input that is the upstream gradient, where the reference returns a tensor instead of a scalar loss.
    public, hidden
        Cases that the student may check against, and those that only the grader has.
    tiers
        Share of the points by tier, see `TIERS`.
    pure
        Run the purity checks. Leave it on except where a second run would be too slow.
    arrays
        What the student's code works on.
    seconds
        Wall clock for all cases together.
    figures
        ``figures(parts, **inputs)`` gives numbers to report without points (a held-out accuracy), from the student's
        arrays of the first case.
    allowed
        Means that this exercise permits although the course rules them out, see `autograder.byhand.MEANS`:
        ``("autograd",)`` where a student's own ``torch.autograd.Function`` is to be used, for instance.
    equivalent
        Edits of the model solution that ``verify`` makes and that are right all the same, each with the reason: by the
        key that ``verify`` prints. They hold lines of the answer, so they stand between the markers of hidden tests.
    also
        Names of files in which the functions may be handed in as well, where the exercise's own module is blank or not
        there: ``("layers.py",)`` of a course that keeps all of them in one file.
    order
        Place in the assignment; equal places go by name.
    difficulty
        From 1, a formula to write down, to 5, a day's thought.
    hours
        How long a student takes who has understood the lecture.
    builds_on
        Exercises to do before this one: ``exercise`` in the same assignment, or ``assignment/exercise``.

    """

    points: Mapping[str, float]
    calls: str
    inputs: Callable[..., Mapping[str, Any]]
    reference: Callable[..., Any] | None = None
    outputs: Callable[..., Mapping[str, Any]] | None = None
    upstream: str | None = None
    public: Sequence[Case] = ()
    hidden: Sequence[Case] = ()
    tiers: Mapping[Tier, Fraction | float] = field(default_factory=lambda: dict(TIERS))
    pure: bool = True
    arrays: Literal["torch", "numpy"] = "torch"
    seconds: float = 10.0
    figures: Callable[..., Mapping[str, float]] | None = None
    allowed: Sequence[str] = ()
    equivalent: Mapping[str, str] = field(default_factory=dict)
    also: Sequence[str] = ()
    order: int = 0
    difficulty: Literal[1, 2, 3, 4, 5] = 2
    hours: float = 1.0
    builds_on: Sequence[str] = ()

    @property
    def cases(self) -> tuple[Case, ...]:
        """Public cases first, then hidden ones."""
        return (*self.public, *self.hidden)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts, in the author's order."""
        return tuple(self.points)

    @property
    def total(self) -> Fraction:
        """Points of the whole exercise."""
        return sum((Fraction(str(points)) for points in self.points.values()), Fraction(0))
