"""Hessian-vector products: the curvature of a softmax classifier's loss along a direction, without its Hessian.

The classifier has one layer, and its loss is the mean cross-entropy:

    Z = X Wᵀ        P = softmax(Z), row by row        L = mean over n of -log P[n, y[n]]

Shapes: X (N, n), W (C, n), y (N,) with whole numbers (int64), Z and P (N, C).

The gradient of L with respect to W is itself a function of W, and the derivative of each of its entries with respect to
each entry of W makes the Hessian, (C n) times (C n) numbers. Methods that use curvature want it multiplied with some
direction V, which has W's shape. That product can be had at the price of two gradients: since

    H V = the gradient, with respect to W, of the scalar   s = sum(V * gW),   where V is a constant,

all that is to do is to write down the first backward pass, and to go back through it. Its results are called g, and
every name that begins with d is a derivative of s:

    gZ   the gradient of L with respect to Z, (N, C)        gW   the gradient of L with respect to W, (C, n)
    s    the slope of L along V, a scalar                   dgZ  the derivative of s with respect to gZ, (N, C)
    dZ   the derivative of s with respect to Z, (N, C)      dW   the derivative of s with respect to W: this is H V, (C, n)

The Hessian is symmetric: for two directions U and V the numbers sum(U * H V) and sum(V * H U) are the same. Your
`hessian_vector` is called for V and for U, and both numbers are graded, as uHv and vHu.

No Hessian is to be formed: no array has more than N C, N n or C n entries. Logits of several hundred are ordinary
inputs: no result may be inf or nan. `torch.softmax` may be used. No autograd, and no differences of gradients: by hand.

Source: B. A. Pearlmutter, 'Fast exact multiplication by the Hessian', Neural Computation 6 (1994).
"""

import torch


def gradient(X, y, W):
    """Return {"P": (N, C), "gZ": (N, C), "gW": (C, n)}: probabilities, and the gradient of L by hand."""
    ### BEGIN SOLUTION
    Z = X @ W.T
    powers = torch.exp(Z - Z.amax(dim=1, keepdim=True))
    P = powers / powers.sum(dim=1, keepdim=True)
    gZ = (P - torch.nn.functional.one_hot(y, len(W))) / len(powers)
    return {"P": P, "gZ": gZ, "gW": gZ.T @ X}
    ### END SOLUTION


def hessian_vector(X, y, W, V):
    """Return {"s": (), "dgZ": (N, C), "dZ": (N, C), "dW": (C, n)}. dW is H V.

    gZ depends on Z by way of the softmax, whose whole Jacobian you need.
    """
    ### BEGIN SOLUTION
    first = gradient(X, y, W)
    dgZ = X @ V.T
    P, dP = first["P"], dgZ / len(dgZ)
    dZ = P * (dP - (P * dP).sum(dim=1, keepdim=True))
    return {"s": (V * first["gW"]).sum(), "dgZ": dgZ, "dZ": dZ, "dW": dZ.T @ X}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(3, 6), n=between(2, 4), C=between(3, 6)),
        Case("one example", tier="edge", N=1, n=between(2, 4), C=between(3, 5)),
        Case("two classes", tier="edge", N=between(3, 5), n=between(3, 5), C=2),
        Case("one input", tier="edge", N=between(3, 5), n=1, C=between(3, 5)),
        Case("other large logits", tier="stability", inputs=large_logits, N=between(4, 6), n=between(2, 4), C=3),
    ],
    ### END HIDDEN TESTS
)
