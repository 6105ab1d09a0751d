"""Public cases of autodiff/neuron, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "autodiff"
STUB = "48c3ad6578ba663d"
MORE_CASES = True

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
)
