"""Public cases of two_layer_network/two_layer_bce, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "two_layer_network"
STUB = "9a6c8ac7ca4ecdc9"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between, differentiate
from autograder.functional import complement, sigmoid


def reference(mark, X, Y, W1, b1, W2, b2):
    Z1 = mark("Z1", F.linear(X, W1, b1))
    A1 = mark("A1", torch.sigmoid(Z1))
    Z2 = mark("Z2", F.linear(A1, W2, b2))
    A2 = mark("A2", sigmoid(Z2))
    return -torch.mean(Y * A2.log() + (1 - Y) * complement(A2, Z2).log())


def outputs(mark, trace, X, Y, W1, b1, W2, b2, lr, X_next, Y_next):
    old = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    new = {name: mark(f"new_{name}", value - lr * trace[f"d{name}"]) for name, value in old.items()}
    after = differentiate(reference, lambda name, value: mark(f"{name}_after", value), X=X, Y=Y, **new)
    following = differentiate(reference, lambda name, value: mark(f"{name}_next", value), X=X_next, Y=Y_next, **new)
    return {
        "loss_after": after["loss"],
        **{f"{name}_next": value for name, value in following.items()},
    }


def inputs(draw, N, N_next, n_x, n_1, n_y, lr=0.5):
    return {
        "X": draw.normal(N, n_x),
        "Y": draw.binary(N, n_y),
        "W1": draw.normal(n_1, n_x),
        "b1": draw.normal(n_1),
        "W2": draw.normal(n_y, n_1),
        "b2": draw.normal(n_y),
        "lr": lr,
        "X_next": draw.normal(N_next, n_x),
        "Y_next": draw.binary(N_next, n_y),
    }


def saturated(draw, N, N_next, n_x, n_1, n_y):
    """The first output's logits near 40, the last one's near -40, the others between; right and wrong alike."""
    values = inputs(draw, N, N_next, n_x, n_1, n_y)
    column = torch.arange(n_y)
    return {
        **values,
        "b2": values["b2"] / 4 + torch.linspace(40, -40, n_y, dtype=torch.float64),
        "Y": ((torch.arange(N)[:, None] + column) % 2).double(),
        "Y_next": ((torch.arange(N_next)[:, None] + column) % 2).double(),
        "W2": values["W2"] / 2,
    }


def on_paper(draw):
    """W1 and b1 are 0, so A1 is 1/2 everywhere; the rows of W2 sum to 0, so A2 is 1/2 as well."""
    return {
        **inputs(draw, N=4, N_next=6, n_x=1, n_1=3, n_y=2),
        "X": torch.tensor([[1], [2], [-1], [3]], dtype=torch.float64),
        "Y": torch.tensor([[1, 1], [0, 0], [0, 1], [0, 1]], dtype=torch.float64),
        "W1": torch.zeros(3, 1, dtype=torch.float64),
        "b1": torch.zeros(3, dtype=torch.float64),
        "W2": torch.tensor([[1, -2, 1], [2, 1, -3]], dtype=torch.float64),
        "b2": torch.zeros(2, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=1,
    difficulty=3,
    hours=2.5,
    builds_on=("chain_rule/mazur", "layers/linear"),
    points={
        "A1": 1,
        "A2": 1,
        "loss": 1,
        "dA2": 1,
        "dZ2": 2,
        "dW2": 2,
        "db2": 1,
        "dA1": 1,
        "dZ1": 2,
        "dW1": 2,
        "db1": 1,
        "new_W1": 0.5,
        "new_b1": 0.5,
        "new_W2": 0.5,
        "new_b2": 0.5,
        "loss_after": 0.5,
        "loss_next": 0.5,
        "dW2_next": 0.5,
        "dW1_next": 0.5,
    },
    calls="""
        net = TwoLayerNetwork(W1, b1, W2, b2, lr)
        A1, A2 = entries(net.forward(X))
        loss = net.loss(Y)
        dA2, dZ2, dW2, db2, dA1, dZ1, dW1, db1 = entries(net.backward())
        net.update()
        new_W1 = net.W1
        new_b1 = net.b1
        new_W2 = net.W2
        new_b2 = net.b2
        after = net.forward(X)
        A1_after = after["A1"]
        A2_after = after["A2"]
        loss_after = net.loss(Y)
        following = net.forward(X_next)
        A1_next = following["A1"]
        A2_next = following["A2"]
        loss_next = net.loss(Y_next)
        gradients = net.backward()
        dA2_next = gradients["dA2"]
        dZ2_next = gradients["dZ2"]
        dW2_next = gradients["dW2"]
        dA1_next = gradients["dA1"]
        dZ1_next = gradients["dZ1"]
        dW1_next = gradients["dW1"]
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("three outputs", N=4, N_next=6, n_x=2, n_1=5, n_y=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "A1": [["0.5"] * 3] * 4,
                "A2": [["0.5"] * 2] * 4,
                "loss": "0.69314718",
                "dA2": [["-0.25", "-0.25"], ["0.25", "0.25"], ["0.25", "-0.25"], ["0.25", "-0.25"]],
                "dZ2": [["-0.0625", "-0.0625"], ["0.0625", "0.0625"], ["0.0625", "-0.0625"], ["0.0625", "-0.0625"]],
                "dW2": [["0.0625"] * 3, ["-0.0625"] * 3],
                "db2": ["0.125", "-0.125"],
                "dA1": [
                    ["-0.1875", "0.0625", "0.125"],
                    ["0.1875", "-0.0625", "-0.125"],
                    ["-0.0625", "-0.1875", "0.25"],
                    ["-0.0625", "-0.1875", "0.25"],
                ],
                "dZ1": [
                    ["-0.046875", "0.015625", "0.03125"],
                    ["0.046875", "-0.015625", "-0.03125"],
                    ["-0.015625", "-0.046875", "0.0625"],
                    ["-0.015625", "-0.046875", "0.0625"],
                ],
                "dW1": [["0.015625"], ["-0.109375"], ["0.09375"]],
                "db1": ["-0.03125", "-0.09375", "0.125"],
                "new_W1": [["-0.0078125"], ["0.0546875"], ["-0.046875"]],
                "new_b1": ["0.015625", "0.046875", "-0.0625"],
                "new_W2": [["0.96875", "-2.03125", "0.96875"], ["2.03125", "1.03125", "-2.96875"]],
                "new_b2": ["-0.0625", "0.0625"],
            },
        ),
        Case("saturated outputs", tier="stability", inputs=saturated, N=4, N_next=5, n_x=2, n_1=6, n_y=3),
    ],
)
