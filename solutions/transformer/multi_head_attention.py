"""Multi-head attention: the features are projected, cut into heads that attend on their own, merged and projected again.

For X (N, T, D), N examples of T tokens with D features each, and weights with a row for each unit that they lead to,
Wq, Wk, Wv (E, D) and Wo (D, E), where E = heads · d:

    Q = split(X Wqᵀ)     K = split(X Wkᵀ)     V = split(X Wvᵀ)                           each (N, heads, T, d)
    P = softmax(Q Kᵀ / √d), in each head of each example, over the last axis             (N, heads, T, T)
    A = merge(P V)                                                                       (N, T, E)
    out = A Woᵀ                                                                          (N, T, D)

`split` takes (N, T, E) to (N, heads, T, d): head h has the columns h d, h d + 1, ..., h d + d - 1. `merge` is the way
back, from (N, heads, T, d) to (N, T, E). There are no biases and no mask: every token sees every token. E need not be D.

`upstream` (N, T, D) is the derivative of some loss with respect to out. Every gradient has the name of what it belongs to
with a d in front, and its shape: dQ (N, heads, T, d) is that of Q as it leaves the split, and dA (N, T, E) that of A.

Formulas: Vaswani et al., 'Attention Is All You Need' (2017), section 3.2.2.
"""

import torch


