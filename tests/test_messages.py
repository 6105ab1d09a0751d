"""The exact words of every message that a student can meet."""

from __future__ import annotations

import pytest

from autograder.byhand import TOO_LONG, Finding
from autograder.byhand.scopes import TOO_DEEP_WHAT, TOO_LONG_WHAT
from autograder.compare import Mismatch
from autograder.exercise import Case
from autograder.messages import (
    Changed,
    Failure,
    describe,
    file_missing,
    found_in_source,
    grader_error,
    point_back,
    right,
)
from autograder.sandbox.runner import Ending
from autograder.sandbox.wire import Fault
from autograder.trials import Trial

PUBLIC = Trial(Case("three outputs"), False, "generic")
CALL = "backward(X, Y)"

MISMATCHES: list[tuple[Failure, str, str]] = [
    (
        Mismatch("values", (3, 4), (3, 4), "float64", 5, (0, 2), 0.42, 0.11),
        "dW1 has wrong values (5 of 12 elements): the furthest off is at [0, 2], where yours is 0.42 and the true value "
        "0.11, in the public case 'three outputs'.",
        "Derive dW1 on paper for X (5, 3), W1 (4, 3), and compare term by term with your line for it.",
    ),
    (
        Mismatch("values", (), (), "float64", 1, (), 0.42, 1 / 3),
        "dW1 has wrong values: yours is 0.42, the true value 0.333333, in the public case 'three outputs'.",
        "Derive dW1 on paper for X (5, 3), W1 (4, 3), and compare term by term with your line for it.",
    ),
    (
        Mismatch("values", (3,), (3,), "int64", 1, (1,), 0, 0.11),
        "dW1 has wrong values (1 of 3 elements): the furthest off is at [1], where yours is 0 and the true value 0.11, in "
        "the public case 'three outputs'.",
        "Yours has the dtype int64: whole numbers cut off the fraction. Compute in floating point.",
    ),
    (
        Mismatch("values", (3,), (3,), "float64", 1, (1,), 0.197, 0.196612),
        "dW1 has wrong values (1 of 3 elements): the furthest off is at [1], where yours is 0.197 and the true value "
        "0.196612, in the public case 'three outputs'.",
        "That is close: is something rounded to a few digits, or left out because it is small?",
    ),
    (
        Mismatch("shape", (4,), (), "float64"),
        "dW1 has the shape (4,), but must have () (a single number), in the public case 'three outputs'.",
        "There is one axis too many, in front: is a sum or a mean missing?",
    ),
    (
        Mismatch("shape", (4, 3), (3, 4), "float64"),
        "dW1 has the shape (4, 3), but must have (3, 4), in the public case 'three outputs'.",
        "That is the transposed shape: look at the order of the factors and at each transpose.",
    ),
    (
        Mismatch("shape", (5, 3), (3,), "float64"),
        "dW1 has the shape (5, 3), but must have (3,), in the public case 'three outputs'.",
        "There is one axis too many, in front: is a sum over the batch missing?",
    ),
    (
        Mismatch("shape", (1, 3), (3,), "float64"),
        "dW1 has the shape (1, 3), but must have (3,), in the public case 'three outputs'.",
        "Only axes of size 1 differ: look at keepdim, reshape and squeeze.",
    ),
    (
        Mismatch("shape", (), (3,), "float64"),
        "dW1 has the shape () (a single number), but must have (3,), in the public case 'three outputs'.",
        "Write the shape of every factor beside it: a gradient has the shape of what it belongs to.",
    ),
    (
        Mismatch("dtype", (3,), (3,), "float16", 3),
        "dW1 has the dtype float16, which is too coarse to judge, in the public case 'three outputs'.",
        "Compute in the dtype of the inputs.",
    ),
    (
        Mismatch("finite", (3,), (3,), "float64", 2, (1,), float("nan"), 1),
        "dW1 is nan at [1] (2 of 3 elements), in the public case 'three outputs'.",
        "Look for exp of a large number, log of 0, or a division by 0, and rewrite the formula so that none occurs.",
    ),
]

