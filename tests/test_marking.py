from __future__ import annotations

import textwrap
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from autograder.cases import Secret
from autograder.exercise import TIERS
from autograder.marking import mark_exercise, mark_grader_error, mark_missing_file, total
from autograder.results import ExerciseResult, decode_result, encode_result
from autograder.sandbox.runner import Ending, InProcessRunner, Outcomes, Values
from autograder.sandbox.wire import Outcome
from autograder.submission import Submission
from autograder.trials import Exam

GRADING = """
def inputs(draw, N, scale=1.0):
    return {"x": draw.normal(N, 3, scale=scale), "w": draw.normal(3)}


def reference(mark, x, w):
    return (mark("z", x @ w) ** 2).sum() / 2


EXERCISE = Exercise(
    points={"z": 1, "dz": 1, "dw": 3},
    calls='''
        z = forward(x, w)
        dz, dw = entries(backward(x, w))
    ''',
    inputs=inputs,
    reference=reference,
    public=[Case("plain", N=4), Case("another", N=5), Case("one example", tier="edge", N=1)],
    hidden=[Case("hidden", N=between(6, 8)), Case("hidden and large", tier="stability", N=3, scale=1e6)],
    seconds=10,
)
"""

RIGHT = """
def forward(x, w):
    return x @ w

def backward(x, w):
    z = x @ w
    return {"dz": z, "dw": x.T @ z}
"""

SECRET = Secret(b"a secret for the tests of marking", "the test")

# what backward does: status and score of dw (of 3 points)
STATUSES = {
    "right": ("return {'dz': x @ w, 'dw': x.T @ (x @ w)}", "correct", 3.0),
    "wrong values": ("return {'dz': x @ w, 'dw': -x.T @ (x @ w)}", "wrong", 0.0),
    "a wrong shape": ("return {'dz': x @ w, 'dw': (x.T @ (x @ w))[None]}", "wrong", 0.0),
    "not finite": ("return {'dz': x @ w, 'dw': w / 0}", "wrong", 0.0),
    "text": ("return {'dz': x @ w, 'dw': 'text'}", "wrong", 0.0),
    "a blank": ("raise NotImplementedError", "not_attempted", 0.0),
    "None": ("return {'dz': x @ w, 'dw': None}", "not_attempted", 0.0),
    "no entry": ("return {'dz': x @ w}", "missing", 0.0),
    "no return": ("pass", "missing", 0.0),
    "an exception": ("raise ValueError('odd')", "error", 0.0),
    "no memory": ("raise MemoryError", "error", 0.0),
}

# the condition under which dw is wrong: score (of 3 points), the tier that is not right
TIERED = {
    "edge": ("len(x) == 1", Fraction(85, 100), "edge"),
    "stability": ("abs(x).max() > 1e3", Fraction(85, 100), "stability"),
    "edge and stability": ("len(x) == 1 or abs(x).max() > 1e3", Fraction(70, 100), "edge"),
    "non-contiguous inputs": ("not x.is_contiguous()", Fraction(90, 100), "purity"),
    "a public generic case": ("len(x) == 5", Fraction(0), "generic"),
    "a hidden generic case": ("5 < len(x)", Fraction(0), "generic"),
    "all but the edge": ("len(x) > 1", Fraction(0), "generic"),
}


@pytest.fixture
def exam(make_exercise):
    return Exam(make_exercise(GRADING), SECRET)


def outcomes_of(exam: Exam, code: str) -> Outcomes:
    return InProcessRunner().run(exam.job({"line.py": textwrap.dedent(code).encode()}))


def mark(exam: Exam, code: str) -> ExerciseResult:
    return mark_exercise(exam, outcomes_of(exam, code))


def part(result: ExerciseResult, name: str):
    return next(one for one in result.parts if one.part == name)


def with_backward(body: str) -> str:
    head, _, _ = RIGHT.partition("    z = x @ w\n")
    return head + f"    {body}\n"


def wrong_when(condition: str) -> str:
    return with_backward(f"dw = x.T @ (x @ w)\n    return {{'dz': x @ w, 'dw': dw + 1 + dw if {condition} else dw}}")


