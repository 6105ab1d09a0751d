"""The course folder: its assignments, and the solution files that they are made of.

One file in ``solutions/<assignment>/<exercise>.py`` is one exercise: docstring, given code, the answer between
``### BEGIN SOLUTION`` and ``### END SOLUTION``, then after ``### BEGIN GRADING`` the reference and the cases. Inside
that section, what stands between ``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS`` never leaves the course, and a
line ``### GRADING OF layers/linear`` stands for the grading section of that exercise: another interface to the same one.
"""

from __future__ import annotations

import functools
import inspect
import re
import tomllib
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from autograder.byhand import MEANS
from autograder.errors import CourseError, ExerciseError
from autograder.exercise import TIERS, Case, Exercise
from autograder.sandbox.calls import Calls, parse_calls

__all__ = [
    "GRADING",
    "HIDDEN",
    "SETTINGS_FILE",
    "SOLUTION",
    "Assignment",
    "Forbidden",
    "Loaded",
    "Settings",
    "Source",
    "call_with_known",
    "find_course",
    "list_assignments",
    "load_assignment",
    "load_exercise",
    "load_settings",
]

SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
GRADING = "### BEGIN GRADING"
GRADING_OF = "### GRADING OF "
SETTINGS_FILE = "course.toml"

Forbidden = Literal["zero", "flag"]
"""What is done about parts that were computed by means that the exercise rules out: no points, or a note for the
instructor beside the points."""

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The instructor's choices, from ``course.toml`` in the course folder; without the file, these.

    ``carried_forward`` is the share of its points that a part keeps which is wrong only because an earlier one is.
    """

    forbidden: Forbidden = "zero"
    carried_forward: Share = 1.0


def load_settings(course: Path) -> Settings:
    """Read ``course.toml``. Raises CourseError when it is not TOML or has a key or a value that is not known."""
    path = course / SETTINGS_FILE
    try:
        with path.open("rb") as file:
            return msgspec.convert(tomllib.load(file), Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CourseError(
            f"cannot be used: {error}",
            path=path,
            advice='It may have these lines: forbidden = "zero" (no points for what was not done by hand) or "flag"; '
            "carried_forward = 1 (a part that follows correctly from a wrong earlier one keeps its points), or any share of "
            "them from 0 to 1.",
        ) from None


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
        grading = "\n" * (starts[0] + 1) + "".join(
            cls._grading_of(line, path) if line.startswith(GRADING_OF) else line for line in lines[starts[0] + 1 :]
        )
        return cls(path, text, "".join(lines[: starts[0]]).rstrip() + "\n", grading)

    @classmethod
    def _grading_of(cls, line: str, path: Path) -> str:
        """The grading section of another exercise of the course, named as ``assignment/exercise``."""
        name = line.removeprefix(GRADING_OF).strip()
        other = path.parent.parent / f"{name}.py"
        if not re.fullmatch(r"\w+/\w+", name) or not other.is_file() or GRADING_OF in other.read_text("utf-8"):
            raise ExerciseError(
                f"there is no exercise '{name}' whose grading section it could take",
                path=path,
                advice=f"Name one that has its own: '{GRADING_OF}layers/linear'.",
            )
        return f"{cls.read(other).grading.strip()}\n"


@dataclass(frozen=True)
class Loaded:
    """An exercise together with where it comes from, and the ``data`` files that lie beside the student's module.

    ``blank`` is what a handout's checks know the stub by (see `autograder.release.digest`); empty in the course.
    ``more_cases`` says whether the mark comes from cases that students do not have: a handout's checks know that of them.
    """

    assignment: str
    name: str
    exercise: Exercise
    calls: Calls
    source: Source
    folder: Path
    data: Mapping[str, bytes] = field(default_factory=dict)
    blank: str = ""
    more_cases: bool = False

    @property
    def module(self) -> str:
        """File name of the student's module."""
        return f"{self.name}.py"

    def is_hidden(self, case: Case) -> bool:
        """Whether a case is one that only the grader has."""
        return any(case.name == hidden.name for hidden in self.exercise.hidden)


