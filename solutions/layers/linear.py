"""A linear layer, out = X Wᵀ + b, forward and backward, for rows of examples and for sequences of them.

X has any number of axes, the last of which holds the D features of one item. Every item goes through the same layer:

    out[..., m] = sum over d of X[..., d] W[m, d] + b[m]

Shapes: X (N, D) or (N, T, D), W (M, D), b (M,), out (N, M) or (N, T, M). A weight matrix has one row for each output,
as in `torch.nn.functional.linear`.

`upstream` is the gradient that comes from above: the derivative of the loss with respect to `out`, of the shape of
`out`. The loss itself is not known here, and not needed. dX, dW and db are its derivatives with respect to X, W and b,
and have the shapes of X, W and b. An item of X moves its own item of `out` only; W and b move every item of `out`, so
their gradients are sums (not means) over all items, N of them or N · T.

Formulas: Goodfellow, Bengio, Courville, 'Deep Learning' (2016), section 6.5.6; the walkthrough derives them.
"""

import torch


def linear(X, W, b):
    """Return (out, cache): the outputs, (N, M) or (N, T, M), and whatever `linear_backward` will need."""
    ### BEGIN SOLUTION
    return X @ W.T + b, (X, W)
    ### END SOLUTION


def linear_backward(upstream, cache):
    """Return {"dX": like X, "dW": (M, D), "db": (M,)} from the derivative of the loss with respect to `out`."""
    ### BEGIN SOLUTION
    X, W = cache
    rows = upstream.flatten(end_dim=-2)
    return {
        "dX": upstream @ W,
        "dW": rows.T @ X.flatten(end_dim=-2),
        "db": rows.sum(dim=0),
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(6, 7), D=between(2, 5), M=between(2, 5)),
        Case("other sequences", N=between(5, 7), T=between(2, 4), D=between(3, 6), M=between(3, 6)),
        Case("one example", tier="edge", N=1, D=between(3, 5), M=between(3, 5)),
        Case("sequences of one", tier="edge", N=4, T=1, D=3, M=5),
        Case("one feature, one output", tier="edge", N=between(3, 5), D=1, M=1),
        Case("all sizes equal", tier="edge", N=3, T=3, D=3, M=3),
    ],
    ### END HIDDEN TESTS
)