TROUBLES: list[tuple[Failure, str, str]] = [
    (
        Ending("timeout"),
        "Your code was stopped after 10 s without an answer.",
        "Look for a loop that never ends, or for work outside the functions that a loop could avoid.",
    ),
    (
        Ending("crashed", "ended with exit code 0"),
        "The process that ran your code ended by itself before it had answered.",
        "Remove calls such as exit() and os._exit(), and code that uses much memory.",
    ),
    (
        Changed(("W1", "b1")),
        "Your code changes its input W1, b1 in place.",
        "Make a new tensor: no `-=` or `+=` on an argument, and no method whose name ends in `_`.",
    ),
    (
        Fault("import", type="SyntaxError", message="invalid syntax", line=3),
        "mazur.py cannot be loaded: SyntaxError in line 3 (invalid syntax).",
        "Run `python mazur.py` and mend what it reports.",
    ),
    (
        Fault("not_attempted", statement=CALL),
        "Not attempted: `backward(X, Y)` is not written yet.",
        "Replace the line `raise NotImplementedError(...)` there by your answer.",
    ),
    (
        Fault(
            "not_attempted", statement="for X in Xs: net.update(lr)", message="digits: Net.update is not written yet"
        ),
        "Not attempted: Net.update is not written yet.",
        "Replace the line `raise NotImplementedError(...)` there by your answer.",
    ),
    (
        Fault("timeout", statement="step(x)"),
        "Your code was stopped after 10 s without an answer, in `step(x)`.",
        "Look for a loop that never ends, or for work outside the functions that a loop could avoid.",
    ),
    (
        Fault("crashed", statement="step(x)", message="killed by SIGSEGV"),
        "The process that ran your code ended by itself before it had answered, in `step(x)`.",
        "Remove calls such as exit() and os._exit(), and code that uses much memory.",
    ),
    (
        Fault("given_up", statement="step(x)", type="timeout"),
        "Not run here, because `step(x)` did not end in time in two other cases.",
        "Mend that line first.",
    ),
    (
        Fault("given_up", statement="step(x)", type="crashed"),
        "Not run here, because `step(x)` ended the process in two other cases.",
        "Mend that line first.",
    ),
    (
        Fault("raised", statement=CALL, type="TypeError", message="backward() takes 1 positional argument"),
        "`backward(X, Y)` raised TypeError (backward() takes 1 positional argument), in the public case 'three outputs'.",
        "Compare the arguments and the return value with those of the stub.",
    ),
    (
        Fault("raised", statement=CALL, type="RecursionError", message="maximum recursion depth exceeded", line=9),
        "`backward(X, Y)` raised RecursionError in line 9 (maximum recursion depth exceeded), in the public case "
        "'three outputs'.",
        "Python stops a function that has called itself a thousand times: use a loop and a list of what is still to do.",
    ),
    (
        Fault("missing", statement="FORWARD", message="key"),
        "FORWARD has no entry 'dW1'.",
        "Put it back, as it is in the stub.",
    ),
    (Fault("unusable", statement="FORWARD", type="str"), "dW1 is text, not a number.", "Write it without quotes."),
    (
        Fault("skipped", statement="Net(W1)", message="Net", cause="undefined"),
        "mazur.py defines no Net.",
        "Keep the names of the stub: the grader calls them.",
    ),
    (
        Fault("skipped", statement="forward(X)", type="NoneType", message="dict", cause="missing"),
        "Could not be computed, because `forward(X)` failed before it: it gave None.",
        "Mend that first.",
    ),
    (
        Fault("skipped", statement="forward(X)", type="tuple", message="dict", cause="unusable"),
        "Could not be computed, because `forward(X)` failed before it: it gave a tuple.",
        "Mend that first.",
    ),
    (
        Fault("skipped", statement="forward(X)", type="Tensor", message="key", cause="missing"),
        "Could not be computed, because `forward(X)` failed before it: an entry is missing.",
        "Mend that first.",
    ),
    (
        Fault("skipped", statement="forward(X)", cause="memory"),
        "Could not be computed, because `forward(X)` failed before it: it asked for more memory than it may have.",
        "Mend that first.",
    ),
    (
        Fault("skipped", statement="step(x)", cause="timeout"),
        "Could not be computed, because `step(x)` failed before it: it did not end in time.",
        "Mend that first.",
    ),
    (
        Fault("skipped", statement="step(x)", cause="crashed"),
        "Could not be computed, because `step(x)` failed before it: the process ended there.",
        "Mend that first.",
    ),
    (Fault("not_attempted", statement="FORWARD", type="NoneType"), "dW1 is still None in FORWARD.", "Fill it in."),
    (
        Fault("raised", statement=CALL, type="IndexError", message="index 3 is out of range", line=17),
        "`backward(X, Y)` raised IndexError in line 17 (index 3 is out of range), in the public case 'three outputs'.",
        "Look at line 17, and print what goes into it.",
    ),
    (
        Fault("memory", statement=CALL),
        "Your code asked for more memory than it may have, in `backward(X, Y)`, in the public case 'three outputs'.",
        "Look at the shapes: a broadcast may have made a far larger array than you expect.",
    ),
    (
        Fault("missing", statement=CALL, message="key"),
        "`backward(X, Y)` gives no entry 'dW1'.",
        "Add the key 'dW1' to the dictionary that you return.",
    ),
    (
        Fault("missing", statement=CALL, type="NoneType"),
        "`backward(X, Y)` gives None.",
        "Is a return statement missing?",
    ),
    (
        Fault("undefined", statement=CALL, message="backward"),
        "mazur.py defines no backward.",
        "Keep the names of the stub: the grader calls them.",
    ),
    (
        Fault("unusable", statement=CALL, type="tuple", message="dict"),
        "`backward(X, Y)` gives a tuple instead of a dictionary.",
        "Return a dictionary by part name.",
    ),
    (
        Fault("count", statement=CALL, type="Tensor", message="out, cache"),
        "`backward(X, Y)` gives a Tensor instead of 2 things: out, cache.",
        "Return a tuple, in this order: `return out, cache`.",
    ),
    (
        Fault("count", statement=CALL, type="tuple of 2", message="out"),
        "`backward(X, Y)` gives a tuple of 2 instead of 1 thing: out.",
        "Return a tuple, in this order: `return out,`.",
    ),
    (
        Fault("unusable", statement=CALL, type="Tensor", message="complex numbers (complex64)"),
        "dW1 is not an array of numbers: it is of type Tensor (complex numbers (complex64)).",
        "Give a number, or an array of numbers.",
    ),
    (
        Fault("skipped", statement="forward(X)", type="ValueError", message="boom", line=3),
        "Could not be computed, because `forward(X)` failed before it: ValueError in line 3 (boom).",
        "Mend that first.",
    ),
]