@dataclass(frozen=True)
class Assignment:
    """The exercises of one folder of ``solutions/``, in order.

    ``data`` are the other files of the folder by name: they go out with the handout, and lie beside the student's module
    when it is graded. The README goes out only.
    """

    name: str
    folder: Path
    exercises: tuple[Loaded, ...]
    data: Mapping[str, bytes] = field(default_factory=dict)


def find_course(named: Path | None = None) -> Path:
    """The course folder: the one named, or else the nearest one, from here upwards, that holds ``solutions/``."""
    if named is not None:
        if not (named / "solutions").is_dir():
            raise CourseError("there is no folder 'solutions' in it", path=named, advice="Name the course folder.")
        return named.resolve()
    start = Path.cwd()
    for folder in (start, *start.parents):
        if (folder / "solutions").is_dir():
            return folder
    raise CourseError(
        "no folder 'solutions' here or above",
        path=start,
        advice="Run this in the course folder, or name it with --course.",
    )


def list_assignments(course: Path) -> list[str]:
    """Names of the assignments of a course: the folders in ``solutions/`` that hold an exercise.

    Raises CourseError when there is none.
    """
    solutions = course / "solutions"
    names = sorted(folder.name for folder in solutions.iterdir() if folder.is_dir() and any(_exercise_files(folder)))
    if not names:
        raise CourseError("there is no exercise", path=solutions, advice="Write one: CONTRIBUTING.md shows how.")
    return names


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
    data = {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix not in (".py", ".md") and not path.name.startswith(".")
    }
    loaded = [load_exercise(path, assignment=name, data=data) for path in _exercise_files(folder)]
    return Assignment(name, folder, tuple(sorted(loaded, key=lambda one: (one.exercise.order, one.name))), data)


def load_exercise(
    path: Path, *, assignment: str, folder: Path | None = None, data: Mapping[str, bytes] | None = None
) -> Loaded:
    """Load one file and check that it is complete. Only the grading section is run, never the answer.

    ``folder`` is where the author's functions find the data files of the assignment, by default beside the file;
    ``data`` are those that lie beside a student's module.
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
    blank = str(namespace.get("STUB", ""))
    more = bool(namespace.get("MORE_CASES", exercise.hidden))
    calls = _check(exercise, path)
    return Loaded(assignment, path.stem, exercise, calls, source, folder or path.parent, data or {}, blank, more)


def call_with_known(function: Callable[..., Any], *first: Any, known: Mapping[str, Any]) -> Any:
    """Call an author's function with those of the known names that it asks for."""
    parameters = _parameters(function)
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return function(*first, **known)
    names = [parameter.name for parameter in parameters[len(first) :]]
    missing = [p.name for p in parameters[len(first) :] if p.name not in known and p.default is inspect.Parameter.empty]
    if missing:
        raise TypeError(f"{function.__name__} asks for {', '.join(missing)}, which no input is named")
    return function(*first, **{name: known[name] for name in names if name in known})


@functools.lru_cache(maxsize=4096)
def _parameters(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    """The same few functions are called thousands of times."""
    return tuple(inspect.signature(function).parameters.values())


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
    unheard = sorted(set(exercise.allowed) - set(MEANS))
    if unheard:
        raise wrong(f"allowed: there is no {', '.join(map(repr, unheard))}", f"There are: {', '.join(MEANS)}.")
    names = [case.name for case in exercise.cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise wrong(f"two cases are called {', '.join(map(repr, twice))}")
    if not any(case.tier == "generic" for case in exercise.public):
        raise wrong("public: there is no generic case", "A student needs at least one to check against.")
    if not any(case.tier == "generic" and case.diagnosed for case in exercise.cases):
        raise wrong("there is no generic case with diagnosed=True", "Mistakes are looked for in such cases alone.")
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
