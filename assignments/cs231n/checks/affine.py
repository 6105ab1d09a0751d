"""Public cases of cs231n/affine, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "b752196aea41fc60"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, X, W, b):
    return F.linear(X, W, b)


def inputs(draw, N, D, M, T=0):
    items = (N, T) if T else (N,)
    return {
        "X": draw.normal(*items, D),
        "W": draw.normal(M, D),
        "b": draw.normal(M),
        "upstream": draw.normal(*items, M),
    }


def on_paper(draw):
    return {
        "X": torch.tensor([[1, 2, -1], [0, 3, 1]], dtype=torch.float64),
        "W": torch.tensor([[1, 0, 2], [-1, 1, 0], [2, 1, 1], [0, -2, 1]], dtype=torch.float64),
        "b": torch.tensor([2, -2, 1, 3], dtype=torch.float64),
        "upstream": torch.tensor([[1, 0, -1, 2], [2, -1, 1, 0]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=1,
    difficulty=2,
    hours=1.5,
    builds_on=("chain_rule/mazur",),
    points={"out": 1, "dX": 2, "dW": 3, "db": 2},
    calls="""
        out, cache = linear(X, W, b)
        dX, dW, db = entries(linear_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("five examples", N=5, D=3, M=4),
        Case("sequences", N=2, T=5, D=4, M=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [["1", "-1", "4", "-2"], ["4", "1", "5", "-2"]],
                "dX": [["-1", "-5", "3"], ["5", "0", "5"]],
                "dW": [["1", "8", "1"], ["0", "-3", "-1"], ["-1", "1", "2"], ["2", "4", "-2"]],
                "db": ["3", "-1", "0", "2"],
            },
        ),
    ],
)
from dataclasses import replace

# An example is one row here: sequences, where each item is a row, are another function. And x has an axis more than X, so
# that it has to be flattened, and dx brought back.
EXERCISE = replace(
    EXERCISE,
    order=1,
    builds_on=("chain_rule/mazur",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        out, cache = affine_forward(X[:, None], W.T, b)
        dx, dw, db = affine_backward(upstream, cache)
        dX = dx[:, 0]
        dW = dw.T
    """,
    public=[case for case in EXERCISE.public if "T" not in case.sizes],
)
