"""Wrong answers made on purpose: which are made, and what becomes of them."""

from __future__ import annotations

import ast
import dataclasses
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from courses import SECRET, SLOPE, WEAK, write

from autograder.cases import Secret, make_inputs
from autograder.course import Loaded, load_exercise
from autograder.diagnosis.candidate import Candidate
from autograder.mutation import GENERATORS, Campaign, Mutant, judge, tell
from autograder.mutation import campaign as campaign_module
from autograder.mutation.edits import edited_solutions
from autograder.mutation.mistakes import Made, alike, kind_of, made_mistakes
from autograder.mutation.page import Page, describe_change
from autograder.mutation.rules import (
    RULES,
    Site,
    axis_changed,
    changed_in_place,
    comparison_changed,
    constant_changed,
    function_dropped,
    function_swapped,
    index_changed,
    key_swapped,
    name_swapped,
    operand_dropped,
    operands_swapped,
    operator_swapped,
    statement_deleted,
    transposed,
)
from autograder.mutation.values import SPOILERS, spoilt_values
from autograder.sandbox.forking import ForkRunner
from autograder.sandbox.runner import Outcomes
from autograder.trials import Exam

REPOSITORY = Path(__file__).parent.parent

# (rule, a statement in a function of X, W1, W2, b1, dA1, x, k and net, every statement that the rule makes of it).
MADE = [
    (operator_swapped, "return X + b1", {"return X - b1"}),
    (operator_swapped, "return X - (x * k)", {"return X + (x * k)", "return X - (x / k)"}),
    (operator_swapped, "return X**2 / k", {"return X**2 * k"}),
    (operator_swapped, "X[k] -= x", {"X[k] += x", "X[k] = x"}),
    (operands_swapped, "return (X - b1) * k", {"return (b1 - X) * k"}),
    (operands_swapped, "return ((X - b1) ** 2).sum()", set()),
    (operands_swapped, "return (X - b1) ** 3", {"return (b1 - X) ** 3"}),
    (operands_swapped, "return X @ W1 + b1", {"return W1 @ X + b1"}),
    (operands_swapped, "return x @ v", set()),
    (operands_swapped, "return W1 @ x", {"return x @ W1"}),
    (operands_swapped, "return X / (k + 1)", {"return (k + 1) / (X)"}),
    (operands_swapped, "return torch.outer(x, b1)", {"return torch.outer(b1, x)"}),
    (operands_swapped, "return X[x, b1]", {"return X[b1, x]"}),
    (operand_dropped, "return 2 * X / k", {"return 2 * X", "return 2 / k", "return X / k"}),
    (operand_dropped, "return X - x + k", {"return X - x", "return k", "return X + k", "return (-x) + k"}),
    (operand_dropped, "return 3 * (X + k)", {"return 3", "return X + k", "return 3 * (X)", "return 3 * (k)"}),
    (operand_dropped, "return -X.mean()", {"return X.mean()"}),
    (operand_dropped, "return X - W1 * W2", {"return X", "return -(W1 * W2)", "return X - W1", "return X - W2"}),
    (constant_changed, "return X[0] * 1", {"return X[1] * 1", "return X[0] * 2"}),
    (constant_changed, "return X**2 * 10", {"return X**1 * 10", "return X**3 * 10", "return X**2 * 11"}),
    (constant_changed, "return X.sum(dim=0, keepdim=True) * 1.0", {"return X.sum(dim=0, keepdim=True) * 2.0"}),
    (transposed, "return W1.T", {"return W1"}),
    (transposed, "return X @ W1.T", {"return X.T @ W1.T", "return X @ W1"}),
    (transposed, "return W1 @ x", {"return W1.T @ x"}),
    (transposed, "return net.layers[k] @ W1", {"return net.layers[k] @ W1.T"}),
    (axis_changed, "return X.sum(dim=0)", {"return X.sum(dim=1)", "return X.sum()"}),
    (
        axis_changed,
        "return X.amax(dim=1, keepdim=True)",
        {"return X.amax(dim=0, keepdim=True)", "return X.amax(dim=1)", "return X.amax()"},
    ),
    (axis_changed, "return X.sum(dim=(1, 2))", {"return X.sum(dim=1)", "return X.sum(dim=2)", "return X.sum()"}),
    (axis_changed, "return torch.sum(X, 0).squeeze(1)", {"return torch.sum(X, 1).squeeze(1)", "return torch.sum(X, 0).squeeze(0)"}),
    (function_swapped, "return torch.sigmoid(X).sum()", {"return torch.tanh(X).sum()", "return torch.sigmoid(X).mean()"}),
    (function_swapped, "return (X - k).mean()", {"return (X - k).sum()"}),
    (function_swapped, "return {'a': torch.tanh, 'b': torch.zeros_like}", {
        "return {'a': torch.sigmoid, 'b': torch.zeros_like}", "return {'a': torch.tanh, 'b': torch.ones_like}"
    }),
    (function_dropped, "return 2 * torch.relu(X - k)", {"return 2 * (X - k)"}),
    (function_dropped, "return X.exp().sum().log()", {"return X.exp().sum()", "return X.exp().log()", "return X.sum().log()"}),
    (function_dropped, "return X - X.amax(dim=1)", {"return X - X"}),
    (function_dropped, "return [k for k in reversed(range(k))]", {
        "return [k for k in range(k)]", "return [k for k in reversed(range(k - 1))]"
    }),
    (comparison_changed, "return X * (W1 > 0)", {"return X * (W1 >= 0)", "return X * (W1 < 0)"}),
    (comparison_changed, "return x != k", {"return x == k"}),
    (name_swapped, "return W1", {"return W2", "return b1"}),
    (name_swapped, "return dA1", set()),
    (name_swapped, "return x(X)", {"return x(x)", "return x(k)"}),
    (key_swapped, "return {'a': X, 'b': x + k, 'c': W1}", {"return {'a': x + k, 'b': X, 'c': W1}", "return {'a': X, 'b': W1, 'c': x + k}"}),
    (key_swapped, "net.update(a=X, b=x)", {"net.update(a=x, b=X)"}),
    (key_swapped, "return X['dW1'] + X['dW2']", {'return X["dW2"] + X[\'dW2\']', 'return X[\'dW1\'] + X["dW1"]'}),
    (index_changed, "return W1[k]", {"return W1[k - 1]", "return W1"}),
    (index_changed, "W1[k] = X", {"W1[k - 1] = X"}),
    (statement_deleted, "return X", {"pass"}),
    (changed_in_place, "W1 = W1 - k * dA1", {"W1 -= k * dA1"}),
    (changed_in_place, "W1 = k * dA1 - W1", set()),
    (changed_in_place, "return torch.relu(X) + X.clamp(min=0) + torch.exp(X @ W1)", {
        "return torch.relu_(X) + X.clamp(min=0) + torch.exp(X @ W1)", "return torch.relu(X) + X.clamp_(min=0) + torch.exp(X @ W1)"
    }),
]  # fmt: skip


