"""The exact words about every mistake that is named, and about what follows from one."""

from __future__ import annotations

import pytest

from autograder.diagnosis.candidate import Candidate
from autograder.diagnosis.explain import Explained
from autograder.diagnosis.mistakes import MISTAKES
from autograder.exercise import Case
from autograder.messages import Words, follow_from, follows, named
from autograder.trials import Trial

PUBLIC = Trial(Case("three outputs"), False, "generic")
HIDDEN = Trial(Case("other sizes"), True, "edge")
PLAIN = Words("Wrong values in a hidden case (edge shapes).", "Try it.", "hidden case 'other sizes': dZ1 is 0.25.")

# by mistake: what the rule or detector tells of it, the message, the next step, and what it is called
WORDS: dict[str, tuple[dict[str, str], str, str, str]] = {
    "sign": (
        {},
        "dZ1 has the opposite sign",
        "Look for a minus that is missing or too many: which of the two is subtracted from the other?",
        "the opposite sign",
    ),
    "loss_sign": (
        {},
        "dZ1 lacks its minus sign: training on it would make the network worse",
        "Write the minus in front of the loss, and carry it into its first derivative.",
        "the loss without its minus sign",
    ),
    "wrong_factor": (
        {"factor": "N"},
        "dZ1 is N times what it should be, whatever the case",
        "Look at each sum, mean and number in your line: which does the docstring have there, and a mean over what?",
        "a constant factor",
    ),
    "transposed": (
        {},
        "dZ1 is transposed",
        "Write the shape of every factor beside it, with all sizes different, and look at their order and each transpose.",
        "transposed",
    ),
    "batch_sum_missing": (
        {},
        "dZ1 still has one entry for each example: they are to be summed",
        "What every example uses gets a share of the gradient from each of them: add these up.",
        "a sum over the batch is missing",
    ),
    "wrong_axis": (
        {},
        "dZ1 is summed over the wrong axis",
        "Name both axes, and sum over the one that dZ1 does not have.",
        "summed over the wrong axis",
    ),
    "extra_axis": (
        {},
        "dZ1 has the right values, but an axis of size 1 too many or too few",
        "Look at keepdim, reshape and squeeze: a gradient has exactly the shape of what it belongs to.",
        "an axis of size 1 too many or too few",
    ),
    "broadcast": (
        {},
        "dZ1 compares each value with every target: (N,) and (N, 1) broadcast silently to (N, N)",
        "Print both shapes before the subtraction, and squeeze or reshape until they are equal.",
        "silent broadcasting",
    ),
    "other_activation": (
        {"how": "the tanh's slope 1 - y² for the sigmoid"},
        "dZ1 has the wrong activation in it: the tanh's slope 1 - y² for the sigmoid",
        "Which activation does the docstring give this layer? Derive that one, written with its own value.",
        "another activation",
    ),
    "wrong_argument": (
        {"how": "1 - tanh(y)²"},
        "dZ1 has the activation's derivative at the wrong argument: 1 - tanh(y)²",
        "Is your formula for the derivative written with z or with the activation's value? Put in the one that it wants.",
        "the derivative at the wrong argument",
    ),
    "activation_derivative_missing": (
        {},
        "dZ1 passes the gradient through the activation unchanged: its derivative is missing",
        "Multiply by the derivative of the activation, element by element.",
        "the activation's derivative is missing",
    ),
    "activation_derivative_twice": (
        {"how": "the tanh's slope squared"},
        "dZ1 has the derivative of the activation in it twice: the tanh's slope squared",
        "Is it in the gradient that you start from already? Multiply by it once.",
        "the activation's derivative twice",
    ),
    "dropped_term": (
        {},
        "dZ1 lacks a term or a factor: y for y (1 - y)",
        "Count the places where the value enters the formula, and each function on the way: every one gives a factor, and every place a term.",
        "a term or factor is left out",
    ),
    "wrong_operand": (
        {"used": "dA1", "meant": "dZ1"},
        "dZ1 is computed with dA1 where dZ1 belongs",
        "Read your line for it aloud, name by name, against the formula.",
        "another tensor in the product",
    ),
    "softmax_jacobian": (
        {},
        "dZ1 has only a part of the softmax's derivative: every output depends on every logit of its row",
        "Derive one entry for i = j and one for i ≠ j, and multiply the whole matrix with the upstream gradient.",
        "half of the softmax's derivative",
    ),
    "softmax_axis": (
        {},
        "dZ1 has the softmax over the wrong axis",
        "Which axis holds the classes of one example? The probabilities along it sum to 1.",
        "the softmax over the wrong axis",
    ),
    "one_hot_missing": (
        {},
        "dZ1 has the probabilities without the labels subtracted",
        "What does the loss gain when the probability of the right class grows? That term is missing.",
        "the labels are not subtracted",
    ),
    "mask_ignored": (
        {},
        "dZ1 is not zero for what does not count",
        "What has no share in the loss has the gradient 0: leave the same rows out on the way back as on the way there.",
        "what does not count has a gradient",
    ),
    "mask_on_upstream": (
        {},
        "dZ1 is zero where the gradient is negative, and not where the unit was off",
        "Ask of the value on the way forward, z, whether the unit was on.",
        "the mask taken from the gradient",
    ),
    "kink": (
        {},
        "dZ1 differs only where a unit is exactly at 0, or where values tie",
        "Read in the docstring what the derivative at 0 is to be, and choose > or >= accordingly.",
        "another convention at the kink",
    ),
    "overflow": (
        {},
        "dZ1 is right for ordinary values, but not for extreme ones: something overflows or is rounded away",
        "Look for exp of a large number, log of 0, 0 times infinity, and rewrite the formula so that none occurs.",
        "something overflows or is rounded away",
    ),
    "overwritten": (
        {},
        "dZ1 has only the last of several contributions",
        "What is used in several places gets a gradient from each: add them.",
        "overwritten instead of added",
    ),
    "accumulated": (
        {},
        "dZ1 is added to the result of an earlier call",
        "Start every call from zeros, or assign with = instead of +=.",
        "added to what an earlier call left",
    ),
    "other_call": (
        {"how": "100 for N"},
        "dZ1 uses a size or a value that is not that of this call: 100 for N",
        "Look for a number in your code, a global or an attribute that the call does not set anew: read sizes from shapes.",
        "something from another call",
    ),
    "after_update": (
        {"meant": "W2"},
        "dZ1 is computed with W2 after its update",
        "Compute all gradients with the old parameters first, and update then.",
        "computed with parameters that were updated already",
    ),
    "step_direction": (
        {},
        "dZ1 is the result of a step along the gradient: it makes the loss larger",
        "A step of gradient descent goes against the gradient.",
        "the step goes uphill",
    ),
    "step_size": (
        {},
        "dZ1 is the result of a step of another size than asked for",
        "Multiply the gradient by lr, once.",
        "the step size",
    ),
    "upstream_ignored": (
        {},
        "dZ1 does not depend on the upstream gradient",
        "The chain rule starts with it: your first factor is the upstream gradient.",
        "the upstream gradient is ignored",
    ),
    "changed_in_place": (
        {"how": "it is the same tensor as dA1, which is computed from it"},
        "dZ1 is computed by code that changes a tensor in place: it is the same tensor as dA1, which is computed from it",
        "Make a new tensor: no `-=` or `*=` on one that is needed later, and no method whose name ends in `_`.",
        "an input is changed",
    ),
    "cache_detached": (
        {},
        "dZ1 lacks what comes by way of the saved values: the second derivative treats them as constants",
        "What the backward pass takes from the cache depends on the inputs as well: differentiate it, and detach nothing.",
        "what was saved counts as a constant",
    ),
    "low_precision": (
        {"digits": "4 decimals"},
        "dZ1 is right to 4 decimals only",
        "Keep every digit until the end: no rounding in between, and no integers.",
        "digits are lost",
    ),
    "first_example_only": (
        {},
        "dZ1 is right for the first example only",
        "The formula for one example holds for each row: let it work on all rows at once.",
        "only the first example",
    ),
    "no_answer": (
        {"what": "zeros"},
        "dZ1 is zeros: that is not yet an answer",
        "Write the formula for it.",
        "no answer",
    ),
    "mean_path_missing": (
        {"how": "no gradient through the mean"},
        "dZ1 treats the mean as a constant: no gradient through the mean",
        "x is in the mean as well: what raises one entry raises the mean, and so lowers every entry that it is taken from.",
        "the path through the mean is missing",
    ),
    "variance_path_missing": (
        {"how": "mean and variance as constants"},
        "dZ1 treats the variance as a constant: mean and variance as constants",
        "x is in the variance as well, or in the mean square: follow it through the root and the quotient, and add that path.",
        "the path through the variance is missing",
    ),
    "gamma_missing": (
        {"how": "γ outside of the means"},
        "dZ1 lacks the scale gamma: γ outside of the means",
        "Multiply by gamma first: everything behind it, each mean over the gradients too, is of the gradient of x̂.",
        "the scale gamma is missing",
    ),
    "ddof": (
        {"how": "the variance of N - 1"},
        "dZ1 has a mean or variance with the wrong divisor or over the wrong axes: the variance of N - 1",
        "Read in the docstring over which axes the statistics are and by what they divide, and use the same on the way back.",
        "N for N - 1, or statistics over the wrong axes",
    ),
    "kernel_not_flipped": (
        {},
        "dZ1 has the kernel the wrong way round",
        "Write out which output reads which input by which tap, for a kernel of three taps, and read the same list backwards.",
        "the kernel the wrong way round",
    ),
    "stride_ignored": (
        {"how": "stride 1"},
        "dZ1 is at the wrong places, as if there were no stride, padding or dilation: stride 1",
        "Window t starts at t · stride, its tap k is k · dilation further on, and both count from the first place of the padding: on the way back as on the way there.",
        "a stride, padding or dilation is ignored",
    ),
    "ties_shared": (
        {"how": "to every one of them"},
        "dZ1 is wrong only where entries of a window tie for the greatest: to every one of them",
        "Read in the docstring which of them counts as the greatest, and send the whole gradient there.",
        "a tie is not decided as asked for",
    ),
    "recurrent_term_dropped": (
        {"how": "the upstream gradient alone"},
        "dZ1 lacks what comes back from the next step: the upstream gradient alone",
        "A state reaches the loss by the next step, or layer, and by its own output if it has one: add the two before you go "
        "back one step more.",
        "nothing comes back from the next step",
    ),
    "attention_scale": (
        {"how": "1/√d left out"},
        "dZ1 has another scale than that of the scores, 1/√d: 1/√d left out",
        "The scores are Q Kᵀ / √d, with d the length of one query; the same 1/√d stands in their derivatives.",
        "the scale 1/√d of the scores",
    ),
    "heads_order": (
        {"how": "merged without swapping the axes back"},
        "dZ1 has the right numbers in the wrong places: merged without swapping the axes back",
        "A head is a block of neighbouring columns: reshape the last axis alone, and swap whole axes to move it.",
        "heads split or merged in another order",
    ),
}


