"""Public cases of beyond/planted_bug, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "beyond"
STUB = "07208eb27d4d1cf6"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between

# What `sealed` makes of the right numbers.
SEALS = {"loss": 62296, "tanh": 16766, "center": 854, "linear": 17312, "embedding": 46587}


def reference(mark, ids, y, E, W, b):
    X = mark("X", F.embedding(ids, E))
    Z = mark("Z", F.linear(X, W, b))
    C = mark("C", torch.sub(Z, Z.mean(dim=1, keepdim=True)))
    H = mark("H", torch.tanh(C))
    return F.cross_entropy(H, y)


def outputs(trace, E):
    return {f"{name}_mistake": E.new_tensor(seal / 65536) for name, seal in SEALS.items()}


def inputs(draw, N, rows, n, K, repeated=True, scale=1.0):
    ids = draw.labels(N, classes=rows)
    if repeated:
        ids[-1] = ids[0]
    else:
        ids = draw.permutation(rows)[:N]
    W = draw.normal(K, n, scale=1 / n**0.5)
    # Only some of the units are saturated.
    W[: K - 2] *= scale
    return {
        "ids": ids,
        "y": draw.labels(N, classes=K),
        "E": draw.normal(rows, n),
        "W": W,
        "b": draw.normal(K, scale=0.5),
    }


def equal_scores(draw):
    # The rows of E are perpendicular to those of W: all scores are 0, P is 1/4, and the slope of the tanh is 1.
    return {
        "ids": torch.tensor([1, 1]),
        "y": torch.tensor([0, 3]),
        "E": torch.tensor([[1, 1], [2, 2], [3, 3]], dtype=torch.float64),
        "W": torch.tensor([[1, -1], [2, -2], [0, 0], [-1, 1]], dtype=torch.float64),
        "b": torch.zeros(4, dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=3,
    difficulty=3,
    hours=2,
    builds_on=("softmax_classifier/softmax_cross_entropy", "layers/linear", "sequences/embedding"),
    points={
        "dH": 1.5,
        "dC": 1.5,
        "dZ": 1.5,
        "dX": 0.5,
        "dW": 0.5,
        "db": 1.5,
        "dE": 1.5,
        "loss_mistake": 1,
        "tanh_mistake": 1,
        "center_mistake": 1,
        "linear_mistake": 1,
        "embedding_mistake": 1,
    },
    calls="""
        values = forward(ids, y, E, W, b)
        dH = entries(loss_backward(values["P"], y))
        dC = entries(tanh_backward(dH, values["C"]))
        dZ = entries(center_backward(dC))
        dX, dW, db = entries(linear_backward(dZ, values["X"], W))
        dE = entries(embedding_backward(dX, ids, len(E)))
        loss_mistake, tanh_mistake, center_mistake, linear_mistake, embedding_mistake = entries(sealed())
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("seven tokens", N=7, rows=5, n=3, K=4),
        Case(
            "equal scores",
            inputs=equal_scores,
            known={
                "dH": [["-0.375", "0.125", "0.125", "0.125"], ["0.125", "0.125", "0.125", "-0.375"]],
                "dC": [["-0.375", "0.125", "0.125", "0.125"], ["0.125", "0.125", "0.125", "-0.375"]],
                "dZ": [["-0.375", "0.125", "0.125", "0.125"], ["0.125", "0.125", "0.125", "-0.375"]],
                "dX": [["-0.25", "0.25"], ["0.75", "-0.75"]],
                "dW": [["-0.5"] * 2, ["0.5"] * 2, ["0.5"] * 2, ["-0.5"] * 2],
                "db": ["-0.25", "0.25", "0.25", "-0.25"],
                "dE": [["0", "0"], ["0.5", "-0.5"], ["0", "0"]],
            },
        ),
    ],
)
