"""Public cases of layers/sigmoid_tanh, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "layers"
STUB = "52054b2e83ce6412"
MORE_CASES = True

import torch

from autograder import Case, Exercise, between
from autograder.functional import sigmoid, tanh


def reference(mark, x):
    # Two ways for one x: each has a gradient of its own.
    s = mark("sigmoid", sigmoid(mark("x_sigmoid", x)))
    t = mark("tanh", tanh(mark("x_tanh", x)))
    return s + t


def inputs(draw, N, D, low=0.0, high=0.0):
    x = draw.normal(N, D)
    if high:
        x = draw.signs(N, D) * draw.uniform(N, D, low=low, high=high)
        # Both signs in every row: only one of them rounds to 1.
        x[:, 0], x[:, -1] = x[:, 0].abs(), -x[:, -1].abs()
    return {"x": x, "upstream": draw.normal(N, D)}


def some_of_fifty(draw, N, D):
    x = draw.normal(N, D)
    x[:, 0], x[:, 1] = 50, -50
    return {"x": x, "upstream": draw.normal(N, D)}


def powers_of_three(draw):
    # exp(x) is 1, 3 and 1/3: sigmoid 1/2, 3/4, 1/4; tanh (9 - 1) / (9 + 1) = 4/5.
    log3 = torch.log(torch.tensor(3.0, dtype=torch.float64))
    x = torch.stack([0 * log3, log3, -log3])
    return {"x": x[None], "upstream": torch.tensor([[4.0, 16.0, -32.0]], dtype=torch.float64)}


EXERCISE = Exercise(
    order=2,
    difficulty=2,
    hours=1.5,
    builds_on=("chain_rule/mazur",),
    points={"sigmoid": 1, "dx_sigmoid": 3, "tanh": 1, "dx_tanh": 3},
    calls="""
        sigmoid, sigmoid_cache = sigmoid(x)
        dx_sigmoid = sigmoid_backward(upstream, sigmoid_cache)["dx"]
        tanh, tanh_cache = tanh(x)
        dx_tanh = tanh_backward(upstream, tanh_cache)["dx"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three rows", N=3, D=5),
        Case(
            "powers of three",
            inputs=powers_of_three,
            known={
                "sigmoid": [["0.5", "0.75", "0.25"]],
                "dx_sigmoid": [["1", "3", "-6"]],
                "tanh": [["0", "0.8", "-0.8"]],
                "dx_tanh": [["4", "5.76", "-11.52"]],
            },
        ),
        Case("some |x| = 50", tier="stability", inputs=some_of_fifty, N=2, D=4),
        Case("all |x| near 40", tier="stability", N=3, D=4, low=39.0, high=41.0),
    ],
)