VARIANTS = [
    (
        "again",
        "Right the first time, but not when your code is called a second time on the same inputs",
        "Look for something that keeps its value between calls: a global, a default argument, an attribute that is "
        "added to.",
    ),
    (
        "strided",
        "Right, but not for inputs that are transposed views of other arrays",
        "Use reshape instead of view, and do not rely on how an array lies in memory.",
    ),
    (
        "interleaved",
        "Right for one batch at a time, but not when the forward pass of another batch comes between",
        "Keep what backward needs in the cache or on the object, not in a global.",
    ),
]

HIDDEN = [
    ("generic", "other numbers and sizes", "Try your code on sizes and numbers of your own: all sizes different, "
     "nothing taken from a fixed example."),
    ("edge", "edge shapes", "Try your code on the smallest sizes: one example, one feature, one output."),
    ("stability", "extreme values", "Try your code on very large and very small inputs."),
    ("purity", "repeated calls", "Call your code twice in a row, with different inputs in between."),
]  # fmt: skip

HIDDEN_FAILURES: list[tuple[Failure, str]] = [
    (Mismatch("values", (9,), (9,), "float64", 5, (0,), 0.42, 0.11), "Wrong values"),
    (Mismatch("shape", (4, 3), (3, 4), "float64"), "Wrong shape"),
    (Mismatch("dtype", (3,), (3,), "float16", 3), "Too coarse a dtype"),
    (Mismatch("finite", (3,), (3,), "float64", 2, (1,), float("inf"), 1), "Not finite (nan or inf)"),
    (Ending("timeout"), "The time was up"),
    (Ending("crashed", "killed by SIGSEGV"), "The process ended by itself"),
    (Changed(("W1",)), "An input was changed in place"),
    (Fault("import", type="SecretError", message="W1[0, 0] = 0.7"), "The file could not be loaded"),
    (Fault("not_attempted", statement=CALL), "Not attempted"),
    (Fault("raised", statement=CALL, type="IndexError", message="W1[0, 0] = 0.7"), "Raised an exception"),
    (Fault("raised", statement=CALL, type="W1_0_0_is_0_7", message="W1[0, 0] = 0.7"), "Raised an exception"),
    (
        Fault("raised", statement=CALL, type="__doc__", message="a name of builtins that is no type"),
        "Raised an exception",
    ),
    (Fault("timeout", statement=CALL), "The time was up"),
    (Fault("crashed", statement=CALL, message="ended with exit code 3"), "The process ended by itself"),
    (Fault("memory", statement=CALL), "Raised an exception"),
    (Fault("given_up", statement=CALL, type="timeout"), "Not run, because it did not come back in two other cases,"),
    (Fault("missing", statement=CALL, message="key"), "No value"),
    (Fault("undefined", statement=CALL, message="backward"), "No value"),
    (Fault("unusable", statement=CALL, type="str", message="W1[0, 0] = 0.7"), "Not an array of numbers"),
    (Fault("count", statement=CALL, type="E0_7", message="out, cache"), "Not as many things as asked for"),
    (Fault("skipped", statement="forward(X)", type="E0_7", message="0.7"), "No value, because an earlier step failed,"),
]


