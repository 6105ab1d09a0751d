"""Public cases of transformer/transformer_block, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "transformer"
STUB = "e1a66c6b406d81c2"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between
from autograder.functional import attention_scores, masked_softmax


def reference(mark, X, g1, Wv, g2, Wg, Wu, Wd, eps):
    causal = torch.ones(2 * X.shape[1:2], dtype=torch.bool).tril()
    past, into = X.expand(2, *X.shape).unbind(0)
    queries, keys, both = mark("U", torch.rms_norm(into, list(g1.shape), g1, eps)).expand(3, *X.shape).unbind(0)
    P = mark("P", masked_softmax(attention_scores(queries, keys), causal))
    V = mark("V", F.linear(both, Wv))
    past, into = mark("Y", past + P.bmm(V)).expand(2, *X.shape).unbind(0)
    gate, up = mark("M", torch.rms_norm(into, list(g2.shape), g2, eps)).expand(2, *X.shape).unbind(0)
    gate, up = mark("G", F.linear(gate, Wg)), mark("Z", F.linear(up, Wu))
    return past + F.linear(mark("H", F.silu(gate).mul(up)), Wd)


def inputs(draw, N, T, D, F, eps=0.1):
    return {
        "X": draw.normal(N, T, D),
        "g1": draw.uniform(D, low=0.5, high=1.5) * draw.signs(D),
        "Wv": draw.normal(D, D, scale=D**-0.5),
        "g2": draw.uniform(D, low=0.5, high=1.5) * draw.signs(D),
        "Wg": draw.normal(F, D, scale=D**-0.5),
        "Wu": draw.normal(F, D, scale=D**-0.5),
        "Wd": draw.normal(D, F, scale=F**-0.5),
        "eps": eps,
        "upstream": draw.normal(N, T, D),
    }


def on_paper(draw):
    """X is (1, 7) and Y is (7, 1): both have the root 5, as eps is 0. The gate is log 3, its sigmoid 3/4."""
    three = torch.tensor(3.0, dtype=torch.float64).log().item()
    return {
        "X": torch.tensor([[[1, 7]]], dtype=torch.float64),
        "g1": torch.tensor([5, 5], dtype=torch.float64),
        "Wv": torch.tensor([[-1, 1], [1, -1]], dtype=torch.float64),
        "g2": torch.tensor([5, 5], dtype=torch.float64),
        "Wg": torch.tensor([[0, three]], dtype=torch.float64),
        "Wu": torch.tensor([[1, -5]], dtype=torch.float64),
        "Wd": torch.tensor([[2], [1]], dtype=torch.float64),
        "eps": 0.0,
        "upstream": torch.tensor([[[1, 2]]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=4,
    difficulty=5,
    hours=5,
    builds_on=("attention", "multi_head_attention", "normalization/rms_norm", "layers/gelu_silu"),
    points={
        "U": 1,
        "P": 0.5,
        "V": 0.5,
        "Y": 1,
        "M": 0.5,
        "G": 0.5,
        "Z": 0.5,
        "H": 1,
        "out": 0.5,
        "dWd": 1,
        "dH": 0.5,
        "dG": 2,
        "dZ": 1,
        "dWg": 0.5,
        "dWu": 0.5,
        "dM": 1,
        "dg2": 1,
        "dY": 3,
        "dV": 0.5,
        "dP": 0.5,
        "dWv": 0.5,
        "dU": 3,
        "dg1": 0.5,
        "dX": 2.5,
    },
    calls="""
        values, cache = transformer_block(X, g1, Wv, g2, Wg, Wu, Wd, eps)
        U, P, V, Y, M, G, Z, H, out = entries(values)
        dWd, dH, dG, dZ, dWg, dWu, dM, dg2, dY, dV, dP, dWv, dU, dg1, dX = entries(
            transformer_block_backward(upstream, cache)
        )
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("three tokens", N=2, T=3, D=4, F=5),
        Case("more tokens than features", N=3, T=5, D=2, F=4, eps=1.0),
        Case(
            "one token, worked on paper",
            tier="edge",
            inputs=on_paper,
            known={
                "U": [[["1", "7"]]],
                "V": [[["6", "-6"]]],
                "Y": [[["7", "1"]]],
                "M": [[["7", "1"]]],
                "G": [[["1.0986123"]]],
                "Z": [[["2"]]],
                "H": [[["1.6479184"]]],
                "out": [[["10.295837", "2.6479184"]]],
                "dWd": [["1.6479184"], ["3.2958369"]],
                "dH": [[["4"]]],
                "dG": [[["7.6479184"]]],
                "dZ": [[["3.2958369"]]],
                "dWg": [["53.535429", "7.6479184"]],
                "dWu": [["23.070858", "3.2958369"]],
                "dM": [[["3.2958369", "-8.077087"]]],
            },
        ),
    ],
)
