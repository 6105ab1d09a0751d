"""The tools of a diagnosis one by one: swapped derivatives, the rules, and the detectors."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from autograder.course import Loaded
from autograder.diagnosis import detectors
from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.detectors import DETECTORS, SHAPE_DETECTORS, Seen, copied, factors
from autograder.diagnosis.detectors.convolution import SHAPES
from autograder.diagnosis.lab import Lab
from autograder.diagnosis.mistakes import MISTAKES
from autograder.diagnosis.rules import WRONG_DERIVATIVES, WRONG_OPERATIONS, WrongDerivative, WrongOperation
from autograder.diagnosis.swap import Author, Call, Site, Swaps, record
from autograder.exercise import Case
from autograder.expected import Expected, compute
from autograder.reference import swapped, tensors
from autograder.trials import Exam

ROOT = Path(__file__).parent.parent
Make = Callable[..., Loaded]

# Swapped derivatives.

SWAPPED = """
import torch.nn.functional as F


def inputs(draw, N=4):
    return {"X": draw.normal(N, 3), "W": draw.normal(3, 3), "lr": 0.5}


def layer(x, W):
    return torch.sigmoid(x @ W)


def reference(mark, X, W):
    x = X
    for step in range(3):
        x = mark(f"a{step}", layer(x, W))
    one = mark("one", layer(x, W)); two = mark("two", layer(x, W))
    return (one * x).sum() + (two ** 2).sum()


def outputs(trace, X, W, lr):
    from autograder import differentiate
    return {"new_dW": differentiate(reference, X=X, W=W - lr * trace["dW"])["dW"]}


EXERCISE = Exercise(
    points={"dW": 1, "new_dW": 1}, calls="dW, new_dW = entries(f(X, W, lr))", inputs=inputs, reference=reference,
    outputs=outputs, public=[Case("plain")],
)
"""


def calls_of(loaded: Loaded) -> tuple[Author, Mapping[str, Any], list[Call]]:
    """Who the author is, the inputs of the first case, and the operations there."""
    reference = loaded.exercise.reference
    author = Author(str(loaded.source.path), getattr(reference, "__code__", None))
    inputs = tensors(Exam(loaded, None).inputs[loaded.exercise.cases[0].name])
    swaps, calls = record(author)
    with swapped(swaps):
        compute(loaded, inputs)
    return author, inputs, calls


def sites(calls: list[Call], operation: str) -> list[Site]:
    return list(dict.fromkeys(call.site for call in calls if call.operation == operation))


def twice(call: Call, upstream: torch.Tensor) -> Mapping[int, torch.Tensor]:
    return {0: 2 * upstream}


class Twice(torch.autograd.Function):
    """The sigmoid with a wrong derivative, as the test itself would write it."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> Any:
        return 2 * upstream


def by_hand(X: torch.Tensor, W: torch.Tensor, wrong: set[str]) -> torch.Tensor:
    """The gradient of W where the sigmoids of some lines are wrong."""
    W = W.clone().requires_grad_()

    def layer(x: torch.Tensor, line: str) -> torch.Tensor:
        made: torch.Tensor = Twice.apply(x @ W) if line in wrong else torch.sigmoid(x @ W)  # type: ignore[no-untyped-call]
        return made

    x = X
    for _ in range(3):
        x = layer(x, "loop")
    loss = (layer(x, "one") * x).sum() + (layer(x, "two") ** 2).sum()
    (gradient,) = torch.autograd.grad(loss, [W])
    return gradient


def test_rounds_of_a_loop_are_one_site_and_two_calls_are_two(make_exercise: Make) -> None:
    _, _, calls = calls_of(make_exercise(SWAPPED))
    assert len(sites(calls, "sigmoid")) == 3  # that in the loop, that of `one` and that of `two`
    assert sum(call.operation == "sigmoid" for call in calls) == 2 * 5  # once more in outputs, at the same sites


def test_a_site_is_the_same_whoever_calls_the_reference(make_exercise: Make) -> None:
    text = SWAPPED.replace("    from autograder", "    reference(lambda name, value: value, X, W)\n    from autograder")
    _, _, calls = calls_of(make_exercise(text))
    assert len(sites(calls, "sigmoid")) == 3
    assert sum(call.operation == "sigmoid" for call in calls) == 3 * 5


@pytest.mark.parametrize(("number", "line"), list(enumerate(["loop", "one", "two"])))
def test_a_swapped_derivative_gives_what_the_mistake_gives_in_outputs_too(
    make_exercise: Make, number: int, line: str
) -> None:
    loaded = make_exercise(SWAPPED)
    author, inputs, calls = calls_of(loaded)
    site = sites(calls, "sigmoid")[number]
    with swapped(Swaps(author, {(site, "sigmoid"): twice})):
        found = compute(loaded, inputs).values
    X, W = inputs["X"], inputs["W"]
    torch.testing.assert_close(found["dW"], by_hand(X, W, {line}))
    torch.testing.assert_close(found["new_dW"], by_hand(X, W - 0.5 * found["dW"], {line}))
    assert not torch.allclose(found["dW"], by_hand(X, W, set()))