# Scores.


def test_right_answers_earn_every_point(exam):
    result = mark(exam, RIGHT)
    assert [(one.part, one.status, one.score, one.points) for one in result.parts] == [
        ("z", "correct", 1.0, 1.0),
        ("dz", "correct", 1.0, 1.0),
        ("dw", "correct", 3.0, 3.0),
    ]
    assert (result.score, result.points) == (5.0, 5.0)
    assert [one.message for one in result.parts] == ["Right."] * 3


@pytest.mark.parametrize(("body", "status", "score"), STATUSES.values(), ids=STATUSES)
def test_each_kind_of_failure_has_its_status(exam, body, status, score):
    found = part(mark(exam, with_backward(body)), "dw")
    assert (found.status, found.score) == (status, score)


def test_a_function_that_is_not_there_is_missing(exam):
    assert part(mark(exam, "def forward(x, w):\n    return x @ w"), "dw").status == "missing"


def test_a_module_that_cannot_be_loaded_is_an_error_in_every_part(exam):
    assert {one.status for one in mark(exam, "def forward(x, w)").parts} == {"error"}


def test_what_needs_a_failed_line_is_skipped(make_exercise):
    loaded = make_exercise(GRADING.replace("backward(x, w)", "backward(x, z)"))
    result = mark(Exam(loaded, SECRET), "def forward(x, w):\n    raise ValueError\ndef backward(x, z):\n    return {}")
    assert [one.status for one in result.parts] == ["error", "skipped", "skipped"]


@pytest.mark.parametrize("kind", ["timeout", "crashed"])
def test_an_end_before_the_first_run_is_the_status_of_every_part(exam, kind):
    result = mark_exercise(exam, Outcomes([], Ending(kind)))
    assert [(one.status, one.score) for one in result.parts] == [(kind, 0.0)] * 3


@pytest.mark.parametrize("kind", ["timeout", "crashed"])
def test_an_end_in_a_hidden_extreme_case_costs_only_that_tier(exam, kind):
    outcomes = outcomes_of(exam, RIGHT)
    (last,) = [n for n, trial in enumerate(exam.trials) if trial.tier == "stability"]
    assert last == len(exam.trials) - 1
    result = mark_exercise(exam, replace(outcomes, runs=outcomes.runs[:last], ending=Ending(kind)))
    assert [(one.status, one.score) for one in result.parts] == [(kind, 0.85), (kind, 0.85), (kind, 2.55)]


def test_runs_that_are_missing_without_a_reason_are_not_right(exam):
    outcomes = outcomes_of(exam, RIGHT)
    result = mark_exercise(exam, replace(outcomes, runs=outcomes.runs[:1]))
    assert [(one.status, one.score) for one in result.parts] == [("crashed", 0.0)] * 3


@pytest.mark.parametrize(("condition", "share", "tier"), TIERED.values(), ids=TIERED)
def test_a_tier_counts_when_all_of_its_runs_are_right_and_none_without_the_generic_one(exam, condition, share, tier):
    result = mark(exam, wrong_when(condition))
    found = part(result, "dw")
    assert (found.status, found.score) == ("wrong", float(3 * share))
    assert (
        next(one for one in found.tiers if one.tier == tier).right < next(t for t in found.tiers if t.tier == tier).runs
    )
    assert (part(result, "z").status, part(result, "dz").score) == ("correct", 1.0)


def test_a_tier_says_how_many_of_its_runs_were_right(exam):
    found = part(mark(exam, wrong_when("len(x) == 5")), "dw")
    assert [(t.tier, t.right, t.runs, t.share) for t in found.tiers] == [
        ("generic", 2, 3, 0.6),
        ("edge", 1, 1, 0.15),
        ("stability", 1, 1, 0.15),
        ("purity", 3, 3, 0.1),
    ]


def test_shares_of_tiers_that_an_exercise_has_not_go_to_the_others(make_exercise):
    text = GRADING.replace(', Case("hidden and large", tier="stability", N=3, scale=1e6)', "")
    found = part(mark(Exam(make_exercise(text), SECRET), wrong_when("len(x) == 1")), "dw")
    assert found.score == float(3 * Fraction(70, 85))
    assert sum(Fraction(tier.share).limit_denominator(1000) for tier in found.tiers) == 1


