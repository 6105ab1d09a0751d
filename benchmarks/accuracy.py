"""How often the grader finds, names and fairly charges the mistakes that students make, against other graders.

    python benchmarks/accuracy.py [--exercise NAME ...] [--limit N] [--singles-only] [--misses]

The mistakes are edits of the model solutions, with a teacher's labels: ``benchmarks/mistakes``, described in
``benchmarks/README.md``. Each is handed in alone, and with one other of the same exercise. A run without options writes
``benchmarks/accuracy.md``.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autograder.cases import Secret
from autograder.course import load_assignment
from autograder.exercise import TIERS
from autograder.expected import Expected
from autograder.marking import mark_exercise
from autograder.reference import one_thread
from autograder.results import ExerciseResult
from autograder.sandbox.forking import ForkRunner
from autograder.sandbox.runner import Outcomes, Runner, Values
from autograder.trials import Exam

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks" / "mistakes"
SECRET = Secret(b"accuracy-accuracy-accuracy", "the benchmark")
PAIRS = 25
"""Pairs of mistakes by exercise, at most."""
FEWEST_GRADIENTS = 3
"""Exercises with fewer gradients among their parts have no pairs: nothing lies between two mistakes."""
LOSSES = {"loss", "L"}
SCALES = {"wrong_factor", "sign", "loss_sign"}
KEYS = {"name", "find", "replace", "edits", "part", "mistake", "loses"}


@dataclass(frozen=True)
class Mistake:
    """A planted mistake: edits of the answer, and what a teacher says about it.

    ``ids`` are the names of the mistake that are equally right, ``loses`` the tiers in which a part loses its points.
    """

    name: str
    edits: tuple[tuple[str, str], ...]
    part: str
    ids: tuple[str, ...]
    loses: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Graded:
    """An answer with one or two mistakes, and what came of it: points by part, here, from the teacher and elsewhere."""

    mistakes: tuple[Mistake, ...]
    result: ExerciseResult
    wrong: Mapping[str, frozenset[str]]
    broken: frozenset[str]
    teacher: Mapping[str, Fraction]
    others: Mapping[str, Fraction]

    @property
    def name(self) -> str:
        """The names of the mistakes."""
        return "; and ".join(mistake.name for mistake in self.mistakes)

    @property
    def score(self) -> float:
        """Points of the whole answer, as a share."""
        return (self.result.score or 0.0) / self.result.points

    @property
    def teacher_score(self) -> float:
        """Points that a teacher gives, as a share."""
        return float(sum(self.teacher.values())) / self.result.points

    @property
    def killed(self) -> bool:
        """Whether points are lost where the teacher points."""
        lost = {part.part for part in self.result.parts if part.score is None or part.score < part.points - 1e-9}
        return all(mistake.part in lost for mistake in self.mistakes)

    @property
    def names(self) -> dict[str, str]:
        """The mistakes that the grader names, by part."""
        given = {part.part: str(getattr(part, "mistake", "")) for part in self.result.parts}
        return {part: name for part, name in given.items() if name}

    @property
    def named(self) -> bool:
        """Whether every mistake has its name where the teacher points."""
        return all(self.names.get(mistake.part) in mistake.ids for mistake in self.mistakes)

    @property
    def misnamed(self) -> dict[str, str]:
        """Names, by part, of mistakes that are not there."""
        planted = {name for mistake in self.mistakes for name in mistake.ids}
        return {part: name for part, name in self.names.items() if name not in planted}

    @property
    def deviations(self) -> dict[str, tuple[float | None, float]]:
        """Parts with other points than the teacher's: what they got, what the teacher gives."""
        return {
            part.part: (part.score, float(self.teacher[part.part]))
            for part in self.result.parts
            if part.score is None or abs(part.score - float(self.teacher[part.part])) > 1e-6
        }


# The mistakes.


def load_mistakes(folder: Path = FOLDER) -> dict[tuple[str, str], list[Mistake]]:
    """All mistakes by assignment and exercise. Raises ValueError when a file is not as the README says."""
    return {
        (path.parent.name, path.stem): [_mistake(one, path) for one in tomllib.loads(path.read_text())["mistake"]]
        for path in sorted(folder.glob("*/*.toml"))
    }