def test_what_is_swapped_is_as_it_was_afterwards(make_exercise: Make) -> None:
    loaded = make_exercise(SWAPPED)
    author, inputs, calls = calls_of(loaded)
    with pytest.raises(ZeroDivisionError), swapped(Swaps(author, {(sites(calls, "sigmoid")[0], "sigmoid"): twice})):
        raise ZeroDivisionError
    torch.testing.assert_close(compute(loaded, inputs).values["dW"], by_hand(inputs["X"], inputs["W"], set()))


def test_an_operation_can_be_changed_in_value_in_derivative_or_in_both(make_exercise: Make) -> None:
    text = SWAPPED.replace("reference(mark, X, W):", "reference(mark, X, W):\n    return torch.sigmoid(X @ W).sum()\n")
    loaded = make_exercise(text)
    author, inputs, calls = calls_of(loaded)
    ((site),) = sites(calls, "sigmoid")
    key, z = (site, "sigmoid"), (inputs["X"] @ inputs["W"])
    y = torch.sigmoid(z)
    slopes = {"right": y * (1 - y), "wrong": 1 - torch.tanh(z) ** 2}
    values = {"right": y.sum(), "wrong": torch.tanh(z).sum()}
    instead = {key: lambda call: torch.tanh(call.x)}
    for swaps, value, slope in (
        (Swaps(author, instead=instead), "wrong", "wrong"),
        (Swaps(author, values=instead), "wrong", "right"),
        (Swaps(author, slopes=instead), "right", "wrong"),
    ):
        with swapped(swaps):
            found = compute(loaded, inputs, outputs=False).values
        torch.testing.assert_close(found["loss"], values[value])
        torch.testing.assert_close(found["dW"], inputs["X"].T @ slopes[slope])


def test_an_argument_that_pytorch_does_not_differentiate_may_be_one_of_a_swapped_operation(make_exercise: Make) -> None:
    line = "torch.batch_norm(X, None, None, W[0].detach(), W[1].detach() ** 2, False, 0.0, 0.1, False)"
    text = SWAPPED.replace("reference(mark, X, W):", f"reference(mark, X, W):\n    return {line}.sum()\n")
    loaded = make_exercise(text.replace('"dW": 1', '"dX": 1').replace("dW, new_dW =", "dX, new_dW ="))
    author, inputs, calls = calls_of(loaded)
    (site,) = sites(calls, "batch_norm")
    with swapped(Swaps(author, {(site, "batch_norm"): twice})):
        found = compute(loaded, inputs, outputs=False).values
    torch.testing.assert_close(found["dX"], torch.full_like(inputs["X"], 2.0))


def test_code_of_other_files_is_not_looked_at(make_exercise: Make) -> None:
    loaded = make_exercise(SWAPPED)
    author, inputs, calls = calls_of(loaded)
    swaps, seen = record(Author("another.py", author.reference))
    with swapped(swaps):
        compute(loaded, inputs)
    assert calls
    assert not seen


# Rules.

HEAD = "import torch.nn.functional as F\nfrom autograder.functional import *\n\n\n"
TABLE = ', "Y": draw.normal(N, 3)', "(mark('a', {}) * Y).sum()"
SQUARE = '"X": draw.normal(N, 3), "W": draw.normal(3, 3), "b": draw.normal(3), "lr": 0.5'

LAYERS = '"X": draw.normal(N, 3), "W": draw.normal(3, 3, 3)'
LAYER = '"X": draw.normal(N, 3), "W": draw.normal(3), "b": draw.normal(3), "Y": draw.normal(N, 3)'
GROUPS = '"X": draw.normal(N, 4, 2, 3), "W": draw.normal(4), "b": draw.normal(4), "Y": draw.normal(N, 4, 2, 3)'

