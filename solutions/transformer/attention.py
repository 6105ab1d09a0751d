"""Scaled dot-product attention with a padding mask and a causal mask, forward and backward.

Every query looks at all keys that it may see, and takes a weighted mean of their values:

    scores = Q Kᵀ / √d
    P[t, s] = exp(scores[t, s]) / (sum of exp(scores[t, j]) over the visible keys j)    where s is visible to t, else 0
    out = P V

for each of N examples on its own. Shapes: Q (N, T, d), K (N, S, d), V (N, S, d_v); scores and P (N, T, S), out
(N, T, d_v). There are T queries and S keys, and T and S may differ; so may d and d_v.

Key s of example n is visible to query t if `keep[n, s]` is 1 and, where `causal` is True, s <= t as well. (Query t
stands at the same place as key t, whatever T and S are: with S > T the last keys are seen by no query.) `keep` (N, S)
holds whole numbers: 1 for a key, 0 for padding. The first key is never padding, so every query sees something.

`scores` are those of all keys, before any mask. In P what is hidden is exactly 0. Scores of ±1000 are ordinary, and those
of hidden keys may be the greatest of all: no result may be inf or nan. `torch.softmax` may be used.

`upstream` (N, T, d_v) is the derivative of some loss with respect to out. Each gradient has the shape of what it belongs
to; dscores is the gradient of `scores` as they are above, divided by √d already, and is 0 where a key is hidden. dP (N, T, S)
is that of P as it stands in `out = P V`, for hidden keys as well.

Formulas: Vaswani et al., 'Attention Is All You Need' (2017), section 3.2.1; the derivative of a softmax as in
Goodfellow, Bengio, Courville, 'Deep Learning' (2016), section 6.2.2.3.
"""

import torch


def attention(Q, K, V, keep, causal):
    """Return ({"scores": (N, T, S), "P": (N, T, S), "out": (N, T, d_v)}, cache).

    `cache` is whatever you want `attention_backward` to have.
    """
    ### BEGIN SOLUTION
    _, T, d = Q.shape
    scale = d**-0.5
    scores = Q @ K.mT * scale
    hidden = keep[:, None, :] == 0
    if causal:
        hidden = hidden | (torch.arange(keep.shape[1]) > torch.arange(T)[:, None])
    P = torch.softmax(scores.masked_fill(hidden, -torch.inf), dim=2)
    return {"scores": scores, "P": P, "out": P @ V}, (Q, K, V, P, scale)
    ### END SOLUTION


def attention_backward(upstream, cache):
    """Return {"dV": (N, S, d_v), "dP": (N, T, S), "dscores": (N, T, S), "dQ": (N, T, d), "dK": (N, S, d)}."""
    ### BEGIN SOLUTION
    Q, K, V, P, scale = cache
    dP = upstream @ V.mT
    dscores = P * (dP - (P * dP).sum(dim=2, keepdim=True))
    dproducts = dscores * scale
    return {
        "dV": P.mT @ upstream,
        "dP": dP,
        "dscores": dscores,
        "dQ": dproducts @ K,
        "dK": dproducts.mT @ Q,
    }
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between
from autograder.functional import attention_scores, masked_softmax


def reference(mark, Q, K, V, keep, causal):
    scores = mark("scores", attention_scores(Q, K))
    masks = [keep.bool().unsqueeze(1)]
    if causal:
        masks.append(torch.ones(scores.shape[-2:], dtype=torch.bool).tril())
    return mark("P", masked_softmax(scores, *masks)).bmm(V)


def inputs(draw, N, T, S, d, d_v, padded=0, causal=False, common=0.0):
    keep = torch.ones(N, S, dtype=torch.int64)
    keep[0, S - padded :] = 0  # the first example is the shortest, and others have a gap in another place
    if padded and N > 1:
        keep[1, 1] = 0
    Q, K = draw.normal(N, T, d), draw.normal(N, S, d)
    if common:
        # The first column adds nearly the same number to all scores of a query, more to those of hidden keys.
        Q[:, :, 0] = common * draw.signs(N, T) * d**0.5
        K[:, :, 0] = 1 + 0.001 * draw.normal(N, S)
        K[:, :, 0] += 0.01 * (keep == 0) * K[:, :, 0].abs()
    return {
        "Q": Q,
        "K": K,
        "V": draw.normal(N, S, d_v),
        "keep": keep,
        "causal": causal,
        "upstream": draw.normal(N, T, d_v),
    }