def test_every_mistake_has_its_words_here() -> None:
    assert set(WORDS) == set(MISTAKES)


@pytest.mark.parametrize("mistake", sorted(WORDS))
def test_a_named_mistake_is_told_in_these_words(mistake: str) -> None:
    detail, what, next_step, _ = WORDS[mistake]
    how = detail.get("how", "y for y (1 - y)")
    words = named("dZ1", PUBLIC, Candidate(mistake, how, detail), PLAIN)
    assert words.message == f"{what} (see the public case 'three outputs')."
    assert words.next_step == next_step
    assert words.instructor == f"hidden case 'other sizes': dZ1 is 0.25. Mistake: {mistake} ({how})."


@pytest.mark.parametrize("mistake", sorted(WORDS))
def test_on_a_hidden_case_only_the_kind_of_mistake_is_told(mistake: str) -> None:
    detail, _, _, title = WORDS[mistake]
    words = named("dZ1", HIDDEN, Candidate(mistake, "the rule", detail), PLAIN)
    assert words.message == f"Wrong values in a hidden case (edge shapes): {title}."
    assert words.next_step == "Try it."


def test_a_wrong_shape_is_told_with_the_name_of_its_mistake() -> None:
    plain = Words("dW1 has the shape (2, 4), but must have (4, 2), in the public case 'three outputs'.")
    words = named("dW1", PUBLIC, Candidate("transposed", "the transposed matrix"), plain, shape=True)
    told = "dW1 has the shape (2, 4), but must have (4, 2), in the public case 'three outputs': transposed."
    assert words.message == told