def made(rule: Callable[[Site], object], statement: str) -> set[str]:
    head = "def backward(X, W1, W2, b1, dA1, x, k, net):\n    "
    page = Page(f"{head}{statement}\n")
    sites = [
        Site(page, node, {"x": 1, "v": 1})
        for node in ast.walk(page.tree.body[0])
        if isinstance(node, (ast.expr, ast.stmt))
    ]
    spoilt = [page.apply(edits) for site in sites if site.node is not page.tree.body[0] for edits in rule(site)]
    return {text.removeprefix(head).strip() for text in spoilt}


@pytest.mark.parametrize(
    ("rule", "statement", "expected"), MADE, ids=[f"{rule.__name__}: {text}" for rule, text, _ in MADE]
)
def test_a_rule_makes_these_slips_of_a_statement_and_no_others(
    rule: Callable[[Site], object], statement: str, expected: set[str]
) -> None:
    assert made(rule, statement) == expected


def test_there_is_an_example_of_every_rule() -> None:
    assert {rule for rule, _, _ in MADE} == set(RULES)


def test_an_attribute_of_self_is_swapped_for_another_one_of_the_class() -> None:
    page = Page(
        "class Net:\n    def f(self):\n        self.A1, self.A2 = 1, 2\n    def g(self):\n        return self.A1\n"
    )
    sites = [Site(page, node, {}) for node in ast.walk(page.tree) if isinstance(node, ast.Attribute)]
    assert [page.apply(edits).splitlines()[-1].strip() for site in sites for edits in name_swapped(site)] == [
        "return self.A2"
    ]


