"""Double backward: the gradient of a gradient, for one layer of a network, H = tanh(X Wᵀ + b).

The first backward pass is ordinary. It is given G, the derivative of some loss with respect to H; here its results are
called g (gZ is the derivative of that loss with respect to Z, and so on):

    forward      Z  = X Wᵀ + b             H  = tanh(Z)
    backward     gZ = G * (1 - H * H)      gX = gZ W      gW = gZᵀ X      gb = the sum of gZ over the N rows

These are formulas like any others. Whoever puts a gradient into a loss (a gradient penalty, a learned optimiser, a
curvature) has to differentiate them. So let there be a scalar S that depends on gX, gW and gb, with the derivatives
vX, vW and vb with respect to these three; nothing else of S matters. If you like, think of

    S = sum(vX * gX) + sum(vW * gW) + sum(vb * gb)        vX, vW and vb are constants.

From here on every name that begins with d is a derivative of S. Asked for are dgZ, dG, dZ, dX, dW and db.

What the backward pass has in its cache is an input of it like any other: gW is a function of gZ *and of the X that was
saved*, gX one of gZ *and of the saved W*, gZ one of G *and of the saved H*. X has therefore two ways to S: through the
cache, and through Z. Call the share that comes through the cache alone dXc, and that of W dWc:

    dXc   the derivative of S with respect to X where gZ is held fixed      dX is dXc and the share through Z
    dWc   the derivative of S with respect to W where gZ is held fixed      dW is dWc and the share through Z

Shapes: X (N, n), W (m, n), b (m,), G (N, m); vX, vW, vb like X, W, b. Each gradient has the shape of what it belongs to.
vX, vW and vb are three upstream gradients of one backward pass: each of them counts. No case has a mean in it.

Everything is to be written with products and sums; autograd is not needed. Large Z is ordinary: where |Z| = 50, H is
exactly 1 or -1 and no result may be inf or nan.

Source of the idea: B. A. Pearlmutter, 'Fast exact multiplication by the Hessian' (1994), and H. Drucker and Y. LeCun,
'Improving generalization performance using double backpropagation' (1992).
"""

import torch


def layer(X, W, b):
    """Return (H, cache) with H (N, m). Keep in the cache what the functions below need: X, W and H."""
    ### BEGIN SOLUTION
    H = torch.tanh(X @ W.T + b)
    return H, (X, W, H)
    ### END SOLUTION


def backward(G, cache):
    """The first backward pass. Return {"gZ": (N, m), "gX": (N, n), "gW": (m, n), "gb": (m,)}."""
    ### BEGIN SOLUTION
    X, W, H = cache
    gZ = G * (1 - H * H)
    return {"gZ": gZ, "gX": gZ @ W, "gW": gZ.T @ X, "gb": gZ.sum(dim=0)}
    ### END SOLUTION


def linear_double_backward(vX, vW, vb, gZ, cache):
    """Differentiate gX, gW and gb: return {"dgZ": (N, m), "dXc": (N, n), "dWc": (m, n)}.

    gZ goes into three results, so dgZ is a sum of three.
    """
    ### BEGIN SOLUTION
    X, W, _ = cache
    return {"dgZ": vX @ W.T + X @ vW.T + vb, "dXc": gZ @ vW, "dWc": gZ.T @ vX}
    ### END SOLUTION


def tanh_double_backward(dgZ, G, cache):
    """Differentiate gZ: return {"dG": (N, m), "dZ": (N, m)}. Z reaches gZ through the saved H only."""
    ### BEGIN SOLUTION
    _, _, H = cache
    slope = 1 - H * H
    return {"dG": dgZ * slope, "dZ": -2 * dgZ * G * H * slope}
    ### END SOLUTION


def both_ways(dZ, dXc, dWc, cache):
    """Put together what comes through Z and what came through the cache.

    Return {"dX": (N, n), "dW": (m, n), "db": (m,)}.
    """
    ### BEGIN SOLUTION
    X, W, _ = cache
    return {"dX": dXc + dZ @ W, "dW": dWc + dZ.T @ X, "db": dZ.sum(dim=0)}
    ### END SOLUTION


### BEGIN GRADING
import math

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between
from autograder.functional import saved, use