def _mistake(entry: Mapping[str, Any], path: Path) -> Mistake:
    where = f"{path.name}, {entry.get('name')!r}"
    if unknown := set(entry) - KEYS:
        raise ValueError(f"{where}: unknown keys {sorted(unknown)}")
    edits = entry.get("edits") or [{"find": entry["find"], "replace": entry["replace"]}]
    ids = [entry["mistake"]] if isinstance(entry["mistake"], str) else entry["mistake"]
    loses = {
        part: frozenset(TIERS) if tiers == "all" else frozenset(tiers)
        for part, tiers in entry["loses"].items()
        if tiers == "all" or set(tiers) <= set(TIERS)
    }
    if set(loses) != set(entry["loses"]) or not loses.get(entry["part"]):
        raise ValueError(f"{where}: 'loses' gives no known tiers for some part, or nothing for {entry['part']}")
    return Mistake(
        entry["name"], tuple((edit["find"], edit["replace"]) for edit in edits), entry["part"], tuple(ids), loses
    )


def edited(answer: str, mistakes: Iterable[Mistake]) -> str:
    """The answer with the mistakes in it. Raises ValueError when a text is not there once, or two edits overlap."""
    places: list[tuple[int, int, str]] = []
    for find, replace in itertools.chain.from_iterable(mistake.edits for mistake in mistakes):
        if answer.count(find) != 1:
            raise ValueError(f"is there {answer.count(find)} times: {find!r}")
        start = answer.index(find)
        places.append((start, start + len(find), replace))
    places.sort()
    if any(one[1] > other[0] for one, other in itertools.pairwise(places)):
        raise ValueError("two edits overlap")
    for start, end, replace in reversed(places):
        answer = answer[:start] + replace + answer[end:]
    return answer


def pairs(exam: Exam, mistakes: Sequence[Mistake]) -> list[tuple[Mistake, Mistake]]:
    """Pairs that a teacher can tell apart, in a fixed random order.

    Left out are those that edit the same place, or where one takes away all that could show the other. A mistake that
    shows in some tiers only comes first: what lies before it would change the values that it needs. A loss and a gradient
    that are both off by a factor may belong together, which is one mistake.
    """
    parts = exam.loaded.exercise.parts
    found = []
    for one, other in itertools.combinations(sorted(mistakes, key=lambda mistake: parts.index(mistake.part)), 2):
        hidden = other.part in one.loses and "generic" in one.loses[other.part]
        subtle = "generic" not in other.loses[other.part]
        alike = {one.part, other.part} & LOSSES and SCALES & set(one.ids) and SCALES & set(other.ids)
        if one.part != other.part and one.part not in other.loses and not hidden and not subtle and not alike:
            try:
                edited(exam.loaded.source.answer, (one, other))
            except ValueError:
                continue
            found.append((one, other))
    random.Random(f"{exam.loaded.assignment}/{exam.loaded.name}").shuffle(found)
    return found


# Grading.


def exams(only: Sequence[str] = ()) -> Iterator[tuple[Exam, list[Mistake]]]:
    """The exercises that have mistakes, with these."""
    for assignment, group in itertools.groupby(load_mistakes().items(), key=lambda item: item[0][0]):
        planted = {name: mistakes for (_, name), mistakes in group}
        for loaded in load_assignment(ROOT, assignment).exercises:
            if loaded.name in planted and (not only or loaded.name in only):
                yield Exam(loaded, SECRET), planted[loaded.name]


def grade(exam: Exam, runner: Runner, *mistakes: Mistake) -> Graded:
    """Hand in the model solution with these mistakes."""
    text = edited(exam.loaded.source.answer, mistakes)
    outcomes = runner.run(exam.job({exam.loaded.module: text.encode()}))
    return Graded(
        mistakes=mistakes,
        result=mark_exercise(exam, outcomes),
        wrong=wrong_tiers(exam, outcomes),
        broken=frozenset(part for values in outcomes.runs for part in values.outcome.faults),
        teacher=teacher(exam, mistakes),
        others={name: grader(exam, outcomes) for name, grader in OTHERS.items()},
    )


def grade_all(
    exam: Exam, runner: Runner, mistakes: Sequence[Mistake], *, at_most: int = PAIRS
) -> tuple[list[Graded], list[Graded]]:
    """Each mistake alone, and pairs of them."""
    singles = [grade(exam, runner, mistake) for mistake in mistakes]
    return singles, grade_pairs(exam, runner, singles, at_most=at_most)