def test_an_exercise_can_set_its_own_shares(make_exercise):
    text = GRADING.replace("seconds=10", 'tiers={"generic": 0.5, "edge": 0.2, "stability": 0.2, "purity": 0.1}')
    assert part(mark(Exam(make_exercise(text), SECRET), wrong_when("len(x) == 1")), "dw").score == 2.4


def test_the_shares_of_the_tiers_are_a_whole():
    assert sum(TIERS.values()) == 1


def test_points_that_floats_cannot_hold_are_summed_exactly(make_exercise):
    text = GRADING.replace('{"z": 1, "dz": 1, "dw": 3}', '{"z": 0.1, "dz": 0.2, "dw": 0.7}')
    result = mark(Exam(make_exercise(text), SECRET), RIGHT)
    assert (result.score, result.points) == (1.0, 1.0)
    result = mark(Exam(make_exercise(text.replace("0.7", "0.3"), name="other"), SECRET), "")
    assert (result.score, result.points) == (0.0, 0.6)


def test_a_third_of_a_point_three_times_is_a_point(make_exercise):
    text = GRADING.replace('{"z": 1, "dz": 1, "dw": 3}', '{"z": 1, "dz": 1, "dw": 1}')
    text = text.replace("seconds=10", 'tiers={"generic": 1, "edge": 1, "stability": 1}, pure=False')
    exam = Exam(make_exercise(text), SECRET)
    code = "def forward(x, w):\n    return x @ w * (1 + int(abs(x).max() > 1e3 or len(x) == 1))\n"
    code += "def backward(x, w):\n    z = forward(x, w)\n    return {'dz': z, 'dw': x.T @ z}"
    result = mark_exercise(exam, outcomes_of(exam, code), carried_forward=0.0)
    assert ([one.score for one in result.parts], result.score) == ([1 / 3] * 3, 1.0)


@pytest.mark.parametrize(("share", "dw"), [(1.0, 3.0), (0.5, 1.5), (0.0, 0.0)])
def test_what_follows_from_a_wrong_value_keeps_the_share_that_the_course_gives(exam, share, dw):
    code = RIGHT.replace('return {"dz": z', 'z = 2 * z\n    return {"dz": z')
    result = mark_exercise(exam, outcomes_of(exam, code), carried_forward=share)
    assert [(one.part, one.status, one.score) for one in result.parts] == [
        ("z", "correct", 1.0),
        ("dz", "wrong", 0.0),
        ("dw", "carried_forward", dw),
    ]
    assert part(result, "dz").mistake == "wrong_factor"
    assert part(result, "dw").after == ["dz"]


# Purity.


def test_state_that_is_kept_costs_the_purity_share(exam):
    code = RIGHT.replace("def forward(x, w):\n", "kept = 0\ndef forward(x, w):\n    global kept\n    kept += 1\n")
    result = mark(exam, code.replace("return x @ w\n", "return x @ w * kept\n"))
    assert [(one.part, one.status, one.score) for one in result.parts][:2] == [
        ("z", "wrong", 0.9),
        ("dz", "correct", 1.0),
    ]


def test_state_between_forward_and_backward_costs_the_purity_share(exam):
    code = """
    last = None
    def forward(x, w):
        global last
        last = x @ w
        return last
    def backward(x, w):
        return {"dz": last * 1, "dw": x.T @ (x @ w)}
    """
    result = mark(exam, code)
    assert (part(result, "dz").status, part(result, "dz").score, part(result, "dw").status) == ("wrong", 0.9, "correct")


def test_an_input_that_is_changed_in_place_costs_the_purity_share_of_the_first_part_that_line_gives(exam):
    result = mark(exam, RIGHT.replace("    z = x @ w\n", "    z = x @ w\n    w += 1\n    w = w - 1\n"))
    assert [(one.part, one.status, one.score) for one in result.parts] == [
        ("z", "correct", 1.0),
        ("dz", "wrong", 0.9),
        ("dw", "correct", 3.0),
    ]
    assert part(result, "dz").mistake == "changed_in_place"
    assert "Your code changes its input w in place" in part(result, "dz").message