# by name: inputs, formula of a mark, loss of it
SMALL: dict[str, tuple[str, str, str]] = {
    **{name: ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', f"torch.{name}(X)", "(a * Y).sum()")
       for name in ("sigmoid", "tanh")},
    "relu": ('"X": draw.normal(N, 3).round(), "Y": draw.normal(N, 3)', "torch.relu(X)", "(a * Y).sum()"),
    "clamp": ('"X": draw.normal(N, 3).round(), "Y": draw.normal(N, 3)', "X.clamp(min=0)", "(a * Y).sum()"),
    "clip": ('"X": draw.normal(N, 3).round(), "Y": draw.normal(N, 3)', "torch.clip(X, min=0)", "(a * Y).sum()"),
    "clamp_min": ('"X": draw.normal(N, 3).round(), "Y": draw.normal(N, 3)', "X.clamp_min(0)", "(a * Y).sum()"),
    "threshold": ('"X": draw.normal(N, 3).round(), "Y": draw.normal(N, 3)', "F.threshold(X, 0, 0)", "(a * Y).sum()"),
    "leaky_relu": ('"X": draw.normal(N, 3).round(), "Y": draw.normal(N, 3)', "F.leaky_relu(X, 0.2)", "(a * Y).sum()"),
    "gelu": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "F.gelu(X)", "(a * Y).sum()"),
    "gelu by tanh": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "F.gelu(X, approximate='tanh')", "(a * Y).sum()"),
    "silu": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "F.silu(X)", "(a * Y).sum()"),
    "linear": (SQUARE, "F.linear(torch.tanh(X), W, b)", "(torch.sigmoid(a) ** 2).sum()"),
    "matmul": (SQUARE, "torch.tanh(X) @ W", "(torch.sigmoid(a) ** 2).sum()"),
    "addmm": (SQUARE, "torch.addmm(b, torch.tanh(X), W)", "(torch.sigmoid(a) ** 2).sum()"),
    "linear in a loop": (LAYERS, "layers(lambda A, V: F.linear(A, V), X, W)", "(a ** 2).sum()"),
    "matmul in a loop": (LAYERS, "layers(lambda A, V: A @ V, X, W)", "(a ** 2).sum()"),
    "layers below others": (LAYERS + ', "upstream": draw.normal(N, 3)', "layers(lambda A, V: A @ V, X, W)",
                            "(a ** 2).sum()"),
    "addmm in a loop": (LAYERS, "layers(lambda A, V: torch.addmm(X[0], A, V), X, W)", "(a ** 2).sum()"),
    "log_softmax": ('"X": draw.normal(N, 3), "Y": draw.labels(N, classes=3) - (draw.binary(N) > 0).long() * 2',
                    "F.log_softmax(X, dim=1)", "F.nll_loss(a, Y.clamp(min=-1), ignore_index=-1)"),
    "log_softmax of all": ('"X": draw.normal(N, 3), "Y": draw.labels(N, classes=3)', "F.log_softmax(X, dim=1)",
                           "F.nll_loss(a, Y)"),
    "nll of some": ('"X": draw.normal(N, 3), "Y": draw.labels(N, classes=3)', "F.log_softmax(X, dim=1)",
                    "F.nll_loss(a, Y, ignore_index=1)"),
    "softmax": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "torch.softmax(X, dim=1)", "(a * Y).sum()"),
    **{f"{name} along axis {dim}": (f'"X": draw.normal(N, 3), "Y": draw.normal(N, 3), "dim": {dim}',
                                    f"torch.{name}(X, dim={dim})", "(a * Y).sum()")
       for name in ("softmax", "log_softmax") for dim in (0, 1)},
    "hinge": ('"X": draw.normal(N, 3), "Y": draw.labels(N, classes=3), "margin": 0.5',
              "torch.relu(X - X.gather(1, Y[:, None]) + 0.5).masked_fill(F.one_hot(Y, 3).bool(), 0)", "a.sum() / len(a)"),
    "mean": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "X * 1.5", "torch.mean(a * Y) + a.sum()"),
    "squares": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "torch.square(X)", "(a * Y).sum()"),
    "root": ('"X": draw.uniform(N, 3, low=1, high=2), "Y": draw.normal(N, 3), "eps": 0.5', "torch.sqrt(X) + 0.5",
             "(a * Y).sum()"),
    "running mean": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "torch.lerp(Y, X, 0.25)", "(a * Y).sum()"),
    "bias correction": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3), "beta1": 0.5',
                        "X / (1 - torch.pow(torch.tensor([0.5, 0.75]), 2)).prod()", "(a * Y).sum()"),
    "weight decay": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3), "weight_decay": 0.25, "learning_rate": 0.5',
                     "X * weight_decay", "(a * Y).sum()"),
    "step with weight decay": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3), "weight_decay": 0.25, "learning_rate": 0.5',
                               "X - (Y + X * weight_decay) * 0.5", "(a * Y).sum()"),
    "velocity": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3), "beta": 0.5', "X * 0.5 + Y", "(a * Y).sum()"),
    "cross_entropy": ('"X": draw.normal(N, 3), "Y": draw.labels(N, classes=3)', "X * 1.5", "F.cross_entropy(a, Y)"),
    "cross_entropy of some": ('"X": draw.normal(N, 3), "Y": draw.labels(N, classes=3)', "X * 1.5",
                              "F.cross_entropy(a, Y, ignore_index=1)"),
    "logits": ('"X": draw.normal(N, 3), "Y": draw.binary(N, 3)', "X * 1.5", "F.binary_cross_entropy_with_logits(a, Y)"),
    "probabilities": ('"X": draw.normal(N, 3), "Y": draw.binary(N, 3)', "torch.sigmoid(X)",
                      "F.binary_cross_entropy(a, Y)"),
    "mse": ('"X": draw.normal(N), "Y": draw.normal(N)', "X * 1.5", "F.mse_loss(a, Y)"),
    "products": ('"X": draw.normal(N, 3), "Y": draw.uniform(N, 3, low=1)', "X * Y / (2 + X * X)", "(a * Y).sum()"),
    "quotient": ('"X": draw.normal(N, 3), "Y": draw.uniform(N, 3, low=1, high=2)', "X / Y", "(a * Y).sum()"),
    "mask": ('"X": draw.normal(N, 3), "Y": draw.binary(N, 3)', "X * Y", "(a ** 2).sum()"),
    "sums": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "(X + torch.sin(X)) * (torch.sin(X) - X)", "(a * Y).sum()"),
    "log": ('"X": draw.uniform(N, 3, low=1, high=2), "Y": draw.normal(N, 3)', "torch.log(X)", "(a * Y).sum()"),
    "log1p": ('"X": draw.uniform(N, 3, low=1, high=2), "Y": draw.normal(N, 3)', "torch.log1p(X)", "(a * Y).sum()"),
    "exp": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "torch.exp(X)", "(a * Y).sum()"),
    "batch_norm": (LAYER + ', "running_mean": draw.normal(3), "running_var": draw.uniform(3, low=1)',
                   "torch.batch_norm(X, W, b, None, None, True, 0.0, 0.1, False)", "(a * Y).sum()"),
    "batch_norm in evaluation": (LAYER, "torch.batch_norm(X, W, b, (W + b).detach(), (W * W).detach(), False, 0.0, 0.1, False)",
                                 "(a * Y).sum()"),
    "layer_norm": (LAYER, "torch.layer_norm(X, (3,), W, b, 0.1, False)", "(a * Y).sum()"),
    "group_norm": (GROUPS, "torch.group_norm(X, 2, W, b, 0.1, False)", "(a * Y).sum()"),
    "rms_norm": (LAYER, "torch.rms_norm(X, (3,), W, 0.1)", "(a * Y * b).sum()"),
    "nodes": (LAYER + ', "x": draw.normal(N, 3), "gamma": draw.normal(3), "eps": 0.1',
              "torch.addcmul(b, W, torch.mul(X, torch.rsqrt(torch.square(X - X.mean(dim=0)) / (len(X) - 1) + 0.1)))",
              "(a * Y).sum()"),
    "dropout": ('"X": draw.normal(N, 3).round(), "Y": draw.binary(N, 3), "p": 0.3, "mask": draw.binary(N, 3)',
                "torch.where(Y > 0, torch.div(X, 1 - 0.3), 0.0) + X.clone()", "(a ** 2).sum() + a.sum()"),
    "conv1d": ('"X": draw.normal(N, 2, 9), "W": draw.normal(4, 2, 3), "b": draw.normal(4)',
               "F.conv1d(X, W, b, stride=2, padding=1, dilation=2)", "(a ** 2).sum()"),
    "conv2d": ('"X": draw.normal(N, 2, 7, 6), "W": draw.normal(4, 2, 3, 2), "b": draw.normal(4)',
               "F.conv2d(X, W, b, stride=2, padding=1, dilation=2)", "(a ** 2).sum()"),
    "conv_transpose1d": ('"X": draw.normal(N, 2, 4), "W": draw.normal(2, 3, 4), "b": draw.normal(3)',
                         "F.conv_transpose1d(X, W, b, stride=2, padding=1)", "(a ** 2).sum()"),
    "conv_transpose2d": ('"X": draw.normal(N, 2, 4, 3), "W": draw.normal(2, 3, 4, 3), "b": draw.normal(3)',
                         "F.conv_transpose2d(X, W, b, stride=2, padding=1)", "(a ** 2).sum()"),
    "max_pool2d": ('"X": draw.normal(N, 2, 6, 7).round()', "F.max_pool2d(X, 3, stride=2)", "(a ** 2).sum()"),
    "avg_pool2d": ('"X": draw.normal(N, 2, 6, 7)', "F.avg_pool2d(X, 3, stride=2)", "(a ** 2).sum()"),
    "nearest": ('"X": draw.normal(N, 2, 3, 4)', "F.interpolate(X, scale_factor=3, mode='nearest')", "(a ** 2).sum()"),
    "bilinear": ('"X": draw.normal(N, 2, 3, 4)', "F.interpolate(X, scale_factor=2, mode='bilinear')", "(a ** 2).sum()"),
    "clone": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3), "padding_idx": 1', "X.clone()", "(a * Y).sum()"),
    "embedding": ('"X": draw.normal(N, 3), "Y": draw.labels(9, classes=3)', "F.embedding(Y, X)", "(a ** 2).sum()"),
    "masked_fill": ('"X": draw.normal(N, 3), "Y": draw.labels(N, classes=3)', "X.masked_fill((Y == 1)[:, None], 0.0)",
                    "(a ** 2).sum()"),
    "linear through time": (SQUARE, "torch.cat([h.clone() for h in through_time(X, W, b)])", "(a ** 2).sum()"),
    "gated through time": (SQUARE + ', "c0": draw.normal(3)',
                           "torch.cat([torch.sigmoid(h) * h for h in through_time(X, W, b)])", "(a ** 2).sum()"),
    "attention_scores": ('"X": draw.normal(N, 3), "W": draw.normal(N, 3)', "attention_scores(X, W)", "(a ** 2).sum()"),
    "scores of heads": ('"X": draw.normal(2, 2, N, 3), "W": draw.normal(2, 2, N, 3)', "attention_scores(X, W)",
                        "(a ** 2).sum()"),
    "masked_softmax": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)',
                       "masked_softmax(X, torch.ones_like(X).tril() > 0, X[0].new_ones(3).cumsum(0) < 3)",
                       "(a * Y).sum()"),
    "split_heads": ('"X": draw.normal(2, N, 6), "Y": draw.normal(2, 2, N, 3)', "split_heads(X, 2)", "(a * Y).sum()"),
    "merge_heads": ('"X": draw.normal(2, 2, N, 3), "Y": draw.normal(2, N, 6)', "merge_heads(X)", "(a * Y).sum()"),
    "uses": ('"X": draw.normal(N, 3), "Y": draw.normal(2, N, 3)', "X.expand(2, *X.shape)", "(a * Y).sum()"),
    "rotary": ('"X": draw.normal(N, 4), "Y": draw.normal(N)',
               "rotate_pairs(X, torch.outer(Y, torch.pow(9.0, -X[0, :2].detach())))", "(a ** 3).sum()"),
    "gates": ('"X": draw.normal(N, 8), "Y": draw.normal(N, 2)',
              "sum(n * gate for n, gate in enumerate(X.chunk(4, dim=1), start=1))", "(a * Y).sum()"),
    "softmax in blocks": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3), "block": 2', "torch.softmax(X, dim=1)",
                          "(a * Y).sum()"),
    "scores in blocks": ('"X": draw.normal(N, 3), "W": draw.normal(4, 3), "block": 3', "attention_scores(X, W)",
                         "(a ** 2).sum()"),
    "mean again": ('"X": draw.normal(N, 3), "Y": draw.normal(N)', "X.mean(dim=1)", "(a * Y).sum()"),
    "saved": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "Y * saved(X)", "(a * X).sum()"),
    "use": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "use(X) * use(X)", "(a * Y).sum()"),
    "addcmul": ('"X": draw.normal(N, 3), "Y": draw.normal(N, 3)', "torch.addcmul(X * 0 + 1, X, X, value=-1)",
                "(a * Y).sum()"),
    "embedding again": ('"X": draw.normal(3, 2), "Y": draw.labels(N, classes=3)', "F.embedding(Y, X)", "(a ** 2).sum()"),
    "uses of a value": ('"X": draw.normal(N, 3), "Y": draw.normal(3, N, 3)', "X.expand(3, *X.shape)", "(a * Y).sum()"),
    "broadcast": ('"X": draw.normal(3, 1), "Y": draw.normal(4, 3, N)', "torch.broadcast_to(X, Y.shape)", "(a * Y).sum()"),
    "sum over an axis": ('"X": draw.normal(N, 3), "Y": draw.normal(3)', "torch.sum(X, 0)", "(a * Y).sum()"),
    "mean over an axis": ('"X": draw.normal(N, 3), "Y": draw.normal(N)', "torch.mean(X, 1)", "(a * Y).sum()"),
    "maximum over an axis": ('"X": (draw.normal(N, 3) / 2).round(), "Y": draw.normal(3)', "torch.amax(X, 0)",
                             "(a * Y).sum()"),
    "permuted": ('"X": draw.normal(2, N, 3), "Y": draw.normal(N, 3, 2)', "torch.permute(X, (1, 2, 0))", "(a * Y).sum()"),
    "chosen rows": ('"X": draw.normal(4, N), "Y": draw.normal(3, N)',
                    "torch.index_select(X, 0, torch.tensor([2, 0, 2]))", "(a * Y).sum()"),
    "product of numbers": ('"X": draw.normal(), "W": draw.normal()', "torch.mul(X, W)", "(a ** 2).sum()"),
    "power": ('"X": draw.uniform(N, 3) + 1, "Y": draw.normal(N, 3)', "torch.pow(X, 3)", "(a * Y).sum()"),
}  # fmt: skip