def grade_pairs(exam: Exam, runner: Runner, singles: Sequence[Graded], *, at_most: int = PAIRS) -> list[Graded]:
    """Pairs of the mistakes that have been graded alone."""
    by_name = {single.name: single for single in singles}
    mistakes = [mistake for single in singles for mistake in single.mistakes]
    both: list[Graded] = []
    if at_most and sum(_is_gradient(part, exam) for part in exam.loaded.exercise.parts) >= FEWEST_GRADIENTS:
        for pair in pairs(exam, mistakes)[: 2 * at_most]:
            graded = grade(exam, runner, *pair)
            alone = by_name[pair[0].name].broken | by_name[pair[1].name].broken
            # Two mistakes that cancel, or edits that do not run together, are not two mistakes.
            if not problems(graded) and graded.broken <= alone:
                both.append(graded)
            if len(both) == at_most:
                break
    return both


def problems(graded: Graded) -> list[str]:
    """Why an answer is not wrong as its labels say, judged by the true values alone. Empty when it is."""
    found = []
    for mistake in graded.mistakes:
        for part, tiers in mistake.loses.items():
            if part not in graded.wrong:
                found.append(f"{part} is no part")
            elif "generic" in tiers and "generic" not in graded.wrong[part]:
                found.append(f"{part} is right in the generic cases")
            elif "generic" not in tiers and not tiers <= graded.wrong[part]:
                found.append(f"{part} is right in {', '.join(sorted(tiers - graded.wrong[part]))}")
            elif part == mistake.part and "generic" in graded.wrong[part] - tiers and graded.mistakes == (mistake,):
                found.append(f"{part} is wrong in the generic cases as well")
    return found


def teacher(exam: Exam, mistakes: Iterable[Mistake]) -> dict[str, Fraction]:
    """Points by part from the teacher: what the first broken links lose is lost, all else is there."""
    lost: dict[str, set[str]] = {}
    for part, tiers in itertools.chain.from_iterable(mistake.loses.items() for mistake in mistakes):
        lost.setdefault(part, set()).update(tiers)
    given = {}
    for part, points in exam.loaded.exercise.points.items():
        away = lost.get(part, set())
        share = sum((share for tier, share in exam.shares.items() if tier not in away), Fraction(0))
        given[part] = Fraction(0) if "generic" in away else Fraction(str(points)) * share
    return given


def wrong_tiers(exam: Exam, outcomes: Outcomes) -> dict[str, frozenset[str]]:
    """The tiers in which a part is not true, whatever it follows from."""
    wrong: dict[str, set[str]] = {part: set() for part in exam.loaded.exercise.parts}
    for number, trial in enumerate(exam.trials):
        values = outcomes.runs[number] if number < len(outcomes.runs) else None
        expected = exam.expected(trial.case)
        for part, tiers in wrong.items():
            if values is None or not _is_true(part, values, expected[part]):
                tiers.add(trial.tier)
            elif exam.loaded.exercise.pure and trial.variant == "plain" and values.outcome.changed.get(part):
                tiers.add("purity")
    return {part: frozenset(tiers) for part, tiers in wrong.items()}


def _is_true(part: str, values: Values, expected: Expected) -> bool:
    if part in values.outcome.faults or part not in values.arrays:
        return False
    array = values.arrays[part]
    if array.shape != expected.value.shape or "16" in values.outcome.dtypes.get(part, str(array.dtype)):
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        return bool((np.abs(array.astype(np.float64) - expected.value) <= expected.tolerance).all())


def _is_gradient(part: str, exam: Exam) -> bool:
    return part.startswith("d") and part in exam.loaded.exercise.points


# Other graders, on the first public case: points of the exercise.


def all_or_nothing(exam: Exam, outcomes: Outcomes) -> Fraction:
    """Every part by ``np.allclose`` with its usual tolerances; the exercise passes or fails."""
    agrees = _each(exam, outcomes, lambda x, y: bool(np.allclose(x, y, rtol=1e-5, atol=1e-8)))
    return exam.loaded.exercise.total if all(agrees.values()) else Fraction(0)


def relative_error(exam: Exam, outcomes: Outcomes) -> Fraction:
    """CS231n's relative error below 1e-7, part by part."""

    def agrees(x: np.ndarray, y: np.ndarray) -> bool:
        return bool(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))) < 1e-7)

    return _points(exam, _each(exam, outcomes, agrees))


