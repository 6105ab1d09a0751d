"""One step of gradient descent on XOR, every gradient by hand.

A network with one ReLU layer and a sigmoid output layer looks at one example:

    z1 = x w1 + b1      h   = max(z1, 0)
    z2 = h w2 + b2      out = sigmoid(z2)
    loss = sum over k of (out_k - y_k)^2

Shapes: x (n_x,), y (n_y,), w1 (n_x, n_h), b1 (n_h,), w2 (n_h, n_y), b2 (n_y,). Weights are indexed [in, out] here, and
an example stands on the left of them: the opposite of `mazur.py` and of `torch.nn.Linear`. A matrix has one row for
each unit that it starts from, so no transpose is needed on the way forward.

Conventions:
- The loss is the plain sum of squares: no half and no mean.
- ReLU'(0) = 0: a unit whose z1 is exactly 0 passes no gradient back.
- `dw1` is the derivative of the loss with respect to w1 and has w1's shape; the same for every other name.
- An output may be saturated (|z2| in the hundreds): values and gradients must stay finite.

XOR itself has x in {0, 1}^2 and one output. For x = [0, 0] the gradient of w1 is zero whatever the formula, so that
example alone cannot tell you whether dw1 is right: check all four. The numbers of the public XOR cases are those of a
public introduction to PyTorch: two hidden units, lr = 0.01.
"""

import torch


def forward(x, w1, b1, w2, b2):
    """Return {"z1": (n_h,), "h": (n_h,), "z2": (n_y,), "out": (n_y,)}: every value on the way."""
    ### BEGIN SOLUTION
    z1 = x @ w1 + b1
    h = torch.relu(z1)
    z2 = h @ w2 + b2
    return {"z1": z1, "h": h, "z2": z2, "out": torch.sigmoid(z2)}
    ### END SOLUTION


def squared_error(out, y):
    """Return the loss, a scalar: the sum of squared differences."""
    ### BEGIN SOLUTION
    return ((out - y) ** 2).sum()
    ### END SOLUTION


def backward(x, y, w1, b1, w2, b2):
    """Return the gradient of the loss, from the output back to the first layer.

    {"dz2": (n_y,), "dw2": (n_h, n_y), "db2": (n_y,), "dh": (n_h,), "dz1": (n_h,), "dw1": (n_x, n_h), "db1": (n_h,)}
    """
    ### BEGIN SOLUTION
    values = forward(x, w1, b1, w2, b2)
    h, out = values["h"], values["out"]
    dz2 = 2 * (out - y) * out * (1 - out)
    dh = w2 @ dz2
    dz1 = dh * (values["z1"] > 0)
    return {
        "dz2": dz2,
        "dw2": torch.outer(h, dz2),
        "db2": dz2,
        "dh": dh,
        "dz1": dz1,
        "dw1": torch.outer(x, dz1),
        "db1": dz1,
    }
    ### END SOLUTION


def step(x, y, w1, b1, w2, b2, lr):
    """Return {"new_w1", "new_b1", "new_w2", "new_b2"}: the parameters after one step against the gradient.

    All gradients belong to the parameters as they were given. The arguments themselves must not change.
    """
    ### BEGIN SOLUTION
    grads = backward(x, y, w1, b1, w2, b2)
    dw1, db1, dw2, db2 = (grads[name] for name in ("dw1", "db1", "dw2", "db2"))
    return {
        "new_w1": w1 - lr * dw1,
        "new_b1": b1 - lr * db1,
        "new_w2": w2 - lr * dw2,
        "new_b2": b2 - lr * db2,
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", n_x=between(2, 6), n_h=between(3, 7), n_y=between(2, 8)),
        Case("a larger step", n_x=between(2, 6), n_h=between(3, 7), n_y=between(2, 8), lr=1.3),
        Case("one unit in each layer", tier="edge", n_x=1, n_h=1, n_y=1),
        Case("units at exactly 0", tier="edge", n_x=between(2, 5), n_h=between(4, 7), n_y=between(2, 8), kink=True),
        Case("an output at 1", tier="stability", n_x=2, n_h=between(3, 6), n_y=between(3, 7), saturated=800.0),
        Case("an output at 0", tier="stability", n_x=2, n_h=between(3, 6), n_y=between(3, 7), saturated=-800.0),
    ],
    ### END HIDDEN TESTS
)
