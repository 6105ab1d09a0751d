"""Every sentence about a part: what is wrong, where, and one next step.

On public cases the student reads shapes, values and exceptions. On hidden ones the words are fixed: nothing that the
student's code made can reach the feedback, and no hidden value either. The instructor's sentence always has it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.byhand import MEANS, TOO_LONG, Finding
from autograder.compare import Mismatch
from autograder.diagnosis.candidate import Candidate
from autograder.diagnosis.explain import Explained
from autograder.diagnosis.mistakes import MISTAKES
from autograder.sandbox.runner import Ending
from autograder.sandbox.wire import Fault
from autograder.text import clean, counted, measured, percent, shape_text
from autograder.trials import Trial

__all__ = [
    "Changed",
    "Failure",
    "Words",
    "describe",
    "file_missing",
    "follow_from",
    "follows",
    "found_in_source",
    "grader_error",
    "named",
    "point_back",
    "right",
    "used",
]


@dataclass(frozen=True)
class Changed:
    """Inputs that the student's code changed in place."""

    names: tuple[str, ...]


Failure = Mismatch | Fault | Ending | Changed


@dataclass(frozen=True)
class Words:
    """What is said about a part, to the student and to the instructor."""

    message: str
    next_step: str = ""
    instructor: str = ""


HIDDEN_KIND = {
    "generic": "other numbers and sizes",
    "edge": "edge shapes",
    "stability": "extreme values",
    "purity": "repeated calls",
}

HIDDEN_ADVICE = {
    "generic": "Try your code on sizes and numbers of your own: all sizes different, nothing taken from a fixed example.",
    "edge": "Try your code on the smallest sizes: one example, one feature, one output.",
    "stability": "Try your code on very large and very small inputs.",
    "purity": "Call your code twice in a row, with different inputs in between.",
}

FOLLOWING = 8
"""So many parts are named that follow from another."""

SHORT = 60
"""So long may a list of shapes be that is to be worked through on paper."""

VARIANT_MESSAGE = {
    "again": "Right the first time, but not when your code is called a second time on the same inputs",
    "strided": "Right, but not for inputs that are transposed views of other arrays",
    "interleaved": "Right for one batch at a time, but not when the forward pass of another batch comes between",
}

VARIANT_ADVICE = {
    "again": "Look for something that keeps its value between calls: a global, a default argument, an attribute that "
    "is added to.",
    "strided": "Use reshape instead of view, and do not rely on how an array lies in memory.",
    "interleaved": "Keep what backward needs in the cache or on the object, not in a global.",
}


def right(*, float32: bool = False) -> Words:
    """About a correct part."""
    if float32:
        return Words(
            "Right, to the precision of float32.", "Compute in the dtype of the inputs to keep their precision."
        )
    return Words("Right.")


def file_missing(module: str, reason: str, found: list[str]) -> Words:
    """The student's module is not among the files."""
    if reason:
        return Words(f"{module} was not read: {reason}.", f"Hand in {module} as an ordinary file of less than 1 MiB.")
    others = [clean(name, 60) for name in found if name.endswith(".py")][:5]
    there = f" There is {', '.join(others)}." if others else ""
    return Words(f"There is no {module}.{there}", f"Name the file with your answer exactly {module}.")


BY_HAND = "Write the derivative out yourself, step by step, with the formulas of the docstring."


def found_in_source(finding: Finding) -> Words:
    """About a part whose code uses something that the exercise rules out, as its source says."""
    if finding.means == TOO_LONG:
        what = f"{clean(finding.file, 60)} cannot be searched for what is not done by hand"
        return Words(f"{what}.", f"Make it simpler: it has {finding.what}.", f"{what}: it has {finding.what}.")
    what = f"Line {finding.line} of {clean(finding.file, 60)} uses {clean(finding.what, 80)} ({MEANS[finding.means]})"
    return Words(f"{what}, but this is to be done by hand.", BY_HAND, f"Found in the source: {what}.")


def used(fault: Fault) -> str:
    """What was used at run time that the exercise rules out, and where."""
    where = f"line {fault.line} of {clean(fault.file, 60)} uses " if fault.line is not None else ""
    return f"{where}{clean(fault.message, 80)}"


def grader_error(detail: str) -> Words:
    """The grader itself failed."""
    return Words(
        "The grader failed here. That is not your fault, and it has cost you no points.",
        "Nothing to do: your instructor sees this and will grade again.",
        clean(detail, 2000),
    )