@pytest.mark.parametrize(("failure", "message", "next_step"), MISMATCHES + TROUBLES)
def test_a_public_failure_is_told_in_these_words(failure: Failure, message: str, next_step: str) -> None:
    words = describe("dW1", PUBLIC, failure, "mazur.py", 10.0, "X (5, 3), W1 (4, 3)")
    assert (words.message, words.next_step) == (message, next_step)
    assert words.instructor.startswith("public case 'three outputs': ")


@pytest.mark.parametrize(("variant", "message", "next_step"), VARIANTS)
def test_an_impure_answer_is_told_what_it_is_sensitive_to(variant: str, message: str, next_step: str) -> None:
    trial = Trial(Case("three outputs"), False, "purity", variant)  # type: ignore[arg-type]
    words = describe("dW1", trial, MISMATCHES[0][0], "mazur.py", 10.0)
    assert (words.message, words.next_step) == (f"{message}.", next_step)
    raised = Fault("raised", statement=CALL, type="RuntimeError", message="view size is not compatible", line=8)
    words = describe("dW1", trial, raised, "mazur.py", 10.0)
    assert words.message == (
        f"{message}: `backward(X, Y)` raised RuntimeError in line 8 (view size is not compatible)."
    )


@pytest.mark.parametrize(("tier", "kind", "next_step"), HIDDEN)
@pytest.mark.parametrize(("failure", "what"), HIDDEN_FAILURES)
def test_a_hidden_failure_is_told_in_fixed_words(
    tier: str, kind: str, next_step: str, failure: Failure, what: str
) -> None:
    trial = Trial(Case("confidential", tier="edge"), True, tier)  # type: ignore[arg-type]
    words = describe("dW1", trial, failure, "mazur.py", 10.0)
    assert words.message == f"{what} in a hidden case ({kind})."
    assert words.next_step == next_step
    assert "confidential" in words.instructor


def test_an_absent_file_is_told_by_name_with_what_is_there() -> None:
    words = file_missing("mazur.py", "", ["Mazur.py", "notes.txt"])
    assert words.message == "There is no mazur.py. There is Mazur.py."
    assert words.next_step == "Name the file with your answer exactly mazur.py."
    assert file_missing("mazur.py", "", []).message == "There is no mazur.py."