def test_how_a_rule_was_applied_is_left_to_the_instructor() -> None:
    words = named("A1", PUBLIC, Candidate("dropped_term", "no bias in the value alone"), PLAIN)
    assert words.message == "A1 lacks a term or a factor: no bias (see the public case 'three outputs')."
    assert words.instructor.endswith("Mistake: dropped_term (no bias in the value alone).")


@pytest.mark.parametrize(
    ("known", "roots", "message", "next_step", "instructor"),
    [
        (
            Explained(follows=("dA1",)),
            ["dZ2"],
            "Not the true values, but they follow correctly from your dA1: no points lost here.",
            "Mend dZ2; this will come right with it.",
            "Carried forward from dA1.",
        ),
        (
            Explained(follows=("dW1", "db1")),
            ["dW1", "db1"],
            "Not the true values, but they follow correctly from your dW1 and db1: no points lost here.",
            "Mend dW1 and db1; this will come right with them.",
            "Carried forward from dW1 and db1.",
        ),
        (
            Explained(repeats="loss"),
            ["loss"],
            "Not the true values, but by the mistake in loss once more: no points lost here.",
            "Mend loss; this will come right with it.",
            "Carried forward: the mistake in loss again.",
        ),
    ],
)
def test_what_follows_is_told_where_it_comes_from(
    known: Explained, roots: list[str], message: str, next_step: str, instructor: str
) -> None:
    assert follows(known, roots) == Words(message, next_step, instructor)


@pytest.mark.parametrize(
    ("kept", "text"), [(1.0, ": no points lost here."), (0.5, ": 50% of the points are kept."), (0.0, ".")]
)
def test_what_is_kept_is_said(kept: float, text: str) -> None:
    words = follows(Explained(follows=("dA1",)), ["dA1"], kept)
    assert words.message == f"Not the true values, but they follow correctly from your dA1{text}"


@pytest.mark.parametrize(
    ("others", "text"),
    [
        (["dW1"], " dZ1 is where it goes wrong: dW1 follows correctly from it."),
        (["dW1", "db1"], " dZ1 is where it goes wrong: dW1 and db1 follow correctly from it."),
        (
            [f"p{n}" for n in range(11)],
            " dZ1 is where it goes wrong: p0, p1, p2, p3, p4, p5, p6, p7 and 3 more follow correctly from it.",
        ),
    ],
)
def test_the_first_broken_link_is_told_what_comes_from_it(others: list[str], text: str) -> None:
    assert follow_from("dZ1", others) == text
