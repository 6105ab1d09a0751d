"""Public cases of transformer/attention, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "transformer"
STUB = "23fd46f94c407ce5"
MORE_CASES = True

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
)
