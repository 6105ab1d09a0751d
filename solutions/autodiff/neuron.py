"""A single neuron with a sigmoid and the squared error: five derivatives, multiplied one by one.

    z = w · x + b        a = sigmoid(z) = 1 / (1 + exp(-z))        loss = (a - y)²

Shapes: x and w (n,); y, b, z, a and the loss are scalars, tensors of shape (). The target y is any number.

The square has no 1/2 before it. Every gradient is the derivative of the loss with respect to what it is named after, and
has its shape: dw and dx are (n,), also for n = 1; da, dz and db are ().

The neuron may be saturated. At z = 40 the sigmoid is exactly 1 in float64, so that 1 - a is 0; the true 1 - sigmoid(40) is
4.2e-18, and every gradient behind it is to be right to its leading digits, however small. Note that

    1 - sigmoid(z) = sigmoid(-z),

where nothing cancels. At z = -800, too, no result may be inf or nan; `torch.sigmoid` is safe there.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), sections 3.10 (sigmoid) and 6.5 (chain rule).
"""

import torch


def neuron(x, y, w, b):
    """Return ({"z": (), "a": (), "loss": ()}, cache); the cache is whatever `neuron_backward` needs, in any form."""
    ### BEGIN SOLUTION
    z = w @ x + b
    a = torch.sigmoid(z)
    return {"z": z, "a": a, "loss": (a - y) ** 2}, (x, y, w, z, a)
    ### END SOLUTION


def neuron_backward(cache):
    """Return {"da": (), "dz": (), "dw": (n,), "db": (), "dx": (n,)}, the gradients of the loss."""
    ### BEGIN SOLUTION
    x, y, w, z, a = cache
    da = 2 * (a - y)
    dz = da * a * torch.sigmoid(-z)
    return {"da": da, "dz": dz, "dw": dz * x, "db": dz, "dx": dz * w}
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between
from autograder.functional import sigmoid


def reference(mark, x, y, w, b):
    z = mark("z", F.linear(x, w, b))
    a = mark("a", sigmoid(z))
    return torch.square(a - y)


def inputs(draw, n, z=None):
    values = {"x": draw.normal(n), "y": draw.uniform(), "w": draw.normal(n), "b": draw.normal()}
    if z is None:
        # Far enough from the target that nothing cancels.
        values["y"] = values["y"] + 1.5 * draw.signs()
        return values
    return {**values, "y": 0.25 + values["y"] / 2, "b": z - values["x"] @ values["w"]}


def on_paper(draw):
    # z = 3/2 - 2 + 1/2 + 0 = 0, so a = 1/2, and the sigmoid's slope is 1/4; a - y = 3/2.
    return {
        "x": torch.tensor([1.0, 2.0, -1.0], dtype=torch.float64),
        "y": torch.tensor(-1.0, dtype=torch.float64),
        "w": torch.tensor([1.5, -1.0, -0.5], dtype=torch.float64),
        "b": torch.tensor(0.0, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=1,
    difficulty=1,
    hours=1.0,
    points={"z": 0.5, "a": 0.5, "loss": 1, "da": 1, "dz": 3, "dw": 2, "db": 1, "dx": 2},
    calls="""
        values, cache = neuron(x, y, w, b)
        z, a, loss = entries(values)
        da, dz, dw, db, dx = entries(neuron_backward(cache))
    """,
    inputs=inputs,
    reference=reference,
    public=[
        Case("four inputs", n=4),
        Case(
            "worked on paper",
            inputs=on_paper,
            zeros=("z",),
            known={
                "z": "0",
                "a": "0.5",
                "loss": "2.25",
                "da": "3",
                "dz": "0.75",
                "dw": ["0.75", "1.5", "-0.75"],
                "db": "0.75",
                "dx": ["1.125", "-0.75", "-0.375"],
            },
        ),
        Case("saturated at 1, z = 40", tier="stability", n=3, z=40.0),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", n=between(5, 8)),
        Case("other numbers", n=between(3, 6)),
        Case("one input", tier="edge", n=1),
        Case("two inputs", tier="edge", n=2),
        Case("saturated at 0, z = -45", tier="stability", n=between(3, 6), z=-45.0),
        Case("saturated at 1, z = 60", tier="stability", n=between(3, 6), z=60.0),
        Case("far out, z = -800", tier="stability", n=2, z=-800.0),
    ],
    ### END HIDDEN TESTS
)