def small(make_exercise: Make, name: str) -> Lab:
    """The lab of an exercise that uses an operation or two."""
    inputs, formula, loss = SMALL[name]
    names = ", ".join(re.findall(r'"(X|Y|W|b|weight_decay)"', inputs))
    gradients = [
        "da",
        *(f"d{one}" for one in names.split(", ") if len(one) == 1 and one != "Y" and one in formula + loss),
    ]
    if "torch.sigmoid(a)" in loss:  # what comes after the layer, and before it, by name
        formula = re.sub(r"torch.tanh\(X\)", "mark('h', torch.tanh(mark('z', X * 1.0)))", formula)
        loss = loss.replace("torch.sigmoid(a)", "mark('out', torch.sigmoid(a))")
        gradients = ["dout", "da", "dW", "dh", "dz"]
    text = f"""{HEAD}def inputs(draw, N=5):
    return {{{inputs}}}


def layers(layer, A, W):
    for V in W.unbind(0):
        A = torch.tanh(layer(A, V))
    return A


def through_time(h, W, b):
    for _ in range(4):
        recurrent = F.linear(h, W, b)
        h = torch.tanh(recurrent)
        yield h


def reference(mark, {names}):
    a = mark("a", {formula})
    return {loss}


EXERCISE = Exercise(
    points={{name: 1 for name in {["a", "loss", *gradients]}}}, inputs=inputs, reference=reference,
    calls="a, loss, {", ".join(gradients)} = entries(f(X))", public=[Case("plain"), Case("more", N=7)],
)
"""
    return Lab(Exam(make_exercise(text, name=re.sub(r"\W", "_", name)), None))