def split_heads(Z, heads):
    """Return (N, heads, T, d) for Z (N, T, heads · d)."""
    ### BEGIN SOLUTION
    N, T, E = Z.shape
    return Z.reshape(N, T, heads, E // heads).transpose(1, 2)
    ### END SOLUTION


def merge_heads(Y):
    """Return (N, T, heads · d) for Y (N, heads, T, d)."""
    ### BEGIN SOLUTION
    N, heads, T, d = Y.shape
    return Y.transpose(1, 2).reshape(N, T, heads * d)
    ### END SOLUTION


def multi_head_attention(X, Wq, Wk, Wv, Wo, heads):
    """Return ({"Q", "K", "V": (N, heads, T, d), "P": (N, heads, T, T), "A": (N, T, E), "out": (N, T, D)}, cache).

    `cache` is whatever you want `multi_head_attention_backward` to have.
    """
    ### BEGIN SOLUTION
    Q = split_heads(X @ Wq.T, heads)
    K = split_heads(X @ Wk.T, heads)
    V = split_heads(X @ Wv.T, heads)
    scale = (heads / Wo.shape[1]) ** 0.5
    P = torch.softmax(Q @ K.mT * scale, dim=3)
    A = merge_heads(P @ V)
    values = {"Q": Q, "K": K, "V": V, "P": P, "A": A, "out": A @ Wo.T}
    return values, (X, Wq, Wk, Wv, Wo, heads, values, scale)
    ### END SOLUTION


def multi_head_attention_backward(upstream, cache):
    """Return every gradient, those of intermediate values as well:

    {"dWo": (D, E), "dA": (N, T, E), "dV": (N, heads, T, d), "dP": (N, heads, T, T), "dQ": (N, heads, T, d),
     "dK": (N, heads, T, d), "dWq": (E, D), "dWk": (E, D), "dWv": (E, D), "dX": (N, T, D)}
    """
    ### BEGIN SOLUTION
    X, Wq, Wk, Wv, Wo, heads, values, scale = cache
    P = values["P"]
    dA = upstream @ Wo
    dY = split_heads(dA, heads)
    dV = P.mT @ dY
    dP = dY @ values["V"].mT
    dscores = P * (dP - (P * dP).sum(dim=3, keepdim=True)) * scale
    dQ = dscores @ values["K"]
    dK = dscores.mT @ values["Q"]
    gq, gk, gv = merge_heads(dQ), merge_heads(dK), merge_heads(dV)
    return {
        "dWo": torch.einsum("nti,ntj->ij", upstream, values["A"]),
        "dA": dA,
        "dV": dV,
        "dP": dP,
        "dQ": dQ,
        "dK": dK,
        "dWq": torch.einsum("nti,ntj->ij", gq, X),
        "dWk": torch.einsum("nti,ntj->ij", gk, X),
        "dWv": torch.einsum("nti,ntj->ij", gv, X),
        "dX": gq @ Wq + gk @ Wk + gv @ Wv,
    }
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between
from autograder.functional import attention_scores, masked_softmax
from autograder.functional import merge_heads as merged
from autograder.functional import split_heads as split


def reference(mark, X, Wq, Wk, Wv, Wo, heads):
    for_q, for_k, for_v = X.expand(3, *X.shape).unbind(0)
    Q = mark("Q", split(F.linear(for_q, Wq), heads))
    K = mark("K", split(F.linear(for_k, Wk), heads))
    V = mark("V", split(F.linear(for_v, Wv), heads))
    P = mark("P", masked_softmax(attention_scores(Q, K)))
    A = mark("A", merged(P.matmul(V)))
    return F.linear(A, Wo)


def inputs(draw, N, T, D, heads, d):
    E = heads * d
    return {
        "X": draw.normal(N, T, D),
        "Wq": draw.normal(E, D, scale=D**-0.5),
        "Wk": draw.normal(E, D, scale=D**-0.5),
        "Wv": draw.normal(E, D, scale=D**-0.5),
        "Wo": draw.normal(D, E, scale=E**-0.5),
        "heads": heads,
        "upstream": draw.normal(N, T, D),
    }


def on_paper(draw):
    """X is the unit matrix, each head has one feature, and keys are logarithms: weights are (1, 3) / 4, (1, 9) / 10 and
    (2, 1) / 3, (1, 2) / 3."""
    two, three = torch.tensor([2.0, 3.0], dtype=torch.float64).log().tolist()
    return {
        "X": torch.eye(2, dtype=torch.float64)[None],
        "Wq": torch.tensor([[1, 2], [1, -1]], dtype=torch.float64),
        "Wk": torch.tensor([[0, three], [two, 0]], dtype=torch.float64),
        "Wv": torch.tensor([[0, 20], [3, 0]], dtype=torch.float64),
        "Wo": torch.tensor([[1, 1], [0, 2]], dtype=torch.float64),
        "heads": 2,
        "upstream": torch.eye(2, dtype=torch.float64)[None],
    }


EXERCISE = Exercise(
    order=3,
    difficulty=4,
    hours=3,
    builds_on=("attention", "layers/linear"),
    points={
        "Q": 0.5,
        "K": 0.5,
        "V": 0.5,
        "P": 1,
        "A": 1,
        "out": 0.5,
        "dWo": 1,
        "dA": 1,
        "dV": 1,
        "dP": 1,
        "dQ": 1.5,
        "dK": 1.5,
        "dWq": 1,
        "dWk": 1,
        "dWv": 1,
        "dX": 2,
    },
    calls="""
        values, cache = multi_head_attention(X, Wq, Wk, Wv, Wo, heads)
        Q, K, V, P, A, out = entries(values)
        dWo, dA, dV, dP, dQ, dK, dWq, dWk, dWv, dX = entries(multi_head_attention_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("four heads", N=2, T=5, D=6, heads=4, d=3),
        Case("one head", N=3, T=4, D=2, heads=1, d=5),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "P": [[[["0.25", "0.75"], ["0.1", "0.9"]], [["0.6666667", "0.3333333"], ["0.3333333", "0.6666667"]]]],
                "A": [[["15", "2"], ["18", "1"]]],
                "out": [[["17", "4"], ["19", "2"]]],
                "dWo": [["15", "2"], ["18", "1"]],
                "dA": [[["1", "1"], ["0", "2"]]],
                "dV": [[[["0.25"], ["0.75"]], [["1.3333333"], ["1.6666667"]]]],
                "dP": [[[["0", "20"], ["0", "0"]], [["3", "0"], ["6", "0"]]]],
                "dQ": [[[["4.1197961"], ["0"]], [["0.4620981"], ["0.9241962"]]]],
                "dK": [[[["-3.75"], ["3.75"]], [["-0.6666667"], ["0.6666667"]]]],
                "dWv": [["0.25", "0.75"], ["1.3333333", "1.6666667"]],
                "dX": [[["8.1197961", "8.657698"], ["6.3862944", "18.195600"]]],
            },
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=3, T=between(4, 6), D=between(5, 7), heads=2, d=between(3, 4)),
        Case("one example", tier="edge", N=1, T=between(2, 4), D=between(5, 6), heads=3, d=2),
        Case("one token", tier="edge", N=3, T=1, D=4, heads=2, d=1),
        Case("one feature in each head", tier="edge", N=2, T=3, D=between(4, 6), heads=5, d=1),
    ],
    ### END HIDDEN TESTS
)
