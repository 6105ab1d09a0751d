"""Results in the terminal: tables that keep their columns in a pipe and their meaning without colour."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from autograder.report.common import (
    NOT_ISOLATED,
    NOT_ISOLATED_MARK,
    SIGN,
    WRONG,
    class_mistakes,
    echoes,
    explain_command,
    keeps_points,
    mistakes_in,
    next_words,
    not_by_hand,
    not_isolated,
    printed_lines,
)
from autograder.results import Change, ExerciseResult, PartResult, Status, SubmissionResult
from autograder.text import clean, counted, number, percent
from autograder.verify import Finding

__all__ = [
    "check_text",
    "console",
    "show_changes",
    "show_check",
    "show_class",
    "show_exercise",
    "show_findings",
    "show_total",
    "warn",
]

PIPE_WIDTH = 160
NOT_BY_HAND_LINES = 12
MISTAKE_LINES = 12

STYLE: dict[Status, str] = {
    "correct": "green",
    "carried_forward": "cyan",
    "wrong": "red",
    "missing": "red",
    "not_attempted": "yellow",
    "error": "red",
    "timeout": "magenta",
    "crashed": "magenta",
    "forbidden": "magenta",
    "skipped": "yellow",
    "grader_error": "bold white on red",
}

DIFF_STYLE = {"-": "red", "+": "green", "@": "cyan"}


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal, or of a fixed width where there is none."""
    found = Console(stderr=stderr, highlight=False, force_jupyter=False)
    if not found.is_terminal:
        return Console(stderr=stderr, highlight=False, force_jupyter=False, width=PIPE_WIDTH)
    return found


def warn(out: Console, message: str, kind: str = "Warning", style: str = "yellow") -> None:
    """A line about something that needs the reader's attention; names in it may come from students."""
    out.print(Text.assemble((f"{kind}: ", style), clean(message, 2000)))


def show_check(results: Sequence[ExerciseResult], out: Console, more_cases: bool) -> None:
    """What a student's check found, exercise by exercise, and the whole."""
    for result in results:
        show_exercise(result, out)
    show_total(results, out, more_cases)


def show_exercise(result: ExerciseResult, out: Console) -> None:
    """One exercise: a line where there is one thing to say, else a table of its parts and what to do first."""
    parts = result.parts
    title = Text(f"{result.exercise}: {number(result.score)} of {number(result.points)} points", style="bold")
    if all(part.status == "correct" and not part.rounded for part in parts):
        out.print(title.append(f"  {SIGN['correct']} all right", STYLE["correct"]))
    elif len({part.message for part in parts}) == 1 or all(part.status == "not_attempted" for part in parts):
        style = STYLE[parts[0].status]
        out.print(title.append(f"  {SIGN.get(parts[0].status, WRONG)} {parts[0].message}", style))
        out.print(Text.assemble(("  Next: ", "bold"), parts[0].next_step))
        _show_more(result, out)
    else:
        table = Table(title=title, title_justify="left", expand=False)
        table.add_column("part", no_wrap=True)
        table.add_column("", no_wrap=True)
        table.add_column("status", no_wrap=True)
        table.add_column("points", justify="right", no_wrap=True)
        table.add_column("what was found", overflow="fold", min_width=20)
        repeated = echoes(result)
        for part in parts:
            style = STYLE[part.status]
            table.add_row(
                Text(part.part),
                Text(SIGN.get(part.status, WRONG), style=style),
                Text(part.status.replace("_", " "), style=style),
                f"{number(part.score)}/{number(part.points)}",
                _message(part, repeated.get(part.part, "")),
            )
        out.print(table)
        _show_next(result, out)
    _show_output(result, out)
    for name, value in result.figures.items():
        out.print(Text(f"  {name}: {number(value)}"))
    out.print()


def show_total(results: Sequence[ExerciseResult], out: Console, more_cases: bool) -> None:
    """The points of all exercises, and what they are worth: ``more_cases`` says whether hidden ones count as well."""
    score = sum(result.score or 0.0 for result in results)
    points = sum(result.points for result in results)
    points_said = f"{number(score)} of {number(points)} points"
    if all(part.status == "correct" for result in results for part in result.parts):
        hidden = " The mark comes from hidden ones as well: other sizes, edge shapes, extreme values."
        out.print(Text(f"{points_said}. All public cases are right.{hidden * more_cases}", style="green"))
    else:
        hidden = "; hidden cases count as well"
        out.print(Text(f"{points_said} on the public cases{hidden * more_cases}."))


def check_text(results: Sequence[ExerciseResult], more_cases: bool) -> str:
    """The same as plain text."""
    text = io.StringIO()
    out = Console(file=text, width=110, highlight=False, no_color=True, force_jupyter=False)
    show_check(results, out, more_cases)
    return text.getvalue()