def on_paper(draw):
    """The weights are (1, 2, 5) / 8 and (3, 1, 1) / 5, as the scores are logarithms; the last key is padding."""
    two, three, five = torch.tensor([2.0, 3.0, 5.0], dtype=torch.float64).log().tolist()
    return {
        "Q": torch.tensor([[[2, 0, 0, 0], [0, 2, 0, 0]]], dtype=torch.float64),
        "K": torch.tensor([[[0, three, 2, 0], [two, 0, 0, 2], [five, 0, 4, -2], [7, 8, 9, 9]]], dtype=torch.float64),
        "V": torch.tensor([[[1, 0], [0, 2], [2, 1], [9, 9]]], dtype=torch.float64),
        "keep": torch.tensor([[1, 1, 1, 0]]),
        "causal": False,
        "upstream": torch.tensor([[[8, 0], [0, 5]]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=1,
    difficulty=3,
    hours=2.5,
    builds_on=("softmax_classifier/softmax_cross_entropy",),
    points={"scores": 1, "P": 1, "out": 1, "dV": 2, "dP": 1, "dscores": 3, "dQ": 2, "dK": 2},
    calls="""
        values, cache = attention(Q, K, V, keep, causal)
        scores, P, out = entries(values)
        dV, dP, dscores, dQ, dK = entries(attention_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("padding", N=2, T=3, S=6, d=4, d_v=5, padded=2),
        Case("causal", N=2, T=5, S=4, d=3, d_v=6, causal=True),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "scores": [[["0", "0.6931472", "1.6094379", "7"], ["1.0986123", "0", "0", "8"]]],
                "P": [[["0.125", "0.25", "0.625", "0"], ["0.6", "0.2", "0.2", "0"]]],
                "out": [[["1.375", "1.125"], ["1", "0.6"]]],
                "dV": [[["1", "3"], ["2", "1"], ["5", "1"], ["0", "0"]]],
                "dP": [[["8", "0", "16", "72"], ["0", "10", "5", "45"]]],
                "dscores": [[["-0.375", "-2.75", "3.125", "0"], ["-1.8", "1.4", "0.4", "0"]]],
                "dQ": [
                    [
                        ["1.5616692", "-0.2059898", "5.875", "-5.875"],
                        ["0.8070906", "-0.9887511", "-1", "1"],
                    ]
                ],
                "dK": [
                    [["-0.375", "-1.8", "0", "0"], ["-2.75", "1.4", "0", "0"], ["3.125", "0.4", "0", "0"], ["0"] * 4]
                ],
            },
        ),
        Case("large scores", tier="stability", N=2, T=3, S=5, d=4, d_v=6, padded=1, common=900.0),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case(
            "both masks",
            N=3,
            T=between(5, 7),
            S=between(5, 7),
            d=between(2, 4),
            d_v=between(2, 4),
            padded=2,
            causal=True,
        ),
        Case("as many of all", N=4, T=4, S=4, d=4, d_v=4, causal=True, padded=1),
        Case("one example", tier="edge", N=1, T=between(2, 4), S=between(3, 5), d=between(2, 5), d_v=between(2, 6)),
        Case("one query", tier="edge", N=2, T=1, S=between(3, 5), d=between(2, 5), d_v=between(3, 6), padded=1),
        Case("one number in each row", tier="edge", N=3, T=2, S=between(4, 5), d=1, d_v=1),
        Case("one of everything", tier="edge", N=1, T=1, S=1, d=1, d_v=1, causal=True),
        Case("other large scores", tier="stability", N=3, T=5, S=4, d=2, d_v=3, causal=True, padded=1, common=1000.0),
    ],
    ### END HIDDEN TESTS
)
