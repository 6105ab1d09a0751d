"""Sigmoid and tanh, forward and backward, with derivatives that stay exact where the functions are saturated.

Both work element by element, on x of any shape:

    sigmoid(x) = 1 / (1 + exp(-x))
    tanh(x)    = (exp(x) - exp(-x)) / (exp(x) + exp(-x))

`upstream` is the derivative of the loss with respect to the function's value, of its shape; the backward functions
return dx, the derivative of the loss with respect to x, of the shape of x. Both functions are called with the same x
and the same upstream, but have nothing to do with each other.

Saturated inputs count, |x| up to 50. Where every x is large, every slope is tiny, and has to be right all the same:

- sigmoid(40) is exactly 1 in float64, so s (1 - s) gives the slope 0. The true slope is about 4e-18. The difference can
  be avoided: 1 - sigmoid(x) is sigmoid(-x), and that is an ordinary small number.
- tanh(40) is exactly 1 as well, so 1 - t² gives 0 for a slope of about 7e-35. Go back to exp: what is 1 - tanh(x)² when
  you write tanh(x) = sinh(x) / cosh(x)?

For the values, `torch.sigmoid` and `torch.tanh` may be used. Neither nan nor inf may come out.

The gradients are graded as dx_sigmoid and dx_tanh.

Formulas: the walkthrough derives them. On saturation: LeCun, Bottou, Orr, Müller, 'Efficient BackProp' (1998), 4.4.
"""

import torch


def sigmoid(x):
    """Return (out, cache): sigmoid(x), of the shape of x, and whatever `sigmoid_backward` will need."""
    ### BEGIN SOLUTION
    return torch.sigmoid(x), x
    ### END SOLUTION


def sigmoid_backward(upstream, cache):
    """Return {"dx": like x}."""
    ### BEGIN SOLUTION
    return {"dx": upstream * torch.sigmoid(cache) * torch.sigmoid(-cache)}
    ### END SOLUTION


def tanh(x):
    """Return (out, cache): tanh(x), of the shape of x, and whatever `tanh_backward` will need."""
    ### BEGIN SOLUTION
    return torch.tanh(x), x
    ### END SOLUTION


def tanh_backward(upstream, cache):
    """Return {"dx": like x}."""
    ### BEGIN SOLUTION
    return {"dx": upstream / torch.cosh(cache) ** 2}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(4, 7), D=between(2, 7)),
        Case("one number", tier="edge", N=1, D=1),
        Case("one row", tier="edge", N=1, D=between(3, 6)),
        Case("as many rows as columns", tier="edge", N=3, D=3),
        Case("others with |x| = 50", tier="stability", inputs=some_of_fifty, N=between(3, 5), D=between(3, 5)),
        Case("others near 40", tier="stability", N=between(3, 5), D=between(3, 5), low=40.0, high=43.0),
    ],
    ### END HIDDEN TESTS
)