def test_a_loop_leaves_out_each_name_in_turn() -> None:
    made_of = made(statement_deleted, 'for name in ("W1", "b1"):\n        net(name)')
    assert made_of == {"pass", 'for name in ("b1",):\n        net(name)', 'for name in ("W1",):\n        net(name)', 'for name in ("W1", "b1"):\n        pass'}  # fmt: skip


def test_text_that_is_not_ascii_stays_in_place() -> None:
    page = Page('"""Größe: Σ."""\nx = {"ü": 1 + 2}  # Ω\n')
    (sum_,) = [node for node in ast.walk(page.tree) if isinstance(node, ast.BinOp)]
    assert page.apply([page.replace(sum_, "3")]) == '"""Größe: Σ."""\nx = {"ü": 3}  # Ω\n'


def test_a_change_is_described_by_its_lines_without_indentation() -> None:
    assert describe_change("a\n  b\nc\n", "a\n  x\nc\n") == "b -> x"
    assert describe_change("a\n  b\n  c\n", "a\n  c\n  b\n") == "b / c -> c / b"
    assert describe_change("a\n1\n2\n3\n4\n", "a\npass\n") == "1 / … / 4 -> pass"


# --- which answers an exercise gets ------------------------------------------------------------------------------------


def load(tmp_path: Path, text: str) -> Loaded:
    return load_exercise(write(tmp_path / "solutions/lines/slope.py", text), assignment="lines")


def exam_of(tmp_path: Path, text: str) -> Exam:
    return Exam(load(tmp_path, text), Secret(SECRET.encode(), "the test"))


def test_only_what_stands_between_the_markers_is_edited(tmp_path: Path) -> None:
    exam = exam_of(tmp_path, SLOPE)
    answer = exam.loaded.source.answer
    mutants = list(edited_solutions(exam))
    assert mutants
    for mutant in mutants:
        assert isinstance(mutant.answer, str)
        changed = set(answer.splitlines()) ^ set(mutant.answer.splitlines())
        given = {"SCALE = 2", "    N = X.shape[0]", "def forward(X, w):", "def backward(X, w):"}
        assert changed
        assert not changed & given
        assert set(mutant.answer.splitlines()) >= given


def test_every_edit_is_python_and_no_two_are_the_same(tmp_path: Path) -> None:
    # Of `1 * 1` both factors can be dropped, with the same result.
    exam = exam_of(tmp_path, SLOPE.replace("SCALE * (X @ w) / N", "1 * 1 * SCALE * (X @ w) / N"))
    trees = [ast.dump(ast.parse(str(mutant.answer))) for mutant in edited_solutions(exam)]
    assert len(set(trees)) == len(trees)
    assert ast.dump(ast.parse(exam.loaded.source.answer)) not in trees


def test_a_spoilt_value_differs_in_its_part_alone_and_no_two_are_the_same(tmp_path: Path) -> None:
    exam = exam_of(tmp_path, SLOPE)
    right = [{part: one.value for part, one in exam.expected(trial.case).items()} for trial in exam.trials]
    seen = set()
    for mutant in spoilt_values(exam):
        assert isinstance(mutant.answer, Outcomes)
        part = mutant.key.partition(":")[0]
        runs = mutant.answer.runs
        for values, true in zip(runs, right, strict=True):
            assert all(np.array_equal(values.arrays[name], true[name]) for name in true if name != part)
        spoilt = tuple(
            (values.arrays[part].shape, str(values.arrays[part].dtype), values.arrays[part].tobytes())
            for values in runs
        )
        assert (part, spoilt) not in seen
        seen.add((part, spoilt))
    assert {part for part, _ in seen} == {"z", "dz", "dw"}


