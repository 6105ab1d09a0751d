"""Find the planted bugs: a backward pass is given that runs, has all the right shapes, and is wrong in five places.

A small text classifier looks up a vector for each token, makes a score for each class of it, centres the scores, caps
them softly with a tanh, and ends in a softmax:

    X = E[ids]      Z = X Wᵀ + b      C = Z - the mean of Z over the classes, row by row
    H = tanh(C)     P = softmax(H)    loss = mean over n of -log P[n, y[n]]

Shapes: ids and y (N,) with whole numbers (int64), E (rows, n), X (N, n), W (K, n), b (K,); Z, C, H and P (N, K). ids
may hold the same number several times, and numbers of E's rows that it does not hold at all have the gradient 0.

`forward` below is right. Each of the functions `given_…` goes back through one step, and each has exactly one mistake.
You answer in two ways:

- In MISTAKE you write, for each of the five, the number of its mistake from this list:

     1  the opposite sign
     2  a mean where a sum belongs, or a sum where a mean belongs
     3  a matrix is transposed, or two factors of a product are exchanged
     4  the derivative of an activation is taken at the wrong argument
     5  a derivative that the formula has in it already is multiplied in once more
     6  the derivative of an activation is left out
     7  the labels are not subtracted
     8  a path from the input to the output is forgotten: the value is used in two places
     9  contributions overwrite each other where they should be added up
    10  the sum runs over the wrong axis
    11  an argument is changed in place
    12  the mask is taken from the upstream gradient

- In the functions without `given_` you write the step rightly. Each is judged on what it makes of its own arguments, so
  a mistake that you overlook costs its own step only.

Read, and measure: move one number by a little, run `forward`, and compare the change of the loss with what the backward
pass says (at the prompt only; what you hand in is by hand). Try sizes that are all different, and the same id twice.

One number fits each of them best. What is compared is what `sealed` makes of it: a check tells whether a number is right,
and not which one would be.
"""

import hashlib

import torch


def forward(ids, y, E, W, b):
    """All values on the way to the loss. This is right."""
    X = E[ids]
    Z = X @ W.T + b
    C = Z - Z.mean(dim=1, keepdim=True)
    H = torch.tanh(C)
    P = torch.softmax(H, dim=1)
    loss = -torch.log(P[torch.arange(len(y)), y]).mean()
    return {"X": X, "Z": Z, "C": C, "H": H, "P": P, "loss": loss}


def given_loss_backward(P, y):
    """From P and y to the gradient of the loss with respect to H. One mistake."""
    labels = torch.zeros_like(P)
    labels[torch.arange(len(y)), y] = 1
    return {"dH": (P - labels) * P * (1 - P) / len(y)}


def given_tanh_backward(upstream, C):
    """One mistake."""
    return {"dC": upstream * (1 - C * C)}


def given_center_backward(upstream):
    """One mistake."""
    return {"dZ": upstream}


def given_linear_backward(upstream, X, W):
    """One mistake."""
    return {"dX": upstream @ W, "dW": upstream.T @ X, "db": upstream.mean(dim=0)}


def given_embedding_backward(upstream, ids, rows):
    """The gradient of E, which has so many rows. One mistake."""
    dE = torch.zeros(rows, upstream.shape[1], dtype=upstream.dtype)
    dE[ids] = upstream
    return {"dE": dE}


# The number of the mistake in each of the five.
MISTAKE = {"loss": None, "tanh": None, "center": None, "linear": None, "embedding": None}

### BEGIN SOLUTION
MISTAKE.update(loss=5, tanh=4, center=8, linear=2, embedding=9)
### END SOLUTION


def loss_backward(P, y):
    """Return {"dH": (N, K)}."""
    ### BEGIN SOLUTION
    right = torch.nn.functional.one_hot(y, P.shape[1])
    return {"dH": (P - right) / len(right)}
    ### END SOLUTION


def tanh_backward(upstream, C):
    """Return {"dC": (N, K)}."""
    ### BEGIN SOLUTION
    return {"dC": upstream / torch.cosh(C) ** 2}
    ### END SOLUTION


def center_backward(upstream):
    """Return {"dZ": (N, K)}."""
    ### BEGIN SOLUTION
    return {"dZ": upstream - upstream.mean(dim=1, keepdim=True)}
    ### END SOLUTION


def linear_backward(upstream, X, W):
    """Return {"dX": (N, n), "dW": (K, n), "db": (K,)}."""
    ### BEGIN SOLUTION
    return {"dX": upstream @ W, "dW": upstream.T @ X, "db": upstream.sum(dim=0)}
    ### END SOLUTION


def embedding_backward(upstream, ids, rows):
    """Return {"dE": (rows, n)}."""
    ### BEGIN SOLUTION
    return {"dE": upstream.new_zeros(rows, upstream.shape[1]).index_add(0, ids, upstream)}
    ### END SOLUTION


def sealed():
    """A number from 0 to 1 for each of your answers, which does not show the answer. Leave this as it is."""
    digest = {name: hashlib.sha256(f"{name} {number}".encode()).digest() for name, number in MISTAKE.items()}
    return {
        f"{name}_mistake": None if number is None else int.from_bytes(digest[name][:2], "big") / 65536
        for name, number in MISTAKE.items()
    }


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(6, 9), rows=between(3, 5), n=between(2, 6), K=between(3, 6)),
        Case("more rows than tokens", N=between(3, 4), rows=between(7, 9), n=between(2, 5), K=between(3, 5)),
        Case("one token", tier="edge", N=1, rows=4, n=between(2, 5), K=between(3, 6), repeated=False),
        Case("no token twice", tier="edge", N=4, rows=6, n=between(2, 3), K=between(3, 5), repeated=False),
        Case("one row, always the same", tier="edge", N=4, rows=1, n=between(2, 3), K=between(3, 5)),
        Case("two classes", tier="edge", N=between(4, 6), rows=3, n=between(2, 5), K=2),
        Case("saturated scores", tier="stability", N=between(4, 6), rows=3, n=2, K=5, scale=100.0),
    ],
    ### END HIDDEN TESTS
)
