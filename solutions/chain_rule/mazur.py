"""Mazur's 2-2-2 network: one step of gradient descent, every gradient by hand.

A network with one hidden layer and sigmoids everywhere looks at one example:

    z1 = W1 x + b1      h   = sigmoid(z1)
    z2 = W2 h + b2      out = sigmoid(z2)
    loss = 1/2 * sum over k of (out_k - y_k)^2

Shapes: x (n_x,), y (n_y,), W1 (n_h, n_x), b1 (n_h,), W2 (n_y, n_h), b2 (n_y,). A weight matrix has one row for each
unit that it leads to, and each unit has a bias of its own. The loss is the half sum, not the mean: with two outputs
`torch.nn.MSELoss` gives the same number by accident, with three it does not.

A gradient has the name of what it belongs to with a `d` in front: `dW1` is the derivative of the loss with respect to
W1 and has W1's shape.

Graded as well, from your `step`, `forward` and loss: `loss_after`, the loss after one step, and `loss_old_biases`, the
loss with the new weights and the old biases.

The numbers of the first public case are those of Matt Mazur, 'A Step by Step Backpropagation Example' (2015), with one
difference: here the biases are learned as well.
"""

import torch


def forward(x, W1, b1, W2, b2):
    """Return {"h": (n_h,), "out": (n_y,)}: the activations of both layers."""
    ### BEGIN SOLUTION
    h = torch.sigmoid(W1 @ x + b1)
    return {"h": h, "out": torch.sigmoid(W2 @ h + b2)}
    ### END SOLUTION


def half_squared_error(out, y):
    """Return the loss, a scalar: half the sum of squared differences."""
    ### BEGIN SOLUTION
    return ((out - y) ** 2).sum() / 2
    ### END SOLUTION


def backward(x, y, W1, b1, W2, b2):
    """Return {"dz2": (n_y,), "dW2": (n_y, n_h), "db2": (n_y,), "dz1": (n_h,), "dW1": (n_h, n_x), "db1": (n_h,)}.

    Go from the loss towards the input, one factor of the chain rule at a time. The sigmoid's derivative, written with
    its value s, is s (1 - s).
    """
    ### BEGIN SOLUTION
    layers = forward(x, W1, b1, W2, b2)
    h, out = layers["h"], layers["out"]
    dz2 = (out - y) * out * (1 - out)
    dz1 = (W2.T @ dz2) * h * (1 - h)
    return {
        "dz2": dz2,
        "dW2": torch.outer(dz2, h),
        "db2": dz2,
        "dz1": dz1,
        "dW1": torch.outer(dz1, x),
        "db1": dz1,
    }
    ### END SOLUTION


def step(x, y, W1, b1, W2, b2, lr):
    """Return {"new_W1", "new_b1", "new_W2", "new_b2"}: the parameters after one step against the gradient.

    The step size is lr. The arguments themselves must not change: return new tensors.
    """
    ### BEGIN SOLUTION
    grads = backward(x, y, W1, b1, W2, b2)
    dW1, db1, dW2, db2 = (grads[name] for name in ("dW1", "db1", "dW2", "db2"))
    return {
        "new_W1": W1 - lr * dW1,
        "new_b1": b1 - lr * db1,
        "new_W2": W2 - lr * dW2,
        "new_b2": b2 - lr * db2,
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", n_x=between(2, 6), n_h=between(3, 7), n_y=between(3, 6)),
        Case("another step size", n_x=between(2, 6), n_h=between(3, 7), n_y=between(3, 6), lr=1.7),
        Case("one unit in each layer", tier="edge", n_x=1, n_h=1, n_y=1),
        Case("one input, one output", tier="edge", n_x=1, n_h=between(2, 5), n_y=1),
    ],
    ### END HIDDEN TESTS
)