def applied(lab: Lab, rule: WrongDerivative | WrongOperation, operation: str) -> bool:
    """Whether a rule changes a part anywhere in an exercise."""
    keys = {key for signature in lab.signatures.values() for key in signature if key[1] == operation}
    for key in keys:
        candidate = (
            Candidate(rule.mistake, rule.how, derivatives={key: rule.derivative})
            if isinstance(rule, WrongDerivative)
            else Candidate(rule.mistake, rule.how, instead={key: rule.instead}, consistent=True)
        )
        if any(lab.touched(case, candidate) for case in lab.cases):
            return True
    return False


@pytest.fixture(scope="module")
def labs(tmp_path_factory: pytest.TempPathFactory) -> list[Lab]:
    from conftest import HEAD as START

    from autograder.course import load_exercise

    def make(text: str, name: str) -> Loaded:
        path = tmp_path_factory.mktemp("small") / f"{name}.py"
        path.write_text(START + text)
        return load_exercise(path, assignment="small")

    return [small(make, name) for name in SMALL]


RULES = [
    pytest.param(
        rule,
        operation,
        id=f"{rule.mistake}: {rule.how}, of {operation}",
    )
    for rule in (*WRONG_DERIVATIVES, *WRONG_OPERATIONS)
    for operation in rule.operations
]