def test_an_input_may_have_more_axes_in_some_cases_than_in_others() -> None:
    loaded = load_exercise(REPOSITORY / "solutions/classifier/softmax.py", assignment="classifier")
    exam = Exam(loaded, Secret(SECRET.encode(), "the test"))
    assert {np.ndim(exam.inputs[case.name]["z"]) for case in loaded.exercise.cases} == {2, 3}
    keys = {mutant.key for mutant in spoilt_values(exam)}
    assert "dz: times the length of z's axis 1" in keys
    assert "dz: times the length of z's axis 2" not in keys


@pytest.mark.parametrize("how", SPOILERS)
def test_a_spoiler_takes_any_shape(how: str) -> None:
    for shape in ((), (1,), (3,), (2, 3), (3, 3), (2, 3, 4)):
        value = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
        before = value.copy()
        assert np.asarray(SPOILERS[how](value)).size
        assert np.array_equal(value, before)


def relu_exam() -> Exam:
    loaded = load_exercise(REPOSITORY / "solutions/chain_rule/relu_network.py", assignment="chain_rule")
    return Exam(loaded, Secret(SECRET.encode(), "the test"))


def test_a_mistake_is_made_in_every_run_and_what_comes_after_it_follows() -> None:
    exam = relu_exam()
    mutants = [mutant for mutant in made_mistakes(exam) if not mutant.spoils & {"dz2", "dW1"}]
    assert mutants
    for mutant in mutants:
        assert isinstance(mutant.answer, Made)
        outcomes = mutant.answer.outcomes(exam)
        assert outcomes is not None
        by_case: dict[str, dict[str, np.ndarray]] = {}
        for trial, values in zip(exam.trials, outcomes.runs, strict=True):
            found = values.arrays
            first = by_case.setdefault(trial.case.name, dict(found))
            # A mistake may overflow where the network saturates, and stays NaN then.
            assert all(np.array_equal(found[p], first[p], equal_nan=True) for p in exam.loaded.exercise.parts)
            if not mutant.answer.candidate.consistent and mutant.answer.candidate.mistake != "upstream_ignored":
                x = np.asarray(exam.inputs[trial.case.name]["x"])
                assert np.allclose(found["dW1"], np.outer(found["dz2"], x), equal_nan=True), mutant.key


def test_no_two_mistakes_have_the_same_key() -> None:
    keys = [mutant.key for mutant in made_mistakes(relu_exam())]
    assert len(set(keys)) == len(keys) > 50


def test_a_mistake_that_changes_nothing_is_no_wrong_answer() -> None:
    assert Made(Candidate("sign", "nothing at all")).outcomes(relu_exam()) is None


def test_mistakes_that_give_the_same_values_are_found() -> None:
    exam = relu_exam()

    def times(factor: float) -> Candidate:
        return Candidate("wrong_factor", f"{factor} times x", inputs=lambda i: {**i, "x": i["x"] * factor})

    made = [Made(times(factor)).outcomes(exam) for factor in (2.0, 3.0, 2.0 + 1e-12)]
    assert alike(exam, [one for one in made if one is not None]) == [(0, 2)]


# --- what becomes of them ------------------------------------------------------------------------------------------------

KEPT = "every wrong answer loses points"
DECLARED = "what is declared equivalent keeps its points"
SPREAD = "points that wrong answers keep before errors are carried forward"
DROPPED = "backward: upstream_of_z = SCALE * (X @ w) / N -> upstream_of_z = SCALE * (X @ w)"


def told(campaign: Campaign) -> dict[str, tuple[bool, str]]:
    return {check: (holds, detail) for check, holds, detail in tell(campaign)}


def declaring(text: str, equivalent: dict[str, str]) -> str:
    return text.replace("    ### END HIDDEN TESTS\n", f"    equivalent={equivalent!r},\n    ### END HIDDEN TESTS\n")