def point_back(
    part: str, sources: Sequence[str], broken: Sequence[str], earlier: Sequence[str], *, derived: bool = False
) -> str:
    """The next step for a part with wrong values; empty where nothing better than the general advice is known.

    ``sources`` are the parts that it is computed from, ``broken`` those of them that are not right, ``earlier`` all parts
    before it, in the order of the exercise, that are not right. ``derived`` parts, such as new parameters, are computed
    from gradients and not by the chain rule.
    """
    if broken:
        return f"It is computed from {_listed(broken)}, which {_is(broken)} not right: start there."
    if sources and derived:
        return (
            f"{_listed(sources)} {_is(sources)} right: look at what is made of {'it' if len(sources) == 1 else 'them'}."
        )
    if sources:
        return f"{_listed(sources)} {_is(sources)} right, so the mistake is in the one step from there to {part}."
    if earlier:
        return f"{earlier[0]} comes before it and is not right: start there."
    return ""


def named(part: str, trial: Trial, mistake: Candidate, plain: Words, *, shape: bool = False) -> Words:
    """About a part whose mistake is known; ``plain`` are the words about it without that.

    Where it has the wrong ``shape``, what shapes there are is said as well.
    """
    known = MISTAKES[mistake.mistake]
    instructor = f"{plain.instructor} Mistake: {mistake.mistake} ({mistake.how})."
    if trial.hidden:
        message = f"{plain.message.removesuffix('.')}: {known.title}."
        return Words(message, plain.next_step, instructor)
    how = mistake.how.removesuffix(" in the value alone").removesuffix(" in the derivative alone")
    details = {"part": part, "how": how, **mistake.detail}
    message = f"{known.what.format(**details)} (see the public case '{trial.case.name}')."
    if shape:
        message = f"{plain.message.removesuffix('.')}: {known.title}."
    return Words(message, known.next_step.format(**details), instructor)


def follows(known: Explained, roots: Sequence[str], kept: float = 1.0) -> Words:
    """About a part that is wrong only because an earlier one is; ``roots`` are the parts where it goes wrong.

    ``kept`` is the share of its points that it keeps.
    """
    points = ": no points lost here" if kept == 1 else f": {percent(kept, 1)} of the points are kept" if kept else ""
    if known.repeats:
        return Words(
            f"Not the true values, but by the mistake in {known.repeats} once more{points}.",
            f"Mend {known.repeats}; this will come right with it.",
            f"Carried forward: the mistake in {known.repeats} again.",
        )
    sources = _listed(known.follows)
    return Words(
        f"Not the true values, but they follow correctly from your {sources}{points}.",
        f"Mend {_listed(roots)}; this will come right with {'it' if len(roots) == 1 else 'them'}.",
        f"Carried forward from {sources}.",
    )


def follow_from(part: str, others: Sequence[str]) -> str:
    """What is said at the first broken link about the parts that come from it."""
    shown = (
        _listed(others)
        if len(others) <= FOLLOWING
        else f"{', '.join(others[:FOLLOWING])} and {len(others) - FOLLOWING} more"
    )
    return f" {part} is where it goes wrong: {shown} {'follows' if len(others) == 1 else 'follow'} correctly from it."


def describe(part: str, trial: Trial, failure: Failure, module: str, seconds: float, sizes: str = "") -> Words:
    """About a part that is not right in a trial; ``sizes`` are those of its inputs, for who wants to work it out."""
    where = f"case '{trial.case.name}'" + (f", {trial.variant}" if trial.variant != "plain" else "")
    what, advice = _what(part, failure, module, seconds, sizes)
    instructor = f"{'hidden' if trial.hidden else 'public'} {where}: {what}{_detail(failure)}."
    if trial.hidden:
        message = f"{_hidden(failure)} in a hidden case ({HIDDEN_KIND[trial.tier]})."
        return Words(message, HIDDEN_ADVICE[trial.tier], instructor)
    if trial.variant != "plain" and isinstance(failure, (Mismatch, Fault)):
        how = f": {what}" if isinstance(failure, Fault) else ""
        return Words(f"{VARIANT_MESSAGE[trial.variant]}{how}.", VARIANT_ADVICE[trial.variant], instructor)
    if isinstance(failure, Mismatch) or (isinstance(failure, Fault) and failure.kind in ("raised", "memory")):
        what += f", in the public case '{trial.case.name}'"
    return Words(f"{what}.", advice, instructor)