def test_an_exercise_may_leave_purity_out(make_exercise):
    exam = Exam(make_exercise(GRADING.replace("seconds=10", "pure=False")), SECRET)
    result = mark(exam, RIGHT.replace("    z = x @ w\n", "    z = x @ w\n    w = w.clone()\n"))
    assert {tier.tier for tier in result.parts[0].tiers} == {"generic", "edge", "stability"}
    assert result.score == 5.0


@pytest.mark.parametrize("changed", [{"z": ("nothing of that name",)}, {"z": ()}, {"nothing": ("x",)}])
def test_forged_names_of_changed_inputs_cost_nothing(exam, changed):
    outcomes = outcomes_of(exam, RIGHT)
    forged = Values(outcomes.runs[0].arrays, Outcome(changed=changed))
    assert mark_exercise(exam, replace(outcomes, runs=[forged, *outcomes.runs[1:]])).score == 5.0


# Rows that do not depend on what the code gave.


def test_a_fault_of_the_grader_has_no_score_and_is_never_zero(exam):
    result = mark_grader_error(exam, "died twice")
    assert (result.score, [one.score for one in result.parts]) == (None, [None] * 3)
    assert {one.status for one in result.parts} == {"grader_error"}
    assert (result.points, [one.points for one in result.parts]) == (5.0, [1.0, 1.0, 3.0])
    assert (result.parts[0].instructor, "died" in result.parts[0].message) == ("died twice", False)


def test_a_fault_of_the_grader_in_one_exercise_leaves_no_score_for_the_whole(exam):
    submission = Submission("ada", "algebra", {}, {})
    record = total(submission, [mark(exam, RIGHT), mark_grader_error(exam, "")])
    assert (record.score, record.points, record.exercises[0].score) == (None, 10.0, 5.0)


def test_a_missing_file_is_missing_in_every_part_and_names_the_files_that_are_there(exam):
    result = mark_missing_file(exam, Submission("ada", "algebra", {"Line.py": b"", "notes.txt": b""}, {}))
    assert [(one.status, one.score) for one in result.parts] == [("missing", 0.0)] * 3
    assert result.parts[0].message == "There is no line.py. There is Line.py."
    assert result.parts[0].next_step == "Name the file with your answer exactly line.py."


def test_a_refused_file_says_why(exam):
    result = mark_missing_file(exam, Submission("ada", "algebra", {}, {"line.py": "a link: hand in the file itself"}))
    assert result.parts[0].message == "line.py was not read: a link: hand in the file itself."


def test_a_submission_is_the_sum_of_its_exercises(exam):
    submission = Submission("ada", "algebra", {}, {"link.py": "not an ordinary file"})
    record = total(submission, [mark(exam, RIGHT), mark(exam, "")])
    assert (record.student, record.assignment, record.score, record.points) == ("ada", "algebra", 5.0, 10.0)
    assert record.notes == ["link.py was not read: not an ordinary file."]


def test_a_record_comes_back_as_it_was(exam):
    record = total(Submission("ada", "algebra", {}, {}), [mark(exam, RIGHT), mark_grader_error(exam, "x")])
    assert decode_result(encode_result(record)) == record


# What is said, and to whom.


def test_a_public_failure_is_spoken_of_before_a_hidden_one(exam):
    found = part(mark(exam, wrong_when("True")), "dw")
    assert "in the public case 'plain'" in found.message


def test_a_failure_in_a_hidden_case_shows_no_value_and_no_text_of_the_student_s(exam):
    body = "\n    ".join(
        ["if len(x) > 5:", "    raise ValueError(f'{x} leaked')", "return {'dz': x @ w, 'dw': x.T @ (x @ w)}"]
    )
    found = part(mark(exam, with_backward(body)), "dw")
    assert found.message == "Raised an exception in a hidden case (other numbers and sizes)."
    assert "leaked" not in found.message + found.next_step
    assert "leaked" in found.instructor