def test_every_wrong_answer_to_a_sound_exercise_loses_points(tmp_path: Path, fork_runner: ForkRunner) -> None:
    campaign = judge(exam_of(tmp_path, SLOPE), fork_runner)
    assert campaign.survivors == []
    assert {one.mutant.way for one in campaign.killed} == {"edits of the solution", "edits of its values", "mistakes"}
    every = len(campaign.killed)
    assert told(campaign)[KEPT][0]
    assert told(campaign)[KEPT][1].startswith(f"{every} of {every} wrong answers lose points (")


@pytest.mark.parametrize("text", [SLOPE, WEAK], ids=["sound", "weak"])
def test_who_stops_at_the_first_lost_point_lets_the_same_survive(
    tmp_path: Path, fork_runner: ForkRunner, text: str
) -> None:
    exam = exam_of(tmp_path, text)
    quick, thorough = (judge(exam, fork_runner, thorough=thorough) for thorough in (False, True))
    assert [one.mutant.key for one in quick.survivors] == [one.mutant.key for one in thorough.survivors]
    assert len(quick.verdicts) == len(thorough.verdicts)
    assert [one.fate == "survived" for one in quick.verdicts] == [one.fate == "survived" for one in thorough.verdicts]


def test_a_weak_exercise_has_survivors_which_are_shown_as_a_diff(tmp_path: Path, fork_runner: ForkRunner) -> None:
    campaign = judge(exam_of(tmp_path, WEAK), fork_runner)
    assert {one.mutant.key for one in campaign.survivors} == {
        DROPPED,
        "backward: upstream_of_z = SCALE * (X @ w) / N -> upstream_of_z = SCALE * (X @ w) * N",
    }
    holds, detail = told(campaign)[KEPT]
    assert not holds
    assert f"{len(campaign.killed)} of {len(campaign.killed) + 2} wrong answers lose points" in detail
    assert (
        f"""key: {DROPPED}
--- slope.py (model solution)
+++ slope.py (wrong answer)
@@ -24,3 +24,3 @@
     ### BEGIN SOLUTION
-    upstream_of_z = SCALE * (X @ w) / N
+    upstream_of_z = SCALE * (X @ w)
     return {{"dz": upstream_of_z, "dw": X.T @ upstream_of_z}}"""
        in detail
    )


def test_a_value_that_no_case_can_tell_from_the_truth_is_shown_as_a_sentence(
    tmp_path: Path, fork_runner: ForkRunner
) -> None:
    # With so large a bias float32 leaves a tolerance above 1%, and nobody sees what is off by as much.
    wide = SLOPE.replace("return (z**2).mean()", "return ((z + 1e5)**2).mean() / 2 - (1e5 * z).mean()").replace(
        "SCALE * (X @ w) / N", "(X @ w) / N"
    )
    campaign = judge(exam_of(tmp_path, wide), fork_runner)
    keys = [one.mutant.key for one in campaign.survivors if one.mutant.way == "edits of its values"]
    assert keys
    assert f"\n{keys[0]}; every other part is right." in told(campaign)[KEPT][1]


def test_a_declared_equivalent_is_counted_and_passes(tmp_path: Path, fork_runner: ForkRunner) -> None:
    text = declaring(WEAK, {DROPPED: "there is one row", f"{DROPPED} * N": "there is one row"})
    campaign = judge(exam_of(tmp_path, text), fork_runner)
    assert campaign.survivors == []
    assert told(campaign)[KEPT][0]
    assert told(campaign)[KEPT][1].endswith("; 2 equivalent ones declared")
    assert told(campaign)[DECLARED] == (True, "2 declared")


def test_a_declaration_that_belongs_to_no_survivor_fails(tmp_path: Path, fork_runner: ForkRunner) -> None:
    campaign = judge(exam_of(tmp_path, declaring(SLOPE, {DROPPED: "there is one row"})), fork_runner)
    assert told(campaign)[KEPT][0]
    assert told(campaign)[DECLARED] == (False, f"no answer that keeps all points has this key: take it out\n{DROPPED}")


def test_a_declaration_without_a_reason_fails(tmp_path: Path, fork_runner: ForkRunner) -> None:
    text = declaring(WEAK, {DROPPED: " ", f"{DROPPED} * N": "there is one row"})
    campaign = judge(exam_of(tmp_path, text), fork_runner)
    assert told(campaign)[DECLARED] == (False, f"declared without a reason\n{DROPPED}")