def same_mean(exam: Exam, outcomes: Outcomes) -> Fraction:
    """The mean of all elements to 1e-6, part by part."""
    return _points(exam, _each(exam, outcomes, lambda x, y: bool(abs(np.mean(x) - np.mean(y)) < 1e-6)))


OTHERS: Mapping[str, Callable[[Exam, Outcomes], Fraction]] = {
    "`allclose`, all or nothing": all_or_nothing,
    "relative error < 1e-7 by part": relative_error,
    "equal means by part": same_mean,
}


def _each(exam: Exam, outcomes: Outcomes, agrees: Callable[[np.ndarray, np.ndarray], bool]) -> dict[str, bool]:
    expected = exam.expected(exam.trials[0].case)
    found = dict.fromkeys(exam.loaded.exercise.parts, False)
    for part in found:
        if outcomes.runs and part in outcomes.runs[0].arrays:
            with np.errstate(all="ignore"):
                try:
                    found[part] = agrees(outcomes.runs[0].arrays[part].astype(np.float64), expected[part].value)
                except ValueError:  # shapes that cannot be broadcast
                    found[part] = False
    return found


def _points(exam: Exam, agrees: Mapping[str, bool]) -> Fraction:
    points = exam.loaded.exercise.points
    return sum((Fraction(str(points[part])) for part, right in agrees.items() if right), Fraction(0))


# The report.


def report(graded: Mapping[str, tuple[Sequence[Graded], Sequence[Graded]]]) -> list[str]:
    """The tables, by exercise and in all."""
    singles = [one for alone, _ in graded.values() for one in alone]
    both = [one for _, pair in graded.values() for one in pair]
    lines = [
        "# Accuracy",
        "",
        f"{len(singles)} mistakes of students, planted one at a time in the model solutions of {len(graded)} exercises, "
        f"and {len(both)} answers with two of them. What they are and what a teacher says of them stands in "
        "`benchmarks/mistakes`; the rule is in `benchmarks/README.md`.",
        "",
        "## One mistake",
        "",
        "Found: points are lost at the part where the teacher points. Named: the mistake's name is given there. Wrong name: "
        "a mistake that was not made is named at some part. Fair: every part has the teacher's points.",
        "",
        "| exercise | mistakes | found | named | wrong name | fair |",
        "|---|---|---|---|---|---|",
        *(_row(name, alone) for name, (alone, _) in graded.items()),
        _row("**all**", singles),
    ]
    if both:
        lines += [
            "",
            "## Two mistakes",
            "",
            "Found, named: both of them.",
            "",
            "| exercise | answers | found | named | wrong name | fair |",
            "|---|---|---|---|---|---|",
            *(_row(name, pair) for name, (_, pair) in graded.items() if pair),
            _row("**all**", both),
        ]
    lines += [
        "",
        "## Other graders",
        "",
        "The same answers, judged on the first public case as is common: `np.allclose` over all parts, the relative error of "
        "CS231n for each part, the mean of each part. Scores are shares of the exercise's points; the distance is the mean "
        "absolute difference from the teacher's score.",
        "",
        "| grader | found, one mistake | mean score | distance | found, two mistakes | mean score | distance |",
        "|---|---|---|---|---|---|---|",
        _grader("the teacher", lambda one: one.teacher_score, singles, both),
        _grader("this grader", lambda one: one.score, singles, both),
        *(_grader(name, partial(_other, name), singles, both) for name in OTHERS),
        "",
        "## By mistake",
        "",
        "Where two names are equally right, the first of them counts.",
        "",
        "| mistake | planted | found | named |",
        "|---|---|---|---|",
        *_by_id(singles),
    ]
    unfair = [(name, one) for name, sides in graded.items() for side in sides for one in side if one.deviations]
    if unfair:
        lines += ["", "## Other points than the teacher's", "", "In brackets: the grader's points, the teacher's.", ""]
        lines += [f"* {name}: {one.name}: {_told(one)}" for name, one in unfair]
    return lines


def _row(name: str, graded: Sequence[Graded]) -> str:
    cells = (
        [one.killed for one in graded],
        [one.named for one in graded],
        [bool(one.misnamed) for one in graded],
        [not one.deviations for one in graded],
    )
    return f"| {name} | {len(graded)} | {' | '.join(_share(cell) for cell in cells)} |"


