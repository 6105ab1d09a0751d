"""Public cases of chain_rule/relu_network, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "chain_rule"
STUB = "75417a8af1c22d50"
MORE_CASES = True

import torch
from torch.nn import functional as F

from autograder import Case, Exercise, between


def reference(mark, x, y, W1, b1, W2, b2, W3, b3):
    z2 = mark("z2", F.linear(x, W1, b1))
    h2 = mark("h2", F.relu(z2))
    z3 = mark("z3", F.linear(h2, W2, b2))
    h3 = mark("h3", F.relu(z3))
    z = mark("z", F.linear(h3, W3, b3))
    return F.binary_cross_entropy_with_logits(z, y)


def clear_of_zero(draw, n):
    """Values of z of which half are on, or one more; none is near the kink."""
    return (1 - 2 * (draw.permutation(n) % 2)) * draw.uniform(n, low=0.4, high=1.6)


def normal(draw, *shape):
    return draw.normal(*shape)


def quarters(draw, *shape):
    """Multiples of 1/4 between -1 and 1 except 0: their sums and products are exact, so a z can be exactly 0."""
    return draw.signs(*shape) * (draw.labels(*shape, classes=4) + 1) / 4


def on_the_kink(draw, n):
    """Values of z of which one is 0 and one is on."""
    z = quarters(draw, n)
    z[:2] = torch.tensor([0.0, 0.75])
    return z[draw.permutation(n)]


def inputs(draw, n_1, n_2, n_3, y, logit=None, kink=False):
    """The biases put each z where it is wanted: both states of the ReLU occur, and the kink only where it is meant."""
    numbers, places = (quarters, on_the_kink) if kink else (normal, clear_of_zero)
    for _ in range(200):
        x, W1, W2, W3 = (numbers(draw, *shape) for shape in ((n_1,), (n_2, n_1), (n_3, n_2), (1, n_3)))
        z2, z3 = places(draw, n_2), places(draw, n_3)
        # What comes back to a unit at exactly 0 may cancel to 0: then its ReLU' would not matter.
        if ((W3[0] * (z3 > 0)) @ W2).all():
            break
    z = numbers(draw, 1) if logit is None else torch.tensor([logit], dtype=torch.float64)
    return {
        "x": x,
        "y": torch.tensor([y], dtype=torch.float64),
        "W1": W1,
        "b1": z2 - W1 @ x,
        "W2": W2,
        "b2": z3 - W2 @ z2.relu(),
        "W3": W3,
        "b3": z - W3 @ z3.relu(),
    }


def worksheet(draw):
    return {
        "x": torch.tensor([1.0, -1.0], dtype=torch.float64),
        "y": torch.tensor([0.0], dtype=torch.float64),
        "W1": torch.eye(2, dtype=torch.float64),
        "b1": torch.zeros(2, dtype=torch.float64),
        "W2": torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, 0.0]], dtype=torch.float64),
        "b2": torch.zeros(3, dtype=torch.float64),
        "W3": torch.tensor([[1.0, -1.0, 0.0]], dtype=torch.float64),
        "b3": torch.zeros(1, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=3,
    difficulty=2,
    hours=1.0,
    builds_on=("value_tables",),
    points={
        "dz": 1,
        "dW3": 1,
        "db3": 0.5,
        "dh3": 1,
        "dz3": 1,
        "dW2": 1,
        "db2": 0.5,
        "dh2": 1,
        "dz2": 1,
        "dW1": 1,
        "db1": 0.5,
        "dx": 0.5,
    },
    calls="""
        dz, dW3, db3, dh3, dz3, dW2, db2, dh2, dz2, dW1, db1, dx = entries(backward(x, y, W1, b1, W2, b2, W3, b3))
    """,
    inputs=inputs,
    reference=reference,
    public=[
        Case("two inputs, y = 1", n_1=2, n_2=4, n_3=3, y=1.0),
        Case(
            "the worksheet's numbers",
            inputs=worksheet,
            known={
                "dz": ["0.7310586"],
                "dW3": [["0.7310586", "0", "0.7310586"]],
                "dW2": [["0.7310586", "0"], ["0", "0"], ["0", "0"]],
            },
        ),
        Case("a saturated output", tier="stability", n_1=2, n_2=4, n_3=3, y=0.0, logit=60.0),
    ],
)
