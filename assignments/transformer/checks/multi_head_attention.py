"""Public cases of transformer/multi_head_attention, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "transformer"
STUB = "b095deda6683c138"
MORE_CASES = True

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
)
