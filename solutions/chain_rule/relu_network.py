"""Backward pass of a three-layer ReLU network, for any weights.

The network of `value_tables.py`, now with weights of any size, as a function. It looks at one example:

    z2 = W1 x + b1      h2 = max(z2, 0)
    z3 = W2 h2 + b2     h3 = max(z3, 0)
    z  = W3 h3 + b3     y_hat = sigmoid(z)
    loss = -(y log y_hat + (1 - y) log(1 - y_hat))

Shapes: x (n_1,), W1 (n_2, n_1), b1 (n_2,), W2 (n_3, n_2), b2 (n_3,), W3 (1, n_3), b3 (1,), y (1,). y is 0 or 1. Weights
are indexed [out, in], as `torch.nn.Linear` stores them: one row for each unit that they lead to.

Conventions:
- ReLU'(0) = 0: a unit whose z is exactly 0 passes no gradient back.
- `dW1` is the derivative of the loss with respect to W1 and has W1's shape; the same for every other name.
- Each call answers for its own arguments: nothing is kept from one call to the next, no argument changes.
- The gradients must stay finite and right for any z. When |z| is large, sigmoid rounds to 0 or 1, the loss's
  derivative divides by 0, and multiplying by the sigmoid's derivative (0 by then) gives nan. So do not compute these
  two factors apart: multiply them on paper, simplify, and code only what is left.
"""

import torch


def backward(x, y, W1, b1, W2, b2, W3, b3):
    """Return the gradient of the loss with respect to every value and parameter, as a dictionary.

    {"dz": (1,), "dW3": (1, n_3), "db3": (1,), "dh3": (n_3,),
     "dz3": (n_3,), "dW2": (n_3, n_2), "db2": (n_3,), "dh2": (n_2,),
     "dz2": (n_2,), "dW1": (n_2, n_1), "db1": (n_2,), "dx": (n_1,)}

    Go forward first and keep what the way back needs.
    """
    ### BEGIN SOLUTION
    z2 = W1 @ x + b1
    h2 = z2.clip(min=0)
    z3 = W2 @ h2 + b2
    h3 = z3.clip(min=0)
    dz = torch.sigmoid(W3 @ h3 + b3) - y
    dh3 = W3.T @ dz
    dz3 = dh3 * (z3 > 0)
    dh2 = W2.T @ dz3
    dz2 = dh2 * (z2 > 0)
    return {
        "dz": dz,
        "dW3": torch.outer(dz, h3),
        "db3": dz,
        "dh3": dh3,
        "dz3": dz3,
        "dW2": torch.outer(dz3, h2),
        "db2": dz3,
        "dh2": dh2,
        "dz2": dz2,
        "dW1": torch.outer(dz2, x),
        "db1": dz2,
        "dx": W1.T @ dz2,
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("y = 0", n_1=between(2, 6), n_2=between(3, 7), n_3=between(3, 8), y=0.0),
        Case("y = 1", n_1=between(2, 6), n_2=between(3, 7), n_3=between(3, 8), y=1.0),
        Case("one unit in each layer", tier="edge", n_1=1, n_2=1, n_3=1, y=1.0),
        Case(
            "units at exactly 0", tier="edge", n_1=between(2, 5), n_2=between(4, 7), n_3=between(4, 8), y=0.0, kink=True
        ),
        Case(
            "large z, y = 0",
            tier="stability",
            n_1=between(2, 5),
            n_2=between(3, 6),
            n_3=between(3, 7),
            y=0.0,
            logit=45.0,
        ),
        Case(
            "large negative z, y = 1",
            tier="stability",
            n_1=between(2, 5),
            n_2=between(3, 6),
            n_3=between(3, 7),
            y=1.0,
            logit=-800.0,
        ),
    ],
    ### END HIDDEN TESTS
)
