"""Public cases of chain_rule/xor_step, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "chain_rule"
STUB = "f3526e0f9020afc3"
MORE_CASES = True

import torch
from torch.nn import functional as F

from autograder import Case, Exercise, between


def reference(mark, x, y, w1, b1, w2, b2):
    z1 = mark("z1", F.linear(x, w1.T, b1))
    h = mark("h", F.relu(z1))
    z2 = mark("z2", F.linear(h, w2.T, b2))
    out = mark("out", torch.sigmoid(z2))
    return F.mse_loss(out, y, reduction="sum")


def outputs(trace, w1, b1, w2, b2, lr):
    before = {"w1": w1, "b1": b1, "w2": w2, "b2": b2}
    return {f"new_{name}": torch.sub(value, trace[f"d{name}"], alpha=lr) for name, value in before.items()}


def quarters(draw, *shape):
    """Multiples of 1/4 between -1 and 1 except 0: their sums and products are exact, so a z1 can be exactly 0."""
    return draw.signs(*shape) * (draw.labels(*shape, classes=4) + 1) / 4


def inputs(draw, n_x, n_h, n_y, lr=0.1, saturated=None, kink=False):
    """b1 puts each z1 where it is wanted: half of the units are on, and the kink occurs only where it is meant."""
    if kink:
        x, w1, z1 = quarters(draw, n_x), quarters(draw, n_x, n_h), quarters(draw, n_h)
        z1[:2] = torch.tensor([0.0, 0.75])
        z1 = z1[draw.permutation(n_h)]
    else:
        x, w1 = draw.normal(n_x), draw.normal(n_x, n_h)
        z1 = (1 - 2 * (draw.permutation(n_h) % 2)) * draw.uniform(n_h, low=0.4, high=1.6)
    w2, z2 = draw.normal(n_h, n_y), draw.normal(n_y)
    if saturated is not None:
        z2[0] = saturated
    return {
        "x": x,
        "y": draw.binary(n_y),
        "w1": w1,
        "b1": z1 - x @ w1,
        "w2": w2,
        "b2": z2 - z1.relu() @ w2,
        "lr": lr,
    }


def xor(draw, first, second):
    return {
        "x": torch.tensor([first, second], dtype=torch.float64),
        "y": torch.tensor([first ^ second], dtype=torch.float64),
        "w1": torch.tensor([[0.1, 0.3], [0.2, 0.1]], dtype=torch.float64),
        "b1": torch.tensor([0.2, -0.2], dtype=torch.float64),
        "w2": torch.tensor([[0.1], [-0.4]], dtype=torch.float64),
        "b2": torch.zeros(1, dtype=torch.float64),
        "lr": 0.01,
    }


EXERCISE = Exercise(
    order=4,
    difficulty=2,
    hours=1.0,
    builds_on=("mazur",),
    points={
        "z1": 0.5,
        "h": 0.5,
        "z2": 0.5,
        "out": 0.5,
        "loss": 1,
        "dz2": 2,
        "dw2": 1,
        "db2": 0.5,
        "dh": 1,
        "dz1": 1,
        "dw1": 1,
        "db1": 0.5,
        "new_w1": 0.5,
        "new_b1": 0.5,
        "new_w2": 0.5,
        "new_b2": 0.5,
    },
    calls="""
        z1, h, z2, out = entries(forward(x, w1, b1, w2, b2))
        loss = squared_error(out, y)
        dz2, dw2, db2, dh, dz1, dw1, db1 = entries(backward(x, y, w1, b1, w2, b2))
        new_w1, new_b1, new_w2, new_b2 = entries(step(x, y, w1, b1, w2, b2, lr))
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("three inputs, two outputs", n_x=3, n_h=4, n_y=2),
        Case(
            "XOR of 0 and 0",
            inputs=xor,
            first=0,
            second=0,
            zeros=("dw1",),
            known={
                "h": ["0.2000", "0.0000"],
                "out": ["0.5050"],
                "loss": "0.2550",
                "dw2": [["0.0505"], ["0.0000"]],
                "db2": ["0.2525"],
                "dw1": [["0.", "0."], ["0.", "0."]],
                "db1": ["0.0252", "0.0000"],
                "new_w1": [["0.1000", "0.3000"], ["0.2000", "0.1000"]],
                "new_b1": ["0.1997", "-0.2000"],
                "new_w2": [["0.0995"], ["-0.4000"]],
                "new_b2": ["-0.0025"],
            },
        ),
        Case("XOR of 0 and 1", inputs=xor, first=0, second=1),
        Case("XOR of 1 and 0", inputs=xor, first=1, second=0),
        Case("XOR of 1 and 1", inputs=xor, first=1, second=1),
    ],
)
