"""Public cases of beyond/hessian_vector, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "beyond"
STUB = "94198d2a898ab4fb"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between, differentiate
from autograder.functional import saved


def reference(mark, X, y, W, V):
    Z = mark("Z", F.linear(X, W))
    P = mark("P", torch.softmax(Z, dim=-1))
    gZ = mark("gZ", torch.div(torch.sub(saved(P), F.one_hot(y, W.shape[0])), X.shape[0]))
    gW = mark("gW", torch.matmul(gZ.mT, X))
    return mark("s", torch.mul(V, gW).sum()) * 1


def outputs(mark, trace, X, y, W, V, U):
    of_u = differentiate(reference, lambda name, value: mark(f"{name}_u", value), X=X, y=y, W=W, V=U)
    return {"uHv": (U * trace["dW"]).sum(), "vHu": (V * of_u["dW"]).sum()}


def inputs(draw, N, n, C, scale=1.0):
    X = torch.round(64 * draw.normal(N, n)) / 64
    return {
        "X": X,
        "y": draw.labels(N, classes=C),
        "W": torch.round(64 * scale * draw.normal(C, n) / n**0.5) / 64,
        "V": draw.normal(C, n),
        "U": draw.normal(C, n),
    }


def large_logits(draw, N, n, C):
    # Two classes of the same large logit, all others far below: P is 1/2, 1/2 and 0, and dZ is not 0.
    values = inputs(draw, N, n, C)
    W = 300 * values["W"]
    W[1] = W[0]
    X = values["X"].abs() + 0.25
    W[:2] = W[:2].abs() + 400
    return {**values, "X": X, "W": W}


def equal_logits(draw):
    # W is 0: P is 1/C everywhere, and H V has only fractions of the sizes in it.
    values = {
        "X": [[1, 2], [3, -1]],
        "W": [[0, 0], [0, 0], [0, 0], [0, 0]],
        "V": [[1, 0], [0, 1], [0, 0], [1, 1]],
        "U": [[0, 2], [1, 0], [1, 0], [0, 0]],
    }
    made = {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}
    return {**made, "y": torch.tensor([2, 0])}


EXERCISE = Exercise(
    order=2,
    difficulty=4,
    hours=2,
    builds_on=("double_backward", "softmax_classifier/softmax_cross_entropy"),
    points={"P": 1, "gZ": 1, "gW": 1, "s": 1, "dgZ": 1, "dZ": 4, "dW": 2, "uHv": 0.5, "vHu": 0.5},
    calls="""
        P, gZ, gW = entries(gradient(X, y, W))
        s, dgZ, dZ, dW = entries(hessian_vector(X, y, W, V))
        uHv = (U * dW).sum()
        other = hessian_vector(X, y, W, U)
        dgZ_u = other["dgZ"]
        dZ_u = other["dZ"]
        dW_u = other["dW"]
        vHu = (V * dW_u).sum()
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    public=[
        Case("four examples", N=4, n=3, C=5),
        Case(
            "equal logits",
            inputs=equal_logits,
            known={
                "P": [["0.25"] * 4] * 2,
                "gZ": [["0.125", "0.125", "-0.375", "0.125"], ["-0.375", "0.125", "0.125", "0.125"]],
                "gW": [["-1", "0.625"], ["0.5", "0.125"], ["0", "-0.875"], ["0.5", "0.125"]],
                "s": "-0.25",
                "dgZ": [["1", "2", "0", "3"], ["3", "-1", "0", "2"]],
                "dZ": [["-0.0625", "0.0625", "-0.1875", "0.1875"], ["0.25", "-0.25", "-0.125", "0.125"]],
                "dW": [["0.6875", "-0.375"], ["-0.6875", "0.375"], ["-0.5625", "-0.25"], ["0.5625", "0.25"]],
                "uHv": "-2",
                "vHu": "-2",
            },
        ),
        Case("large logits", tier="stability", inputs=large_logits, N=3, n=2, C=4),
    ],
)
