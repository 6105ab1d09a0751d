"""Public cases of cs231n/relu_layer, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "177ca804bda72961"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x, slope):
    # Two ways for one x: each has a gradient of its own.
    on = mark("relu", torch.relu(mark("x_relu", x)))
    return on + mark("leaky", F.leaky_relu(mark("x_leaky", x), negative_slope=slope))


def inputs(draw, N, D, slope, corners=0):
    # Away from 0, but for the exact zeros; both signs, and at every zero an upstream gradient of about 1.
    x = draw.uniform(N, D, low=0.1, high=2.0) * (2 * draw.binary(N, D) - 1)
    upstream = draw.uniform(N, D, low=0.5, high=2.0) * draw.signs(N, D)
    x.view(-1)[:corners] = 0
    return {"x": x, "slope": slope, "upstream": upstream}


def one_number(draw, sign):
    return {"x": sign * draw.uniform(1, 1, low=0.5), "slope": 0.3, "upstream": draw.uniform(1, 1, low=0.5)}


def on_paper(draw):
    return {
        "x": torch.tensor([[2, -3, 0], [0, -0.5, 4]], dtype=torch.float64),
        "slope": 0.25,
        "upstream": torch.tensor([[1, -2, 3], [-4, 8, -5]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=3,
    difficulty=1,
    hours=1.0,
    builds_on=("chain_rule/relu_network", "sigmoid_tanh"),
    points={"relu": 1, "dx_relu": 2, "leaky": 1, "dx_leaky": 3},
    calls="""
        relu, relu_cache = relu(x)
        dx_relu = relu_backward(upstream, relu_cache)["dx"]
        leaky, leaky_cache = leaky_relu(x, slope)
        dx_leaky = leaky_relu_backward(upstream, leaky_cache)["dx"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three rows", N=3, D=5, slope=0.2),
        Case(
            "worked on paper, with zeros",
            inputs=on_paper,
            known={
                "relu": [["2", "0", "0"], ["0", "0", "4"]],
                "dx_relu": [["1", "0", "0"], ["0", "0", "-5"]],
                "leaky": [["2", "-0.75", "0"], ["0", "-0.125", "4"]],
                "dx_leaky": [["1", "-0.5", "0.75"], ["-1", "2", "-5"]],
            },
        ),
    ],
)
from dataclasses import replace

EXERCISE = replace(
    EXERCISE,
    order=2,
    hours=0.5,
    builds_on=("affine",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    points={"relu": 1, "dx_relu": 2},
    calls="""
        relu, cache = relu_forward(x)
        dx_relu = relu_backward(upstream, cache)
    """,
)