@pytest.mark.parametrize(("rule", "operation"), RULES)
def test_every_rule_changes_a_part_of_some_small_exercise(
    labs: list[Lab], rule: WrongDerivative | WrongOperation, operation: str
) -> None:
    assert any(applied(lab, rule, operation) for lab in labs)


def test_every_mistake_of_the_rules_is_known() -> None:
    assert {rule.mistake for rule in (*WRONG_DERIVATIVES, *WRONG_OPERATIONS)} <= set(MISTAKES)


def test_every_mistake_has_a_page_and_every_page_its_mistake() -> None:
    assert {path.stem for path in (ROOT / "docs/mistakes").glob("*.md")} - {"README"} == set(MISTAKES)


def test_every_mistake_that_the_code_names_is_known_and_each_is_named_somewhere() -> None:
    folder = ROOT / "autograder"
    files = [*folder.glob("diagnosis/**/*.py"), folder / "marking.py"]
    text = "".join(path.read_text() for path in files if path.name != "mistakes.py")
    named = set(re.findall(r'(?:Candidate|WrongDerivative|WrongOperation)\(\s*"(\w+)"', text))
    assert named <= set(MISTAKES)
    assert [mistake for mistake in MISTAKES if f'"{mistake}"' not in text] == []


def fields(mistake: str) -> set[str]:
    """The details that the words about a mistake ask for."""
    words = MISTAKES[mistake]
    parsed = [*string.Formatter().parse(words.what), *string.Formatter().parse(words.next_step)]
    return {name for _, name, _, _ in parsed if name} - {"part", "how"}


@pytest.mark.parametrize(
    "rule", [*WRONG_DERIVATIVES, *WRONG_OPERATIONS], ids=lambda rule: f"{rule.mistake}: {rule.how}"
)
def test_every_rule_tells_what_the_words_about_it_ask_for(rule: WrongDerivative | WrongOperation) -> None:
    assert fields(rule.mistake) <= set(rule.detail)


# Detectors.


def test_a_factor_that_is_the_length_of_an_axis_is_none_where_there_is_no_such_axis() -> None:
    known = dict(factors({"X": torch.ones(2, 3, 4)}, {"X.0": "N", "X.2": "D"}))
    assert (known["D"]({"X": torch.ones(2, 3, 4)}), known["D"]({"X": torch.ones(2, 3)})) == (4, None)
    assert known["1/(N D)"]({"X": torch.ones(2, 3)}) is None


