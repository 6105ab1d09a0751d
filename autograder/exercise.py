"""Exercises as authors write them, and the loading of their files.

One file in ``solutions/<assignment>/<exercise>.py`` is one exercise: docstring, given code, the answer between
``### BEGIN SOLUTION`` and ``### END SOLUTION``, then after ``### BEGIN GRADING`` the reference and the cases. Inside
that section, what stands between ``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS`` never leaves the course.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from autograder.errors import CourseError, ExerciseError
from autograder.sandbox.calls import Calls, parse_calls

__all__ = [
    "TIERS",
    "Assignment",
    "Between",
    "Case",
    "Exercise",
    "Loaded",
    "Source",
    "Tier",
    "between",
    "find_course",
    "list_assignments",
    "load_assignment",
    "load_exercise",
]

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

SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
GRADING = "### BEGIN GRADING"

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
    sizes
        Passed on to ``inputs`` by name; `between` leaves a size to the seed.

    """

    name: str
    tier: Tier
    inputs: Callable[..., Mapping[str, Any]] | None
    zeros: tuple[str, ...]
    known: Mapping[str, Any]
    sizes: Mapping[str, Any]

    def __init__(
        self,
        name: str,
        *,
        tier: Tier = "generic",
        inputs: Callable[..., Mapping[str, Any]] | None = None,
        zeros: Sequence[str] = (),
        known: Mapping[str, Any] | None = None,
        **sizes: Any,
    ) -> None:
        if tier not in CASE_TIERS:
            raise ValueError(f"case {name!r}: the tier must be one of {', '.join(CASE_TIERS)}, not {tier!r}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "tier", tier)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "zeros", tuple(zeros))
        object.__setattr__(self, "known", dict(known or {}))
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
    order
        Place in the assignment; equal places go by name.

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
    order: int = 0

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


@dataclass(frozen=True)
class Source:
    """The text of one solution file, in its two halves. Lines keep their numbers of the whole file."""

    path: Path
    text: str
    answer: str
    grading: str

    @classmethod
    def read(cls, path: Path) -> Source:
        """Read a solution file or a handout's checks. Raises ExerciseError when it cannot be read or split."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ExerciseError(
                f"cannot be read: {error}", path=path, advice="It must be a UTF-8 text file that you may read."
            ) from None
        lines = text.splitlines(keepends=True)
        starts = [number for number, line in enumerate(lines) if line.strip() == GRADING]
        if len(starts) != 1:
            raise ExerciseError(
                f"has {len(starts)} lines '{GRADING}' where there must be one",
                path=path,
                advice="Put the reference and the cases after such a line, at the end of the file.",
            )
        grading = "\n" * (starts[0] + 1) + "".join(lines[starts[0] + 1 :])
        return cls(path, text, "".join(lines[: starts[0]]).rstrip() + "\n", grading)


@dataclass(frozen=True)
class Loaded:
    """An exercise together with where it comes from."""

    assignment: str
    name: str
    exercise: Exercise
    calls: Calls
    source: Source
    folder: Path

    @property
    def module(self) -> str:
        """File name of the student's module."""
        return f"{self.name}.py"


@dataclass(frozen=True)
class Assignment:
    """The exercises of one folder of ``solutions/``, in order."""

    name: str
    folder: Path
    exercises: tuple[Loaded, ...]


def find_course(start: Path | None = None) -> Path:
    """The course folder: the nearest one, from ``start`` upwards, that holds ``solutions/``."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "solutions").is_dir():
            return folder
    raise CourseError(
        "no folder 'solutions' here or above",
        path=start,
        advice="Run this in the course folder, or name it with --course.",
    )


def list_assignments(course: Path) -> list[str]:
    """Names of the assignments of a course: the folders in ``solutions/`` that hold an exercise."""
    return sorted(
        folder.name for folder in (course / "solutions").iterdir() if folder.is_dir() and any(_exercise_files(folder))
    )


def load_assignment(course: Path, name: str) -> Assignment:
    """Load every exercise of an assignment. Raises CourseError when there is no such assignment."""
    folder = course / "solutions" / name
    names = list_assignments(course)
    if name not in names:
        raise CourseError(
            f"there is no assignment '{name}'",
            path=course / "solutions",
            advice=f"There are: {', '.join(names) or 'none'}.",
        )
    loaded = [load_exercise(path, assignment=name) for path in _exercise_files(folder)]
    return Assignment(name, folder, tuple(sorted(loaded, key=lambda one: (one.exercise.order, one.name))))


def load_exercise(path: Path, *, assignment: str, folder: Path | None = None) -> Loaded:
    """Load one file and check that it is complete. Only the grading section is run, never the answer.

    ``folder`` is where the data files of the assignment are, by default beside the file.
    """
    source = Source.read(path)
    namespace: dict[str, Any] = {"__name__": f"{assignment}.{path.stem}", "__file__": str(path)}
    try:
        exec(compile(source.grading, str(path), "exec", dont_inherit=True), namespace)
    except Exception as error:
        where = _line_in(error, path)
        raise ExerciseError(
            f"the grading section raised {type(error).__name__}{where}: {error}",
            path=path,
            advice="It must run on its own: it sees nothing of the code above it.",
        ) from error
    exercise = namespace.get("EXERCISE")
    if not isinstance(exercise, Exercise):
        raise ExerciseError(
            "the grading section defines no EXERCISE", path=path, advice="End it with `EXERCISE = Exercise(...)`."
        )
    # A handout may lie in a folder of any name: its checks say which assignment they belong to.
    assignment = str(namespace.get("ASSIGNMENT", assignment))
    return Loaded(assignment, path.stem, exercise, _check(exercise, path), source, folder or path.parent)


def call_with_known(function: Callable[..., Any], *first: Any, known: Mapping[str, Any]) -> Any:
    """Call an author's function with those of the known names that it asks for."""
    parameters = list(inspect.signature(function).parameters.values())
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return function(*first, **known)
    names = [parameter.name for parameter in parameters[len(first) :]]
    missing = [p.name for p in parameters[len(first) :] if p.name not in known and p.default is inspect.Parameter.empty]
    if missing:
        raise TypeError(f"{function.__name__} asks for {', '.join(missing)}, which no input is named")
    return function(*first, **{name: known[name] for name in names if name in known})


def _exercise_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def _check(exercise: Exercise, path: Path) -> Calls:
    """Everything about an exercise that can be said without running it."""

    def wrong(problem: str, advice: str = "") -> ExerciseError:
        return ExerciseError(problem, path=path, advice=advice)

    try:
        calls = parse_calls(exercise.calls)
    except SyntaxError as error:
        raise wrong(f"calls: {error.msg}", "See autograder/sandbox/calls.py for what they may hold.") from None
    except (AttributeError, TypeError):
        raise wrong("calls: must be text", "See autograder/sandbox/calls.py for what it may hold.") from None
    if not exercise.points:
        raise wrong("points: there is no part", "Give each part that is graded its points.")
    bad = [part for part, points in exercise.points.items() if not _positive(points)]
    if bad:
        raise wrong(f"points: {', '.join(bad)} must be more than 0")
    unknown = sorted(set(exercise.tiers) - set(TIERS))
    if unknown:
        raise wrong(f"tiers: there is no tier {', '.join(map(repr, unknown))}", f"There are: {', '.join(TIERS)}.")
    ungiven = [part for part in exercise.points if part not in calls.gives]
    if ungiven:
        raise wrong(f"calls: nothing gives {', '.join(ungiven)}", "Every part must stand on the left of some line.")
    if exercise.reference is None and exercise.outputs is None:
        raise wrong("there is neither a reference nor outputs", "One of them must compute the expected values.")
    names = [case.name for case in exercise.cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise wrong(f"two cases are called {', '.join(map(repr, twice))}")
    if not any(case.tier == "generic" for case in exercise.public):
        raise wrong("public: there is no generic case", "A student needs at least one to check against.")
    for tier in {case.tier for case in exercise.cases}:
        if not _positive(exercise.tiers.get(tier, 0)):
            raise wrong(f"tiers: '{tier}' has cases but no share of the points")
    return calls


def _positive(value: Any) -> bool:
    try:
        return Fraction(str(value)) > 0
    except ValueError:
        return False


def _line_in(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f" in line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f" in line {lines[-1]}" if lines else ""
