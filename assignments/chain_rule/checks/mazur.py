"""Public cases of chain_rule/mazur, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "chain_rule"
STUB = "a9933b00db2d5a5e"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between, differentiate


def reference(mark, x, y, W1, b1, W2, b2):
    z1 = mark("z1", W1 @ x + b1)
    h = mark("h", torch.sigmoid(z1))
    z2 = mark("z2", W2 @ h + b2)
    out = mark("out", torch.sigmoid(z2))
    return F.mse_loss(out, y, reduction="sum") / 2


def outputs(mark, trace, x, y, W1, b1, W2, b2, lr):
    old = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    new = {name: mark(f"new_{name}", value - lr * trace[f"d{name}"]) for name, value in old.items()}
    half = differentiate(
        reference, lambda name, value: mark(f"{name}_half", value), x=x, y=y, **{**new, "b1": b1, "b2": b2}
    )
    after = differentiate(reference, lambda name, value: mark(f"{name}_after", value), x=x, y=y, **new)
    return {"loss_old_biases": half["loss"], "loss_after": after["loss"]}


def inputs(draw, n_x, n_h, n_y, scale=1.0, lr=0.5):
    return {
        "x": draw.normal(n_x) * scale,
        "y": draw.uniform(n_y, low=0.05, high=0.95),
        "W1": draw.normal(n_h, n_x),
        "b1": draw.normal(n_h),
        "W2": draw.normal(n_y, n_h),
        "b2": draw.normal(n_y),
        "lr": lr,
    }


def mazur(draw):
    return {
        "x": torch.tensor([0.05, 0.10], dtype=torch.float64),
        "y": torch.tensor([0.01, 0.99], dtype=torch.float64),
        "W1": torch.tensor([[0.15, 0.20], [0.25, 0.30]], dtype=torch.float64),
        "b1": torch.tensor([0.35, 0.35], dtype=torch.float64),
        "W2": torch.tensor([[0.40, 0.45], [0.50, 0.55]], dtype=torch.float64),
        "b2": torch.tensor([0.60, 0.60], dtype=torch.float64),
        "lr": 0.5,
    }


EXERCISE = Exercise(
    order=1,
    difficulty=2,
    hours=1.5,
    builds_on=("autodiff/neuron",),
    points={
        "h": 1,
        "out": 1,
        "loss": 1,
        "dz2": 2,
        "dW2": 2,
        "db2": 1,
        "dz1": 2,
        "dW1": 2,
        "db1": 1,
        "new_W1": 0.5,
        "new_b1": 0.5,
        "new_W2": 0.5,
        "new_b2": 0.5,
        "loss_old_biases": 0.5,
        "loss_after": 0.5,
    },
    calls="""
        h, out = entries(forward(x, W1, b1, W2, b2))
        loss = half_squared_error(out, y)
        dz2, dW2, db2, dz1, dW1, db1 = entries(backward(x, y, W1, b1, W2, b2))
        new_W1, new_b1, new_W2, new_b2 = entries(step(x, y, W1, b1, W2, b2, lr))
        half = forward(x, new_W1, b1, new_W2, b2)
        h_half = half["h"]
        out_half = half["out"]
        loss_old_biases = half_squared_error(out_half, y)
        after = forward(x, new_W1, new_b1, new_W2, new_b2)
        h_after = after["h"]
        out_after = after["out"]
        loss_after = half_squared_error(out_after, y)
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case(
            "Mazur's numbers",
            inputs=mazur,
            known={
                "h": ["0.59327", "0.59688437"],
                "out": ["0.75136507", "0.7729285"],
                "loss": "0.2983711",
                "new_W1": [["0.14978072", "0.19956143"], ["0.24975115", "0.2995023"]],
                "new_b1": ["0.3456143", "0.34502286"],
                "new_W2": [["0.3589165", "0.40866616"], ["0.5113013", "0.56137013"]],
                "new_b2": ["0.53075075", "0.61904913"],
                "loss_old_biases": "0.2910278",
                "loss_after": "0.28047147",
            },
        ),
        Case("three outputs", n_x=2, n_h=4, n_y=3),
    ],
)