def show_changes(changes: Sequence[Change], out: Console) -> None:
    """Whose score in the gradebook is another one now."""
    if changes:
        scores = counted(len(changes), "score")
        out.print(f"\n{scores} in the gradebook changed:")
    for change in changes:
        who = f"{change.assignment}/{clean(change.student, 60)}"
        out.print(f"  {who}: {number(change.before)} -> {number(change.after)}", markup=False)


def show_class(results: Sequence[SubmissionResult], out: Console) -> None:
    """The scoreboard, then how the class did in every exercise and part, who did not derive by hand, and its mistakes."""
    assignments = list(dict.fromkeys(result.assignment for result in results))
    scoreboard = _scoreboard(results, assignments)
    width = out.width
    if not out.is_terminal:  # a file has room for every column, whatever their number
        out.width = max(width, out.measure(scoreboard, options=out.options.update(width=10**4)).maximum)
    out.print(scoreboard)
    out.width = width
    if any(not_isolated(result) for result in results):
        out.print(Text(f"{NOT_ISOLATED_MARK} {NOT_ISOLATED}", "yellow"))
    out.print()
    out.print(_exercise_rates(results))
    out.print()
    out.print(_part_rates(results))
    _show_not_by_hand(results, out)
    _show_mistakes(results, out)


def show_findings(exercise: str, findings: Sequence[Finding], out: Console) -> None:
    """What ``verify`` found about one exercise."""
    holds = all(finding.holds for finding in findings)
    out.print(
        Text(exercise, style="bold") + Text("  verified" if holds else "  NOT verified", "green" if holds else "red")
    )
    for finding in findings:
        sign = Text("  ✓ ", "green") if finding.holds else Text("  ✗ ", "red")
        detail, *more = finding.detail.splitlines() or [""]
        out.print(sign + Text(f"{finding.check}: ") + Text(detail, "dim" if finding.holds else "red"))
        for line in more:
            out.print(Text(f"      {line}", DIFF_STYLE.get(line[:1], "dim" if finding.holds else "")), soft_wrap=True)


def _message(part: PartResult, echo: str) -> Text:
    if part.status == "correct":
        return Text(part.message if part.rounded and part.next_step else "")
    if echo:
        return Text(f"As for {echo}.", style="dim")
    if part.status == "carried_forward":
        return Text(part.message, style="dim")
    if part.after:
        return Text(f"Wrong values as well; it is computed from {' and '.join(part.after)}.", style="dim")
    return Text(part.message)


def _show_output(result: ExerciseResult, out: Console) -> None:
    lines = printed_lines(result)
    if lines:
        out.print(Text("  Your code printed (over all runs, repeated lines once):", style="dim"))
    for line in lines:
        out.print(Text(f"    {line}", style="dim"))


def _show_next(result: ExerciseResult, out: Console) -> None:
    kept = keeps_points(result)
    if kept:
        out.print(Text(f"  {SIGN['carried_forward']} {kept}", STYLE["carried_forward"]))
    words = next_words(result)
    if words:
        out.print(Text.assemble(("  Next: ", "bold"), words))
        _show_more(result, out)
        return
    few_digits = next((part for part in result.parts if part.rounded and part.next_step), None)
    if few_digits is not None:
        out.print(Text.assemble(("  Next: ", "bold"), f"nothing is left to do here. {few_digits.next_step}"))


def _show_more(result: ExerciseResult, out: Console) -> None:
    """The pages on the mistakes that were made, to be called up as they stand here."""
    found = mistakes_in(result)
    for mistake, parts in found.items():
        where = "" if len(found) == 1 else f" on {', '.join(parts)}"
        out.print(Text.assemble((f"  More{where}: ", "bold"), explain_command(mistake)))


