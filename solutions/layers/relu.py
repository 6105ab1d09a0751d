"""ReLU and leaky ReLU, forward and backward, with a convention for the corner at 0.

Both work element by element, on numbers of any shape. `slope` is a number between 0 and 1, the same for all elements:

    relu(x)              = x where x > 0, otherwise 0
    leaky_relu(x, slope) = x where x > 0, otherwise slope · x

`upstream` is the derivative of the loss with respect to the function's value, of its shape; the backward functions
return dx, the derivative of the loss with respect to x, of the shape of x. Both functions are called with the same x
and the same upstream, but have nothing to do with each other.

At x = 0 neither function has a derivative. Convention, here and in PyTorch: 0 belongs to the left side, so

    relu′(0) = 0            leaky_relu′(0) = slope

Exact zeros do occur (a row of zeros, an image's black border), and cases test this. Whether a unit is on is decided by
x alone, never by the sign of `upstream`. Do not take `slope` for 0.01: it is different in each case.

The gradients are graded as dx_relu and dx_leaky, the value of leaky_relu as leaky.

Formulas: Nair and Hinton (2010), 'Rectified linear units improve restricted Boltzmann machines'; Maas, Hannun and Ng
(2013), 'Rectifier nonlinearities improve neural network acoustic models', for the leaky one.
"""

import torch


def relu(x):
    """Return (out, cache): relu(x), of the shape of x, and whatever `relu_backward` will need."""
    ### BEGIN SOLUTION
    return x.clamp(min=0), x
    ### END SOLUTION


def relu_backward(upstream, cache):
    """Return {"dx": like x}."""
    ### BEGIN SOLUTION
    return {"dx": upstream * (cache > 0)}
    ### END SOLUTION


def leaky_relu(x, slope):
    """Return (out, cache): leaky_relu(x, slope), of the shape of x, and whatever `leaky_relu_backward` will need."""
    ### BEGIN SOLUTION
    return x.clamp(min=0) + slope * x.clamp(max=0), (x, slope)
    ### END SOLUTION


def leaky_relu_backward(upstream, cache):
    """Return {"dx": like x}."""
    ### BEGIN SOLUTION
    x, slope = cache
    return {"dx": torch.where(x > 0, upstream, slope * upstream)}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(4, 7), D=between(2, 7), slope=0.05),
        Case("a steep slope", N=between(4, 7), D=between(2, 7), slope=0.75),
        Case("exact zeros", tier="edge", N=3, D=between(4, 6), slope=0.1, corners=5),
        Case("one number, on", tier="edge", inputs=one_number, sign=1.0),
        Case("one number, off", tier="edge", inputs=one_number, sign=-1.0),
        Case("one row", tier="edge", N=1, D=between(4, 7), slope=0.4),
    ],
    ### END HIDDEN TESTS
)