def test_what_cannot_be_loaded_is_counted_apart(tmp_path: Path, fork_runner: ForkRunner) -> None:
    text = SLOPE.replace(
        "SCALE = 2\n", "SCALE = None\n### BEGIN SOLUTION\nONES = [1, 1]\nSCALE = 2 * ONES[1]\n### END SOLUTION\n"
    )
    campaign = judge(exam_of(tmp_path, text), fork_runner)
    unloaded = {one.mutant.key for one in campaign.verdicts if one.fate == "not loaded"}
    assert unloaded == {"ONES = [1, 1] -> pass", "SCALE = 2 * ONES[1] -> SCALE = 2 * ONES[2]"}
    assert not {one.mutant.key for one in campaign.killed} & unloaded
    assert "; 2 more do not load\n" in told(campaign)[KEPT][1]


def test_an_answer_that_raises_is_told_from_one_that_is_wrong(tmp_path: Path, fork_runner: ForkRunner) -> None:
    campaign = judge(exam_of(tmp_path, SLOPE), fork_runner)
    fates = {one.mutant.key: one.fate for one in campaign.verdicts}
    assert fates[DROPPED] == "wrong"
    assert fates["forward: predictions = X @ w -> predictions = w @ X"] == "raised"
    assert fates["dz: negated"] == "wrong"


def test_wrong_answers_with_the_same_values_are_counted_in_pairs(tmp_path: Path, fork_runner: ForkRunner) -> None:
    campaign = judge(exam_of(tmp_path, SLOPE), fork_runner, thorough=True)
    detail = told(campaign)["how well wrong answers are told apart"][1]
    alike = [{one.mutant.key for one in group} for group in campaign.alike()]
    pairs = sum(len(list(itertools.combinations(group, 2))) for group in alike)
    assert detail.splitlines()[0] == f"{pairs} pairs give the same values"
    same = {"z: negated", "z: halved"}
    assert not any(same <= group for group in alike)


def test_a_mistake_has_to_cost_points_in_a_part_that_it_spoils(tmp_path: Path, fork_runner: ForkRunner) -> None:
    def elsewhere(exam: Exam) -> Iterator[Mutant]:
        for mutant in spoilt_values(exam):
            yield dataclasses.replace(mutant, spoils=frozenset({"z"}))

    campaign = judge(exam_of(tmp_path, SLOPE), fork_runner, generators=(elsewhere,))
    assert {one.mutant.key.partition(":")[0] for one in campaign.killed} == {"z"}
    assert {one.mutant.key.partition(":")[0] for one in campaign.survivors} == {"dz", "dw"}


def test_mistakes_that_cannot_be_told_apart_are_counted_in_pairs(fork_runner: ForkRunner) -> None:
    campaign = judge(relu_exam(), fork_runner, generators=(made_mistakes,), thorough=True)
    assert campaign.survivors == []
    assert campaign.same
    count = len(campaign.verdicts)
    two_names = [pair for pair in campaign.same if kind_of(pair[0]) != kind_of(pair[1])]
    assert told(campaign)["how well mistakes are told apart"][1].startswith(
        f"{count} mistakes, {count * (count - 1) // 2} pairs: {len(campaign.same)} give the same values, "
        f"{len(two_names)} of them by two names"
    )


def test_the_spread_of_scores_is_that_of_the_killed(tmp_path: Path, fork_runner: ForkRunner) -> None:
    campaign = judge(exam_of(tmp_path, SLOPE), fork_runner, thorough=True)
    shares = {one.mutant.key: one.share for one in campaign.verdicts}
    assert shares["dz: zeros"] == 0.5
    assert shares[DROPPED] == 0.25  # dz is wrong, and dw is computed from it
    assert "edits of its values: 50.0% to " in told(campaign)[SPREAD][1]