def _what(part: str, failure: Failure, module: str, seconds: float, sizes: str) -> tuple[str, str]:
    if isinstance(failure, Mismatch):
        return _mismatch(part, failure, sizes)
    if isinstance(failure, Ending):
        return _ending(failure, seconds)
    if isinstance(failure, Changed):
        names = ", ".join(failure.names)
        return (
            f"Your code changes its input {names} in place",
            "Make a new tensor: no `-=` or `+=` on an argument, and no method whose name ends in `_`.",
        )
    return _fault(part, failure, module, seconds)


def _mismatch(part: str, m: Mismatch, sizes: str) -> tuple[str, str]:
    if m.kind == "shape":
        what = f"{part} has the shape {shape_text(m.actual_shape)}, but must have {shape_text(m.expected_shape)}"
        if m.actual_shape == m.expected_shape[::-1]:
            return what, "That is the transposed shape: look at the order of the factors and at each transpose."
        if tuple(n for n in m.actual_shape if n != 1) == tuple(n for n in m.expected_shape if n != 1):
            return what, "Only axes of size 1 differ: look at keepdim, reshape and squeeze."
        if len(m.actual_shape) == len(m.expected_shape) + 1 and m.actual_shape[1:] == m.expected_shape:
            over = "is a sum or a mean missing?" if not m.expected_shape else "is a sum over the batch missing?"
            return what, f"There is one axis too many, in front: {over}"
        if not part.startswith("d"):
            return what, "Compare with the shape that the docstring asks for."
        return what, "Write the shape of every factor beside it: a gradient has the shape of what it belongs to."
    if m.kind == "dtype":
        return (
            f"{part} has the dtype {clean(m.dtype, 30)}, which is too coarse to judge",
            "Compute in the dtype of the inputs.",
        )
    at = f" at {list(m.index)}" if m.index else ""
    several = f" ({m.wrong} of {m.size} elements)" if m.size > 1 else ""
    if m.kind == "finite":
        return (
            f"{part} is {measured(m.actual)}{at}{several}",
            "Look for exp of a large number, log of 0, or a division by 0, and rewrite the formula so that none occurs.",
        )
    what = f"{part} has wrong values{several}"
    if m.size > 1:
        what += (
            f": the furthest off is{at}, where yours is {measured(m.actual)} and the true value {measured(m.expected)}"
        )
    else:
        what += f": yours is {measured(m.actual)}, the true value {measured(m.expected)}"
    if m.dtype.startswith(("int", "uint", "bool")):
        return (
            what,
            f"Yours has the dtype {clean(m.dtype, 30)}: whole numbers cut off the fraction. Compute in floating point.",
        )
    if abs(m.actual - m.expected) < 1e-2 * abs(m.expected):
        return what, "That is close: is something rounded to a few digits, or left out because it is small?"
    where = f" for {sizes}" if 0 < len(sizes) <= SHORT else ""
    return what, f"Derive {part} on paper{where}, and compare term by term with your line for it."


def _ending(ending: Ending, seconds: float, where: str = "") -> tuple[str, str]:
    if ending.kind == "timeout":
        return (
            f"Your code was stopped after {seconds:g} s without an answer{where}",
            "Look for a loop that never ends, or for work outside the functions that a loop could avoid.",
        )
    return (
        f"The process that ran your code ended by itself before it had answered{where}",
        "Remove calls such as exit() and os._exit(), and code that uses much memory.",
    )


