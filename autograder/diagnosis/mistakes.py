"""What each mistake is called and what is said about it: a record by name, and a page in ``docs/mistakes/`` to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["MISTAKES", "Mistake"]


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake.

    ``title`` is what it is called in a list and on hidden cases. ``what`` says it of a ``{part}``, and ``next_step`` what to
    do; both may name the details that the rules and detectors give (``{factor}``), and ``{how}`` the rule itself.
    """

    title: str
    what: str
    next_step: str


MISTAKES: Mapping[str, Mistake] = {
    "sign": Mistake(
        "the opposite sign",
        "{part} has the opposite sign",
        "Look for a minus that is missing or too many: which of the two is subtracted from the other?",
    ),
    "loss_sign": Mistake(
        "the loss without its minus sign",
        "{part} lacks its minus sign: training on it would make the network worse",
        "Write the minus in front of the loss, and carry it into its first derivative.",
    ),
    "wrong_factor": Mistake(
        "a constant factor",
        "{part} is {factor} times what it should be, whatever the case",
        "Look at each sum, mean and number in your line: which does the docstring have there, and a mean over what?",
    ),
    "transposed": Mistake(
        "transposed",
        "{part} is transposed",
        "Write the shape of every factor beside it, with all sizes different, and look at their order and each transpose.",
    ),
    "batch_sum_missing": Mistake(
        "a sum over the batch is missing",
        "{part} still has one entry for each example: they are to be summed",
        "What every example uses gets a share of the gradient from each of them: add these up.",
    ),
    "wrong_axis": Mistake(
        "summed over the wrong axis",
        "{part} is summed over the wrong axis",
        "Name both axes, and sum over the one that {part} does not have.",
    ),
    "extra_axis": Mistake(
        "an axis of size 1 too many or too few",
        "{part} has the right values, but an axis of size 1 too many or too few",
        "Look at keepdim, reshape and squeeze: a gradient has exactly the shape of what it belongs to.",
    ),
    "broadcast": Mistake(
        "silent broadcasting",
        "{part} compares each value with every target: (N,) and (N, 1) broadcast silently to (N, N)",
        "Print both shapes before the subtraction, and squeeze or reshape until they are equal.",
    ),
    "other_activation": Mistake(
        "another activation",
        "{part} has the wrong activation in it: {how}",
        "Which activation does the docstring give this layer? Derive that one, written with its own value.",
    ),
    "wrong_argument": Mistake(
        "the derivative at the wrong argument",
        "{part} has the activation's derivative at the wrong argument: {how}",
        "Is your formula for the derivative written with z or with the activation's value? Put in the one that it wants.",
    ),
    "activation_derivative_missing": Mistake(
        "the activation's derivative is missing",
        "{part} passes the gradient through the activation unchanged: its derivative is missing",
        "Multiply by the derivative of the activation, element by element.",
    ),
    "activation_derivative_twice": Mistake(
        "the activation's derivative twice",
        "{part} has the derivative of the activation in it twice: {how}",
        "Is it in the gradient that you start from already? Multiply by it once.",
    ),
    "dropped_term": Mistake(
        "a term or factor is left out",
        "{part} lacks a term or a factor: {how}",
        "Count the places where the value enters the formula, and each function on the way: every one gives a factor, and every "
        "place a term.",
    ),
    "wrong_operand": Mistake(
        "another tensor in the product",
        "{part} is computed with {used} where {meant} belongs",
        "Read your line for it aloud, name by name, against the formula.",
    ),
    "softmax_jacobian": Mistake(
        "half of the softmax's derivative",
        "{part} has only a part of the softmax's derivative: every output depends on every logit of its row",
        "Derive one entry for i = j and one for i ≠ j, and multiply the whole matrix with the upstream gradient.",
    ),
    "softmax_axis": Mistake(
        "the softmax over the wrong axis",
        "{part} has the softmax over the wrong axis",
        "Which axis holds the classes of one example? The probabilities along it sum to 1.",
    ),
    "one_hot_missing": Mistake(
        "the labels are not subtracted",
        "{part} has the probabilities without the labels subtracted",
        "What does the loss gain when the probability of the right class grows? That term is missing.",
    ),
    "mask_ignored": Mistake(
        "what does not count has a gradient",
        "{part} is not zero for what does not count",
        "What has no share in the loss has the gradient 0: leave the same rows out on the way back as on the way there.",
    ),
    "mask_on_upstream": Mistake(
        "the mask taken from the gradient",
        "{part} is zero where the gradient is negative, and not where the unit was off",
        "Ask of the value on the way forward, z, whether the unit was on.",
    ),
    "kink": Mistake(
        "another convention at the kink",
        "{part} differs only where a unit is exactly at 0, or where values tie",
        "Read in the docstring what the derivative at 0 is to be, and choose > or >= accordingly.",
    ),
    "overflow": Mistake(
        "something overflows or is rounded away",
        "{part} is right for ordinary values, but not for extreme ones: something overflows or is rounded away",
        "Look for exp of a large number, log of 0, 0 times infinity, and rewrite the formula so that none occurs.",
    ),
    "overwritten": Mistake(
        "overwritten instead of added",
        "{part} has only the last of several contributions",
        "What is used in several places gets a gradient from each: add them.",
    ),
    "accumulated": Mistake(
        "added to what an earlier call left",
        "{part} is added to the result of an earlier call",
        "Start every call from zeros, or assign with = instead of +=.",
    ),
    "other_call": Mistake(
        "something from another call",
        "{part} uses a size or a value that is not that of this call: {how}",
        "Look for a number in your code, a global or an attribute that the call does not set anew: read sizes from shapes.",
    ),
    "after_update": Mistake(
        "computed with parameters that were updated already",
        "{part} is computed with {meant} after its update",
        "Compute all gradients with the old parameters first, and update then.",
    ),
    "step_direction": Mistake(
        "the step goes uphill",
        "{part} is the result of a step along the gradient: it makes the loss larger",
        "A step of gradient descent goes against the gradient.",
    ),
    "step_size": Mistake(
        "the step size",
        "{part} is the result of a step of another size than asked for",
        "Multiply the gradient by lr, once.",
    ),
    "upstream_ignored": Mistake(
        "the upstream gradient is ignored",
        "{part} does not depend on the upstream gradient",
        "The chain rule starts with it: your first factor is the upstream gradient.",
    ),
    "changed_in_place": Mistake(
        "an input is changed",
        "{part} is computed by code that changes a tensor in place: {how}",
        "Make a new tensor: no `-=` or `*=` on one that is needed later, and no method whose name ends in `_`.",
    ),
    "cache_detached": Mistake(
        "what was saved counts as a constant",
        "{part} lacks what comes by way of the saved values: the second derivative treats them as constants",
        "What the backward pass takes from the cache depends on the inputs as well: differentiate it, and detach nothing.",
    ),
    "low_precision": Mistake(
        "digits are lost",
        "{part} is right to {digits} only",
        "Keep every digit until the end: no rounding in between, and no integers.",
    ),
    "first_example_only": Mistake(
        "only the first example",
        "{part} is right for the first example only",
        "The formula for one example holds for each row: let it work on all rows at once.",
    ),
    "no_answer": Mistake(
        "no answer",
        "{part} is {what}: that is not yet an answer",
        "Write the formula for it.",
    ),
    "mean_path_missing": Mistake(
        "the path through the mean is missing",
        "{part} treats the mean as a constant: {how}",
        "x is in the mean as well: what raises one entry raises the mean, and so lowers every entry that it is taken from.",
    ),
    "variance_path_missing": Mistake(
        "the path through the variance is missing",
        "{part} treats the variance as a constant: {how}",
        "x is in the variance as well, or in the mean square: follow it through the root and the quotient, and add that path.",
    ),
    "gamma_missing": Mistake(
        "the scale gamma is missing",
        "{part} lacks the scale gamma: {how}",
        "Multiply by gamma first: everything behind it, each mean over the gradients too, is of the gradient of x̂.",
    ),
    "ddof": Mistake(
        "N for N - 1, or statistics over the wrong axes",
        "{part} has a mean or variance with the wrong divisor or over the wrong axes: {how}",
        "Read in the docstring over which axes the statistics are and by what they divide, and use the same on the way back.",
    ),
    "kernel_not_flipped": Mistake(
        "the kernel the wrong way round",
        "{part} has the kernel the wrong way round",
        "Write out which output reads which input by which tap, for a kernel of three taps, and read the same list backwards.",
    ),
    "stride_ignored": Mistake(
        "a stride, padding or dilation is ignored",
        "{part} is at the wrong places, as if there were no stride, padding or dilation: {how}",
        "Window t starts at t · stride, its tap k is k · dilation further on, and both count from the first place of the "
        "padding: on the way back as on the way there.",
    ),
    "ties_shared": Mistake(
        "a tie is not decided as asked for",
        "{part} is wrong only where entries of a window tie for the greatest: {how}",
        "Read in the docstring which of them counts as the greatest, and send the whole gradient there.",
    ),
    "recurrent_term_dropped": Mistake(
        "nothing comes back from the next step",
        "{part} lacks what comes back from the next step: {how}",
        "A state reaches the loss by the next step, or layer, and by its own output if it has one: add the two before you go "
        "back one step more.",
    ),
    "attention_scale": Mistake(
        "the scale 1/√d of the scores",
        "{part} has another scale than that of the scores, 1/√d: {how}",
        "The scores are Q Kᵀ / √d, with d the length of one query; the same 1/√d stands in their derivatives.",
    ),
    "heads_order": Mistake(
        "heads split or merged in another order",
        "{part} has the right numbers in the wrong places: {how}",
        "A head is a block of neighbouring columns: reshape the last axis alone, and swap whole axes to move it.",
    ),
}