def test_wrong_values_in_a_hidden_case_are_not_shown(exam):
    found = part(mark(exam, wrong_when("5 < len(x)")), "dw")
    assert found.message == "Wrong values in a hidden case (other numbers and sizes)."
    assert "hidden case 'hidden'" in found.instructor
    assert not any(character.isdigit() for character in found.message + found.next_step)


def test_the_instructor_reads_every_case_that_is_not_right(exam):
    found = part(mark(exam, wrong_when("len(x) == 1 or abs(x).max() > 1e3")), "dw")
    assert "one example; hidden and large" in found.instructor


@pytest.mark.parametrize("dtype", ["float8\x1b[31m", "float8" + "m" * 10**6])
def test_a_forged_dtype_does_not_reach_the_record_as_it_is(exam, dtype):
    outcomes = outcomes_of(exam, RIGHT)
    forged = Values(outcomes.runs[0].arrays, Outcome(dtypes={"z": dtype}))
    found = mark_exercise(exam, replace(outcomes, runs=[forged, *outcomes.runs[1:]])).parts[0]
    assert "\x1b" not in found.message
    assert len(found.message) < 1000


def test_answers_in_float32_are_right_and_say_so(exam):
    code = RIGHT.replace("x @ w", "x.float() @ w.float()").replace("x.T @ z", "x.T.float() @ z")
    result = mark(exam, code)
    assert result.score == 5.0
    assert all(one.rounded and "float32" in one.message for one in result.parts)


def test_what_the_code_printed_is_kept_for_the_instructor_in_safe_form(exam):
    result = mark(exam, RIGHT.replace("    return x @ w", "    print('\\x1b[31mred')\n    return x @ w"))
    assert result.output.splitlines()[0] == "[31mred"
    assert result.printed_bytes == 9 * 10


# Figures.


FIGURES = GRADING.replace("seconds=10", "figures=figures").replace(
    "EXERCISE =", "def figures(parts, x):\n    return {'mean': parts['z'].mean() + 0 * x[0, 0]}\n\n\nEXERCISE ="
)


def test_figures_are_reported_from_the_student_s_own_arrays(make_exercise):
    exam = Exam(make_exercise(FIGURES), SECRET)
    inputs = exam.inputs["plain"]
    expected = float((inputs["x"] @ inputs["w"]).mean())
    assert mark(exam, RIGHT).figures == {"mean": pytest.approx(expected)}


@pytest.mark.parametrize("line", ["raise ValueError", "return x", "return x @ w * float('nan')"])
def test_figures_that_cannot_be_had_are_left_out(make_exercise, line):
    code = RIGHT.replace("    return x @ w\n", f"    {line}\n")
    assert mark(Exam(make_exercise(FIGURES), SECRET), code).figures == {}


def test_a_figure_that_the_student_s_numbers_break_is_left_out_and_costs_nothing(make_exercise):
    text = FIGURES.replace(
        "parts['z'].mean() + 0 * x[0, 0]", "[1.0][int(parts['z'][0] * 0) + (parts['z'].dtype == 'float32')]"
    )
    exam = Exam(make_exercise(text), SECRET)
    result = mark(exam, RIGHT.replace("return x @ w", "return (x @ w).float()"))
    assert (result.figures, result.parts[0].status) == ({}, "correct")


def test_the_trials_are_public_cases_purity_and_hidden_cases_in_this_order(exam):
    assert [(trial.case.name, trial.variant) for trial in exam.trials] == [
        ("plain", "plain"),
        ("another", "plain"),
        ("one example", "plain"),
        ("plain", "again"),
        ("plain", "strided"),
        ("plain", "interleaved"),
        ("hidden", "plain"),
        ("hidden and large", "plain"),
    ]


def test_without_a_secret_there_are_no_hidden_trials(make_exercise):
    exam = Exam(make_exercise(GRADING), None)
    assert not any(trial.hidden for trial in exam.trials)
    assert mark(exam, RIGHT).score == 5.0


def test_expected_values_are_those_of_the_reference(exam):
    case = exam.trials[0].case
    inputs = exam.inputs[case.name]
    z = inputs["x"] @ inputs["w"]
    np.testing.assert_allclose(exam.expected(case)["dw"].value, inputs["x"].T @ z)