def seen(
    actual: Callable[[np.ndarray, Mapping[str, np.ndarray]], np.ndarray],
    *shape: str,
    dtype: str = "float64",
    constant: bool = False,
) -> list[Seen]:
    """A part in two cases, its axes named by sizes, and what somebody has there."""
    found = []
    for number, sizes in enumerate(({"N": 5, "D": 3}, {"N": 4, "D": 6})):
        random = np.random.RandomState(number)
        inputs = {"X": random.standard_normal((sizes["N"], sizes["D"])), "w": random.standard_normal(sizes["D"])}
        local = random.standard_normal([sizes[axis] for axis in shape])
        source = random.standard_normal((sizes["N"], sizes["N"] if shape == ("N",) else sizes["D"]))
        if shape in (("D",), ("N",)):
            local = source.sum(0)
        others = {"dz": source, "earlier": random.standard_normal(local.shape)}
        tolerance = 1e-6 * np.abs(local)
        found.append(
            Seen(
                Case(f"case {number}"), "generic", np.asarray(actual(local, {**inputs, **others})), local,
                Expected(local, tolerance, tolerance), {"dz": source}, others, [], {"dw"},
                {name: torch.tensor(value) for name, value in inputs.items()}, dtype,
            )
        )  # fmt: skip
    return found


NAMES = {"X.0": "N", "X.1": "D", "w.0": "D"}


def detected(part: str, cases: list[Seen]) -> list[Candidate]:
    """The first thing found, in the order in which a diagnosis asks."""
    shapes = any(one.actual.shape != one.local.shape for one in cases)
    for detector in SHAPE_DETECTORS if shapes else (*DETECTORS, copied):
        found = list(detector(part, cases, NAMES))
        if found:
            return found
    return []


def first_row(value: np.ndarray) -> np.ndarray:
    found = np.zeros_like(value)
    found[0] = value[0]
    return found


def some_signs(value: np.ndarray) -> np.ndarray:
    signs = np.ones(value.size)
    signs[::2] = -1
    return value * signs.reshape(value.shape)


Found = tuple[Callable[[np.ndarray, Mapping[str, np.ndarray]], np.ndarray], tuple[str, ...], str, dict[str, str]]

# what somebody has, of a part of which shape: the mistake, and what is told of it
DETECTED: dict[str, Found] = {
    "zeros": (lambda v, k: 0 * v, ("N", "D"), "no_answer", {"what": "zeros"}),
    "ones": (lambda v, k: 0 * v + 1, ("N", "D"), "no_answer", {"what": "ones"}),
    "a constant": (lambda v, k: 0 * v + 0.3, ("N", "D"), "no_answer", {"what": "the same number everywhere"}),
    "the opposite": (lambda v, k: -v, ("N", "D"), "sign", {}),
    "some signs": (lambda v, k: some_signs(v), ("N", "D"), "sign", {}),
    "twice": (lambda v, k: 2 * v, ("N", "D"), "wrong_factor", {"factor": "2"}),
    "N times": (lambda v, k: len(k["X"]) * v, ("D",), "wrong_factor", {"factor": "N"}),
    "1/N": (lambda v, k: v / len(k["X"]), ("D",), "wrong_factor", {"factor": "1/N"}),
    "over D": (lambda v, k: v / k["X"].shape[1], ("D",), "wrong_factor", {"factor": "1/D"}),
    "a fixed N": (lambda v, k: v * len(k["X"]) / 5, ("D",), "other_call", {"size": "N", "fixed": "5"}),
    "the first row": (lambda v, k: first_row(v), ("N", "D"), "first_example_only", {}),
    "the first of several": (lambda v, k: first_row(v), ("D", "N"), "overwritten", {}),
    "added to an earlier one": (lambda v, k: v + k["earlier"], ("N", "D"), "accumulated", {"earlier": "earlier"}),
    "two decimals": (lambda v, k: np.round(v, 2), ("N", "D"), "low_precision", {"digits": "2 decimals"}),
    "an input": (lambda v, k: k["X"], ("N", "D"), "no_answer", {"what": "X itself"}),
    "another value": (lambda v, k: k["dz"], ("N", "D"), "no_answer", {"what": "dz itself"}),
    "transposed": (lambda v, k: v.T, ("N", "D"), "transposed", {}),
    "the sum over the other axis": (lambda v, k: k["dz"].sum(1), ("D",), "wrong_axis", {"source": "dz"}),
    "an axis of 1": (lambda v, k: v[None], ("D",), "extra_axis", {}),
    "not summed": (lambda v, k: k["dz"], ("D",), "batch_sum_missing", {}),
    "summed up": (lambda v, k: v.sum(0), ("N", "D"), "wrong_axis", {}),
    "each with each": (lambda v, k: v[:, None] + np.zeros((1, len(v))), ("D",), "broadcast", {}),
}  # fmt: skip