def _fault(part: str, fault: Fault, module: str, seconds: float) -> tuple[str, str]:
    call = f"`{clean(fault.statement, 80)}`"
    raised = _raised(fault)
    match fault.kind:
        case "import":
            return f"{module} cannot be loaded: {raised}", f"Run `python {module}` and mend what it reports."
        case "not_attempted" if fault.type:
            return f"{part} is still None in {clean(fault.statement, 40)}", "Fill it in."
        case "not_attempted" if fault.message.endswith(" is not written yet"):
            # The stub's own words, which name the function inside whatever was called.
            what = clean(fault.message.partition(": ")[2] or fault.message, 100)
            return f"Not attempted: {what}", "Replace the line `raise NotImplementedError(...)` there by your answer."
        case "not_attempted":
            return (
                f"Not attempted: {call} is not written yet",
                "Replace the line `raise NotImplementedError(...)` there by your answer.",
            )
        case "forbidden":
            what = used(fault)
            return f"{what[:1].upper()}{what[1:]}, but this is to be done by hand", BY_HAND
        case "undefined":
            return (
                f"{module} defines no {clean(fault.message, 60)}",
                "Keep the names of the stub: the grader calls them.",
            )
        case "missing" if fault.message == "key" and fault.statement.isidentifier():
            return f"{clean(fault.statement, 40)} has no entry '{part}'", "Put it back, as it is in the stub."
        case "missing" if fault.message == "key":
            return f"{call} gives no entry '{part}'", f"Add the key '{part}' to the dictionary that you return."
        case "missing":
            return f"{call} gives None", "Is a return statement missing?"
        case "unusable" if fault.message == "dict":
            return (
                f"{call} gives a {clean(fault.type, 40)} instead of a dictionary",
                "Return a dictionary by part name.",
            )
        case "unusable" if fault.type == "str":
            return f"{part} is text, not a number", "Write it without quotes."
        case "unusable":
            why = f" ({clean(fault.message, 80)})" if fault.message else ""
            return (
                f"{part} is not an array of numbers: it is of type {clean(fault.type, 40)}{why}",
                "Give a number, or an array of numbers.",
            )
        case "count":
            names = clean(fault.message, 80)
            return (
                f"{call} gives a {clean(fault.type, 40)} instead of {counted(len(names.split(', ')), 'thing')}: {names}",
                f"Return a tuple, in this order: `return {names if ',' in names else f'{names},'}`.",
            )
        case "memory":
            return (
                f"Your code asked for more memory than it may have, in {call}",
                "Look at the shapes: a broadcast may have made a far larger array than you expect.",
            )
        case "timeout":
            return _ending(Ending("timeout"), seconds, f", in {call}")
        case "crashed":
            return _ending(Ending("crashed"), seconds, f", in {call}")
        case "given_up":
            what = "did not end in time" if fault.type == "timeout" else "ended the process"
            return f"Not run here, because {call} {what} in two other cases", "Mend that line first."
        case "skipped" if fault.cause == "undefined":
            return (
                f"{module} defines no {clean(fault.message, 60)}",
                "Keep the names of the stub: the grader calls them.",
            )
        case "skipped":
            return f"Could not be computed, because {call} failed before it: {_cause(fault)}", "Mend that first."
    if fault.type == "RecursionError":
        return (
            f"{call} raised {raised}",
            "Python stops a function that has called itself a thousand times: use a loop and a list of what is still to do.",
        )
    if fault.line is None:
        return f"{call} raised {raised}", "Compare the arguments and the return value with those of the stub."
    return f"{call} raised {raised}", f"Look at line {fault.line}, and print what goes into it."


def _cause(fault: Fault) -> str:
    """Why the statement failed that a skipped value needs."""
    if fault.cause in ("timeout", "given_up"):
        return "it did not end in time"
    if fault.cause == "crashed":
        return "the process ended there"
    if fault.cause == "memory":
        return "it asked for more memory than it may have"
    if fault.cause == "forbidden":
        return f"it uses {clean(fault.message, 80)}"
    if fault.cause in ("missing", "unusable", "count"):
        gave = "None" if fault.type in ("", "NoneType") else f"a {clean(fault.type, 40)}"
        return "an entry is missing" if fault.message == "key" else f"it gave {gave}"
    return _raised(fault)


def _raised(fault: Fault) -> str:
    line = f" in line {fault.line}" if fault.line is not None else ""
    message = clean(fault.message, 200)
    return f"{clean(fault.type, 60)}{line}" + (f" ({message})" if message else "")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _hidden(failure: Failure) -> str:
    """What happened, in words that a student's code cannot choose."""
    if isinstance(failure, Mismatch):
        return {
            "shape": "Wrong shape",
            "dtype": "Too coarse a dtype",
            "finite": "Not finite (nan or inf)",
            "values": "Wrong values",
        }[failure.kind]
    if isinstance(failure, Ending):
        return "The time was up" if failure.kind == "timeout" else "The process ended by itself"
    if isinstance(failure, Changed):
        return "An input was changed in place"
    return {
        "import": "The file could not be loaded",
        "not_attempted": "Not attempted",
        "raised": "Raised an exception",
        "memory": "Raised an exception",
        "missing": "No value",
        "undefined": "No value",
        "unusable": "Not an array of numbers",
        "count": "Not as many things as asked for",
        "timeout": "The time was up",
        "crashed": "The process ended by itself",
        "given_up": "Not run, because it did not come back in two other cases,",
        "skipped": "No value, because an earlier step failed,",
        "forbidden": "Not computed by hand",
    }[failure.kind]


def _detail(failure: Failure) -> str:
    if isinstance(failure, Ending) and failure.detail:
        return f" ({clean(failure.detail)})"
    if isinstance(failure, Fault) and failure.kind == "crashed" and failure.message:
        return f" ({clean(failure.message)})"
    if isinstance(failure, Fault) and failure.trace:
        return f" [{clean(failure.trace, 1000)}]"
    return ""