def test_a_refused_file_is_told_with_the_reason() -> None:
    words = file_missing("mazur.py", "larger than 1 MiB", [])
    assert words.message == "mazur.py was not read: larger than 1 MiB."
    assert words.next_step == "Hand in mazur.py as an ordinary file of less than 1 MiB."


@pytest.mark.parametrize("what", [TOO_LONG_WHAT, TOO_DEEP_WHAT, "more quotients than can be searched"])
def test_a_file_that_cannot_be_searched_is_told_why(what: str) -> None:
    words = found_in_source(Finding("mazur.py", 1, what, TOO_LONG, frozenset({0})))
    assert words.message == "mazur.py cannot be searched for what is not done by hand."
    assert words.next_step == f"Make it simpler: it has {what}."
    assert words.instructor == f"mazur.py cannot be searched for what is not done by hand: it has {what}."


def test_what_the_source_uses_is_told_with_its_line_and_its_means() -> None:
    words = found_in_source(Finding("mazur.py", 12, "torch.autograd.grad", "autograd", frozenset({0})))
    what = "Line 12 of mazur.py uses torch.autograd.grad (PyTorch's automatic differentiation)"
    assert words.message == f"{what}, but this is to be done by hand."
    assert words.next_step == "Write the derivative out yourself, step by step, with the formulas of the docstring."
    assert words.instructor == f"Found in the source: {what}."


def test_a_fault_of_the_grader_is_not_put_on_the_student() -> None:
    words = grader_error("KeyError: 'dW1'")
    assert words.message == "The grader failed here. That is not your fault, and it has cost you no points."
    assert words.next_step == "Nothing to do: your instructor sees this and will grade again."
    assert words.instructor == "KeyError: 'dW1'"


def test_a_right_answer_is_told_when_it_has_few_digits() -> None:
    assert right().message == "Right."
    assert right(float32=True).message == "Right, to the precision of float32."
    assert right(float32=True).next_step == "Compute in the dtype of the inputs to keep their precision."


def test_the_shape_of_a_value_is_not_explained_as_that_of_a_gradient() -> None:
    words = describe("loss", PUBLIC, Mismatch("shape", (), (3,), "float64"), "mazur.py", 10.0)
    assert words.next_step == "Compare with the shape that the docstring asks for."


def test_what_is_made_of_right_gradients_points_to_what_is_made_of_them() -> None:
    assert point_back("new_W1", ["dW1"], [], [], derived=True) == "dW1 is right: look at what is made of it."
    assert (
        point_back("loss", ["dW1", "db1"], [], [], derived=True)
        == "dW1 and db1 are right: look at what is made of them."
    )


@pytest.mark.parametrize(
    ("sources", "broken", "earlier", "advice"),
    [
        (["dz1"], ["dz1"], ["dz1"], "It is computed from dz1, which is not right: start there."),
        (["a", "b", "c"], ["a", "b", "c"], ["a"], "It is computed from a, b and c, which are not right: start there."),
        (["dz1"], [], [], "dz1 is right, so the mistake is in the one step from there to dW1."),
        (["a", "b"], [], ["z"], "a and b are right, so the mistake is in the one step from there to dW1."),
        ([], [], ["dz2", "dz1"], "dz2 comes before it and is not right: start there."),
        ([], [], [], ""),
    ],
)
def test_wrong_values_point_back_to_where_they_come_from(
    sources: list[str], broken: list[str], earlier: list[str], advice: str
) -> None:
    assert point_back("dW1", sources, broken, earlier) == advice


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\nb\rc", "\u202eevil", "x" * 5000, "\ud800", "\x00"])
def test_text_from_a_students_code_is_one_clean_line(hostile: str) -> None:
    fault = Fault("raised", statement=CALL, type=hostile, message=hostile, line=1)
    for text in (words := describe("dW1", PUBLIC, fault, "mazur.py", 10.0)).message, words.instructor:
        assert len(text) < 2000
        assert text.isprintable() or (set(text) - set(" ") and all(c.isprintable() or c == " " for c in text))
        text.encode()
