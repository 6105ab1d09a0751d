"""Public cases of beyond/online_attention, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "beyond"
STUB = "70f58e9169c206e4"
MORE_CASES = True

import math

import torch

from autograder import Case, Exercise, between
from autograder.functional import attention_scores


def reference(mark, Q, K, V):
    scores = mark("scores", attention_scores(Q, K))
    return torch.matmul(mark("P", torch.softmax(scores, dim=-1)), V)


def outputs(trace, Q):
    # The peak is reported and not judged: whatever it is lies within the tolerance, which comes from the float32 run.
    peak = Q.new_tensor(0.0 if Q.dtype == torch.float64 else 1e6)
    return {"L": torch.logsumexp(trace["scores"], dim=1), "peak": peak}


def figures(parts):
    return {"numbers alive at once, as a share of T S": parts["peak"]}


def inputs(draw, T, S, d, e, block):
    return {
        "Q": draw.normal(T, d),
        "K": draw.normal(S, d),
        "V": draw.normal(S, e),
        "upstream": draw.normal(T, e),
        "block": block,
    }


def large_scores(draw, T, S, e, block, shift=0):
    # Scores rise to a thousand and more from one end of the keys to the other. The first and the last key have the same
    # greatest score and are not the same, so that no gradient is 0. All products are exact in float32.
    values = inputs(draw, T, S, 4, e, block)
    K = (torch.arange(S, dtype=torch.float64) - shift)[:, None].expand(S, 4).clone()
    K[0] = K[-1]
    K[0, :2] += torch.tensor([1.0, -1.0])
    K[-1, :2] -= torch.tensor([1.0, -1.0])
    Q = torch.round(8 * values["Q"][:, :1].abs() + 8) / 8
    return {**values, "Q": Q.expand(T, 4).clone(), "K": 128 * K}


def three_keys(draw):
    # The powers of the first query are 1, 2 and 5, those of the second are all 1.
    values = {
        "Q": [[1], [0]],
        "K": [[0], [math.log(2)], [math.log(5)]],
        "V": [[8], [0], [16]],
        "upstream": [[8], [3]],
    }
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()} | {"block": 2}


EXERCISE = Exercise(
    order=4,
    difficulty=5,
    hours=4,
    builds_on=("transformer/attention", "softmax_classifier/softmax_cross_entropy"),
    points={"out": 3, "L": 1, "dQ": 3, "dK": 3, "dV": 2},
    calls="""
        out, L, cache = attention(Q, K, V, block)
        dQ, dK, dV = entries(attention_backward(upstream, cache))
        peak = peak_numbers()
    """,
    inputs=inputs,
    reference=reference,
    outputs=outputs,
    upstream="upstream",
    figures=figures,
    public=[
        Case("blocks of two", T=4, S=5, d=3, e=6, block=2),
        Case(
            "powers 1, 2 and 5",
            inputs=three_keys,
            known={
                "out": [["11.0000"], ["8.0000"]],
                "L": ["2.0794415", "1.0986123"],
                "dQ": [["24.9867098"], ["7.3303259"]],
                "dK": [["-3.0000"], ["-22.0000"], ["25.0000"]],
                "dV": [["2.0000"], ["3.0000"], ["6.0000"]],
            },
        ),
        Case("large scores", tier="stability", inputs=large_scores, T=3, S=6, e=2, block=4),
    ],
)