def convolved(
    part: str,
    actual: Callable[[np.ndarray], np.ndarray],
    *shape: int,
    stride: int = 2,
    padding: int = 1,
    dilation: int = 2,
) -> str:
    """What is told of a part of a convolution of (2, 3, 11) with (4, 3, 3), and of a case in which it is right."""
    found = []
    for number, settings in enumerate(((stride, padding, dilation), (1, 1, 1))):
        local = np.random.RandomState(number).standard_normal(shape)
        inputs: dict[str, Any] = {"x": torch.zeros(2, 3, 11), "w": torch.zeros(4, 3, 3)}
        inputs |= dict(zip(("stride", "padding", "dilation"), settings, strict=True))
        tolerance = 1e-6 * np.abs(local)
        found.append(
            Seen(
                Case(f"case {number}"), "generic", local if number else actual(local), local,
                Expected(local, tolerance, tolerance), {}, {}, [], {part}, inputs,
            )
        )  # fmt: skip
    named = [candidate for detector in SHAPES for candidate in detector(part, found, {})]
    return ", ".join(f"{candidate.mistake}: {candidate.how}" for candidate in named)


@pytest.mark.parametrize(
    ("told", "part", "actual", "shape", "settings"),
    [
        ("stride_ignored: the padding is still there", "dx", lambda v: np.pad(v, ((0, 0), (0, 0), (1, 1))), (2, 3, 11), {}),
        (
            "stride_ignored: a slice that ends at -padding is empty where the padding is 0",
            "dx", lambda v: v[..., :0], (2, 3, 11), {"padding": 0},
        ),
        ("stride_ignored: stride 1", "out", lambda v: np.zeros((2, 4, 9)), (2, 4, 5), {}),
        ("stride_ignored: padding 0", "out", lambda v: np.zeros((2, 4, 4)), (2, 4, 5), {}),
        ("stride_ignored: dilation 1", "out", lambda v: np.zeros((2, 4, 6)), (2, 4, 5), {}),
        ("", "out", lambda v: np.zeros((2, 4, 7)), (2, 4, 5), {}),
        ("wrong_axis: not summed over the places", "db", lambda v: np.stack([v / 4, v * 3 / 4], axis=1), (4,), {}),
        ("transposed: the first two axes in each other's place", "dw", lambda v: v.swapaxes(0, 1), (4, 3, 3), {}),
        ("", "dw", lambda v: v[:, :2], (4, 3, 3), {}),
    ],
)  # fmt: skip
def test_the_shape_of_a_convolution_tells_what_is_ignored(
    told: str,
    part: str,
    actual: Callable[[np.ndarray], np.ndarray],
    shape: tuple[int, ...],
    settings: dict[str, int],
) -> None:
    assert convolved(part, actual, *shape, **settings) == told


@pytest.mark.parametrize("what", DETECTED)
def test_a_detector_names_what_it_is_for_and_tells_what_the_words_ask_for(what: str) -> None:
    actual, shape, mistake, detail = DETECTED[what]
    part = "earlier_next" if what == "added to an earlier one" else "dw"
    found = detected(part, seen(actual, *shape))
    assert [(one.mistake, dict(one.detail)) for one in found[:1]] == [(mistake, detail)]
    assert fields(mistake) <= set(found[0].detail)


@pytest.mark.parametrize("shape", [("N", "D"), ("D",), ("N",), ("D", "D")])
@pytest.mark.parametrize("detector", [*DETECTORS, *SHAPE_DETECTORS, copied], ids=lambda one: one.__name__)
def test_a_detector_finds_nothing_in_a_right_answer(detector: detectors.Detector, shape: tuple[str, ...]) -> None:
    assert list(detector("dw", seen(lambda v, k: v, *shape), NAMES)) == []


def differently(value: np.ndarray) -> np.ndarray:
    return value * np.random.RandomState(9).uniform(0.3, 0.9, value.shape)


@pytest.mark.parametrize("shape", [("N", "D"), ("D",), ("N",), ("D", "D")])
@pytest.mark.parametrize("detector", [*DETECTORS, *SHAPE_DETECTORS, copied], ids=lambda one: one.__name__)
@pytest.mark.parametrize("more", [0, 1], ids=["", "of another shape"])
def test_a_detector_finds_nothing_in_an_answer_that_is_wrong_otherwise(
    detector: detectors.Detector, shape: tuple[str, ...], more: int
) -> None:
    cases = seen(lambda v, k: differently(np.resize(v, (2,) * more + v.shape)), *shape)
    assert list(detector("dw", cases, NAMES)) == []


@pytest.mark.parametrize("what", DETECTED)
def test_what_explains_one_case_alone_is_not_named(what: str) -> None:
    actual, shape, _, _ = DETECTED[what]
    first, second = seen(actual, *shape)[:1], seen(lambda v, k: differently(v), *shape)[1:]
    assert detected("earlier_next", [*first, *second]) == []


def test_what_rounding_leaves_of_a_value_is_nothing_against_the_truth() -> None:
    """tanh for a sigmoid where z cancels: 0 on one processor, 5e-17 on the next. A student's own values may be that small."""
    truth = Expected(np.array([0.5, 0.5]), np.full(2, 1e-7), np.full(2, 1e-12))
    cancelled, left = np.array([0.0, 0.0]), np.array([5.6e-17, 0.0])
    assert agrees(left, truth, cancelled, from_truth=True)
    assert not agrees(left, truth, cancelled)
    assert not agrees(np.array([1e-9, 0.0]), truth, cancelled, from_truth=True)