SLOW = SLOPE.replace(
    "    predictions = X @ w\n",
    "    predictions = X @ w\n"
    "    if len(X) == 40:\n"
    "        import time\n"
    "        time.sleep(0.8)\n"
    "        predictions = predictions + 1 - 1\n",
).replace('Case("a solitary row"', 'Case("forty rows", N=40, D=3),\n        Case("a solitary row"')


def test_the_longest_runs_are_left_to_those_who_lose_nothing_in_the_others(
    tmp_path: Path, fork_runner: ForkRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_module, "SLOW", 0.6)  # or a short run on a busy machine would count as a long one
    exam = exam_of(tmp_path, SLOW)
    campaign = judge(exam, fork_runner, thorough=True)
    assert campaign.shortened
    assert campaign.trials == len(exam.trials) - 1
    fates = {one.mutant.key: one.fate for one in campaign.verdicts}
    line = "predictions = predictions + 1 - 1"
    assert fates[f"forward: {line} -> predictions = predictions + 1"] == "wrong"
    assert told(campaign)[SPREAD][1].endswith(f"(in the {campaign.trials} shortest runs)")
    assert {one.mutant.key for one in campaign.survivors} >= {"forward: time.sleep(0.8) -> pass"}


def test_another_way_to_make_wrong_answers_has_its_place_in_the_list(tmp_path: Path, fork_runner: ForkRunner) -> None:
    def blank(exam: Exam) -> Iterator[Mutant]:
        yield Mutant(
            "blanks", "nothing at all", "Nothing is written.", "def forward(X, w): pass\ndef backward(X, w): pass\n"
        )
        yield dataclasses.replace(next(spoilt_values(exam)), way="blanks")

    campaign = judge(exam_of(tmp_path, SLOPE), fork_runner, generators=(*GENERATORS, blank))
    assert campaign.ways()["blanks"] == 2


def test_progress_is_told_of_every_wrong_answer(tmp_path: Path, fork_runner: ForkRunner) -> None:
    steps: list[tuple[int, int]] = []
    campaign = judge(exam_of(tmp_path, SLOPE), fork_runner, lambda done, every: steps.append((done, every)))
    every = len(campaign.verdicts)
    assert steps == [(done, every) for done in range(every)]


# --- the exercises of this repository -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((REPOSITORY / "solutions").glob("*/[!_]*.py")), ids=lambda path: path.stem)
def test_no_declared_equivalent_is_in_a_handout(path: Path) -> None:
    loaded = load_exercise(path, assignment=path.parent.name)
    handout = REPOSITORY / "assignments" / path.parent.name
    texts = {one: one.read_text(encoding="utf-8") for one in handout.rglob("*.py")}
    assert texts
    for one, text in texts.items():
        assert "equivalent=" not in text, one
        assert [key for key in loaded.exercise.equivalent if key in text] == []


def test_units_at_exactly_0_have_a_gradient_to_stop_whatever_the_secret() -> None:
    loaded = load_exercise(REPOSITORY / "solutions/chain_rule/relu_network.py", assignment="chain_rule")
    (case,) = [case for case in loaded.exercise.hidden if case.name == "units at exactly 0"]
    for number in range(300):
        given = make_inputs(loaded, case, Secret(f"secret number {number} of the test".encode(), "the test"))
        z2 = given["W1"] @ given["x"] + given["b1"]
        z3 = given["W2"] @ np.maximum(z2, 0) + given["b2"]
        back = (given["W3"][0] * (z3 > 0)) @ given["W2"]
        assert (z2 == 0).any()
        assert back[z2 == 0].all()


def test_an_axis_that_some_case_lacks_is_no_factor() -> None:
    loaded = load_exercise(REPOSITORY / "solutions/autodiff/reductions.py", assignment="autodiff")
    exam = Exam(loaded, Secret(SECRET.encode(), "the test"))
    assert {np.ndim(exam.inputs[case.name]["x_sum"]) for case in loaded.exercise.cases} == {1, 2, 3}
    keys = {mutant.key for mutant in spoilt_values(exam)}
    assert any("times the length of x_sum's axis 0" in key for key in keys)
    assert not any("times the length of x_sum's axis 1" in key for key in keys)