def _show_mistakes(results: Sequence[SubmissionResult], out: Console) -> None:
    """What went wrong where, and for how many; the class page has them all, with names."""
    found = class_mistakes(results)
    if not found:
        return
    table = Table(title="Mistakes: most frequent first", title_justify="left", title_style="bold")
    table.add_column("students", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("exercise", overflow="fold")
    table.add_column("parts", overflow="fold")
    table.add_column("mistake", overflow="fold")
    names = {(one.assignment, one.exercise) for one in found}
    twice = {name for name, n in Counter(exercise for _, exercise in names).items() if n > 1}
    for one in found[:MISTAKE_LINES]:
        table.add_row(
            str(len(one.results)),
            percent(len(one.results), one.submissions),
            escape(f"{one.assignment}/{one.exercise}" if one.exercise in twice else one.exercise),
            escape(", ".join(one.parts)),
            escape(one.title),
        )
    out.print()
    out.print(table)
    if len(found) > MISTAKE_LINES:
        out.print(Text(f"… and {len(found) - MISTAKE_LINES} more, on the class page", "dim"))


def _show_not_by_hand(results: Sequence[SubmissionResult], out: Console) -> None:
    """How many, who and where; the class page has them all."""
    found = not_by_hand(results)
    if not found:
        return
    parts = sum(len(one.parts) for one in found)
    people = len({one.result.student for one in found})
    out.print()
    out.print(
        Text.assemble(
            ("Not derived by hand: ", "bold magenta"),
            f"{counted(parts, 'part')} of {counted(people, 'student')}",
        )
    )
    for one in found[:NOT_BY_HAND_LINES]:
        where = f"  {clean(one.result.student, 60)}, {one.result.assignment}/{one.exercise} {', '.join(one.parts)}"
        out.print(
            Text(f"{where}: {clean(one.what)} ({'flagged only' if one.flagged else 'no points'})"),
            soft_wrap=not out.is_terminal,
        )
    if len(found) > NOT_BY_HAND_LINES:
        out.print(Text(f"  … and {len(found) - NOT_BY_HAND_LINES} more, all of them on the class page", "dim"))


def _scoreboard(results: Sequence[SubmissionResult], assignments: Sequence[str]) -> Table:
    table = Table(title="Scoreboard", title_justify="left", title_style="bold", show_footer=True)
    students = sorted({result.student for result in results})
    by_key = {(result.student, result.assignment): result for result in results}
    table.add_column("student", footer="mean", no_wrap=True)
    for assignment in assignments:
        mine = [by_key[s, assignment] for s in students if (s, assignment) in by_key]
        table.add_column(assignment, footer=_mean(mine), justify="right", no_wrap=True)
    table.add_column("total", footer=_mean(results), justify="right", no_wrap=True)
    for student in students:
        cells = [by_key.get((student, assignment)) for assignment in assignments]
        total = _total_cell([result for result in cells if result is not None])
        table.add_row(escape(clean(student, 100)), *(_score_cell(result) for result in cells), total)
    return table


def _score_cell(result: SubmissionResult | None) -> Text:
    if result is None:
        return Text("not handed in", style="dim")
    mark = Text(f"{NOT_ISOLATED_MARK} " if not_isolated(result) else "", "yellow")  # in front: digits stay below digits
    if result.score is None:
        return mark + Text("grader error", style=STYLE["grader_error"])
    score = f"{number(result.score)}/{number(result.points)}"
    return mark + Text(score, style=_rate_style(result.score, result.points))


def _total_cell(results: Sequence[SubmissionResult]) -> Text:
    if any(result.score is None for result in results):
        return Text("—")
    score, points = sum(r.score or 0.0 for r in results), sum(r.points for r in results)
    return Text(percent(score, points), style=_rate_style(score, points))


def _mean(results: Sequence[SubmissionResult]) -> str:
    graded = [result for result in results if result.score is not None]
    return percent(sum(r.score or 0.0 for r in graded), sum(r.points for r in graded))


def _exercise_rates(results: Sequence[SubmissionResult]) -> Table:
    table = Table(title="Exercises", title_justify="left", title_style="bold")
    table.add_column("exercise", no_wrap=True)
    for name in ("submissions", "all right", "not attempted", "mean score"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, exercises in _by_exercise(results).items():
        graded = [exercise for exercise in exercises if exercise.score is not None]
        score, points = sum(e.score or 0.0 for e in graded), sum(e.points for e in graded)
        all_right = sum(all(p.status == "correct" for p in e.parts) for e in graded)
        blank = sum(all(p.status in ("not_attempted", "missing") for p in e.parts) for e in graded)
        table.add_row(
            escape(name),
            str(len(exercises)),
            percent(all_right, len(graded)),
            percent(blank, len(graded)),
            Text(percent(score, points), style=_rate_style(score, points)),
        )
    return table


def _part_rates(results: Sequence[SubmissionResult]) -> Table:
    table = Table(
        title="Parts: share of submissions that are right or carried forward", title_justify="left", title_style="bold"
    )
    table.add_column("exercise", no_wrap=True)
    table.add_column("parts", overflow="fold")
    for name, exercises in _by_exercise(results).items():
        cells = Text()
        for part in [part.part for part in exercises[0].parts]:
            mine = [p for e in exercises for p in e.parts if p.part == part and p.score is not None]
            right = sum(p.status in ("correct", "carried_forward") for p in mine)
            cells.append(f"{part}\N{NO-BREAK SPACE}")
            cells.append(percent(right, len(mine)), style=_rate_style(right, len(mine)))
            cells.append("  ")
        table.add_row(escape(name), cells)
    return table


def _by_exercise(results: Sequence[SubmissionResult]) -> dict[str, list[ExerciseResult]]:
    found: dict[str, list[ExerciseResult]] = {}
    for result in results:
        for exercise in result.exercises:
            found.setdefault(f"{result.assignment}/{exercise.exercise}", []).append(exercise)
    return found


def _rate_style(part: float, whole: float) -> str:
    rate = part / whole if whole else 0.0
    return "green" if rate >= 0.85 else "yellow" if rate >= 0.5 else "red"