def _share(cells: Sequence[bool]) -> str:
    return f"{sum(cells) / len(cells):.0%}" if cells else "–"


def _other(name: str, one: Graded) -> float:
    return float(one.others[name]) / one.result.points


def _grader(name: str, score: Callable[[Graded], float], *sides: Sequence[Graded]) -> str:
    cells = []
    for side in sides:
        if not side:
            cells += ["–"] * 3
            continue
        scores = [score(one) for one in side]
        distance = np.mean([abs(got - one.teacher_score) for got, one in zip(scores, side, strict=True)])
        cells += [_share([got < 1 - 1e-9 for got in scores]), f"{np.mean(scores):.3f}", f"{distance:.3f}"]
    return f"| {name} | {' | '.join(cells)} |"


def _by_id(singles: Sequence[Graded]) -> Iterator[str]:
    ids = sorted({one.mistakes[0].ids[0] for one in singles})
    for name in ids:
        mine = [one for one in singles if one.mistakes[0].ids[0] == name]
        yield f"| {name} | {len(mine)} | {_share([o.killed for o in mine])} | {_share([o.named for o in mine])} |"


def _told(one: Graded) -> str:
    return ", ".join(f"{part} ({got}, {due:g})" for part, (got, due) in one.deviations.items())


def misses(exercise: str, graded: Iterable[Graded]) -> Iterator[str]:
    """What is found wrong with each answer: not found, not named, named wrong, charged otherwise."""
    for one in graded:
        said = []
        status = {part.part: part.status for part in one.result.parts}
        for mistake in one.mistakes:
            got = one.names.get(mistake.part, "")
            if got not in mistake.ids:
                said.append(
                    f"{mistake.part} ({status[mistake.part]}): expected {' or '.join(mistake.ids)}, got {got or 'no name'}"
                )
        said += [f"{part} ({status[part]}): named {name}, which was not planted" for part, name in one.misnamed.items()]
        said += [
            f"{part} ({status[part]}): expected {due:g} points, got {got}"
            for part, (got, due) in one.deviations.items()
        ]
        if not one.killed:
            said.append("no points lost where the mistake is")
        if said:
            yield f"{exercise}: {one.name}"
            yield from (f"    {line}" for line in said)


def check(only: Sequence[str] = ()) -> Iterator[str]:
    """What is wrong with the labels themselves, found by running every mistake: nothing, it is hoped."""
    with ForkRunner() as runner, one_thread():
        for exam, mistakes in exams(only):
            for mistake in mistakes:
                graded = grade(exam, runner, mistake)
                yield from (f"{exam.loaded.name}: {mistake.name}: {problem}" for problem in problems(graded))


def main() -> None:
    """Grade, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--exercise", action="append", default=[], metavar="NAME", help="this exercise only (repeatable)"
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help="the first N mistakes of each exercise, and N pairs at most"
    )
    parser.add_argument("--singles-only", action="store_true", help="no answers with two mistakes")
    parser.add_argument(
        "--misses", action="store_true", help="list what was not found, named or charged as by the teacher"
    )
    parser.add_argument(
        "--check", action="store_true", help="only see that every mistake is wrong where its labels say"
    )
    options = parser.parse_args()
    if options.check:
        found = list(check(options.exercise))
        print("\n".join(found) or "Every mistake is wrong where its labels say.")
        sys.exit(bool(found))
    at_most = 0 if options.singles_only else min(PAIRS, options.limit or PAIRS)
    graded: dict[str, tuple[list[Graded], list[Graded]]] = {}
    with ForkRunner() as runner, one_thread():
        for exam, mistakes in exams(options.exercise):
            started = time.perf_counter()
            name = exam.loaded.name
            graded[name] = grade_all(exam, runner, mistakes[: options.limit], at_most=at_most)
            print(
                f"{name}: {sum(map(len, graded[name]))} answers, {time.perf_counter() - started:.1f} s", file=sys.stderr
            )
    if not graded:
        raise SystemExit(f"There are no mistakes for {', '.join(options.exercise)}.")
    lines = report(graded)
    print("\n".join(lines))
    if options.misses:
        for name, sides in graded.items():
            print("\n".join(misses(name, itertools.chain(*sides))))
    if not (options.exercise or options.limit or options.singles_only):
        Path(__file__).with_name("accuracy.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