def reference(mark, X, W, b, G, vX, vW, vb):
    Z = mark("Z", F.linear(use(X), use(W), b))
    H = mark("H", torch.tanh(Z))
    kept = saved(H)
    gZ = mark("gZ", torch.mul(G, torch.addcmul(torch.ones_like(H), kept, kept, value=-1)))
    Xc, Wc = mark("Xc", saved(X)), mark("Wc", saved(W))
    gX = mark("gX", torch.matmul(use(gZ), saved(Wc)))
    parameters = use(gZ)
    gW = mark("gW", torch.matmul(use(parameters).mT, saved(Xc)))
    gb = mark("gb", use(parameters).sum(dim=0))
    return (vX * gX).sum() + (vW * gW).sum() + (vb * gb).sum()


def inputs(draw, N, n, m, scale=1.0):
    W = draw.normal(m, n, scale=1 / n**0.5)
    W[::2] *= scale
    return {
        "X": draw.normal(N, n),
        "W": W,
        "b": draw.normal(m, scale=0.5),
        "G": draw.normal(N, m),
        "vX": draw.normal(N, n),
        "vW": draw.normal(m, n),
        "vb": draw.normal(m),
    }


def halves(draw):
    # The rows of X are perpendicular to those of W: Z is b, and H is 1/2 or -1/2.
    values = {
        "X": [[2, 1], [4, 2], [-2, -1]],
        "W": [[1, -2], [-2, 4]],
        "b": [math.atanh(0.5), -math.atanh(0.5)],
        "G": [[4, 8], [-4, 4], [8, 4]],
        "vX": [[1, 0], [0, 1], [1, 1]],
        "vW": [[1, 2], [0, -1]],
        "vb": [3, 1],
    }
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}


EXERCISE = Exercise(
    order=1,
    difficulty=4,
    hours=2.5,
    builds_on=("layers/linear", "layers/sigmoid_tanh"),
    points={
        "H": 1,
        "gZ": 0.5,
        "gX": 0.5,
        "gW": 0.5,
        "gb": 0.5,
        "dgZ": 3,
        "dXc": 1,
        "dWc": 1,
        "dG": 1,
        "dZ": 3,
        "dX": 1,
        "dW": 1,
        "db": 1,
    },
    calls="""
        H, cache = layer(X, W, b)
        gZ, gX, gW, gb = entries(backward(G, cache))
        dgZ, dXc, dWc = entries(linear_double_backward(vX, vW, vb, gZ, cache))
        dG, dZ = entries(tanh_double_backward(dgZ, G, cache))
        dX, dW, db = entries(both_ways(dZ, dXc, dWc, cache))
    """,
    inputs=inputs,
    reference=reference,
    public=[
        Case("four examples", N=4, n=3, m=5),
        Case(
            "slopes of 3/4",
            inputs=halves,
            known={
                "H": [["0.5", "-0.5"]] * 3,
                "gZ": [["3", "6"], ["-3", "3"], ["6", "3"]],
                "gX": [["-9", "18"], ["-9", "18"], ["0", "0"]],
                "gW": [["-18", "-9"], ["18", "9"]],
                "gb": ["6", "12"],
                "dgZ": [["8", "-2"], ["9", "3"], ["-2", "4"]],
                "dXc": [["3", "0"], ["-3", "-9"], ["6", "9"]],
                "dWc": [["9", "3"], ["9", "6"]],
                "dG": [["6", "-1.5"], ["6.75", "2.25"], ["-1.5", "3"]],
                "dZ": [["-24.0000", "-12.0000"], ["27.0000", "9.0000"], ["12.0000", "12.0000"]],
                "dX": [["3.0000", "0.0000"], ["6.0000", "-27.0000"], ["-6.0000", "33.0000"]],
                "dW": [["45.0000", "21.0000"], ["-3.0000", "0.0000"]],
                "db": ["15.0000", "9.0000"],
            },
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(3, 6), n=between(3, 6), m=between(2, 6)),
        Case("one example", tier="edge", N=1, n=between(2, 5), m=between(2, 5)),
        Case("one input", tier="edge", N=between(2, 5), n=1, m=between(2, 5)),
        Case("one unit", tier="edge", N=between(2, 5), n=between(2, 5), m=1),
        Case("saturated units", tier="stability", N=4, n=between(5, 6), m=between(2, 3), scale=100.0),
    ],
    ### END HIDDEN TESTS
)
