"""Public cases of convolution/conv1d, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "convolution"
STUB = "a155a3595c4f5bc7"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x, w, b, stride, padding, dilation):
    return F.conv1d(x, w, b, stride=stride, padding=padding, dilation=dilation)


def inputs(draw, N, C, M, K, T, stride=1, padding=0, dilation=1, rest=0):
    # T windows, and `rest` places (fewer than the stride) behind the last of them that none reads.
    L = (T - 1) * stride + dilation * (K - 1) + 1 + rest - 2 * padding
    return {
        "x": draw.normal(N, C, L),
        "w": draw.normal(M, C, K, scale=(M * K) ** -0.5),
        "b": draw.normal(M),
        "upstream": draw.normal(N, M, T),
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
    }


def on_paper(draw):
    # The padded signal is 0 1 2 3 4 5 0, and the windows are (0, 1, 2), (2, 3, 4) and (4, 5, 0).
    def row(*numbers):
        return torch.tensor([[numbers]], dtype=torch.float64)

    return {
        "x": row(1, 2, 3, 4, 5),
        "w": row(1, 2, -1),
        "b": torch.ones(1, dtype=torch.float64),
        "upstream": row(1, 10, 100),
        "stride": 2,
        "padding": 1,
        "dilation": 1,
    }


EXERCISE = Exercise(
    order=1,
    points={"out": 1, "dx": 4, "dw": 3, "db": 1},
    calls="""
        out, cache = conv1d(x, w, b, stride, padding, dilation)
        dx, dw, db = entries(conv1d_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    difficulty=3,
    hours=2.5,
    builds_on=("layers/linear",),
    public=[
        Case("stride 2, padding 1, dilation 2", N=2, C=3, M=4, K=3, T=5, stride=2, padding=1, dilation=2, rest=1),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [[["1", "5", "15"]]],
                "dx": [[["2", "9", "20", "90", "200"]]],
                "dw": [[["420", "531", "42"]]],
                "db": ["111"],
            },
        ),
        Case("stride 1, no padding, no dilation", N=3, C=2, M=5, K=4, T=6),
    ],
)
