"""Public cases of cs231n/conv_naive, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "7f3322a35956546b"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x, w, b, stride, padding, dilation):
    return F.conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation)


def inputs(draw, N, C, M, R, S, P, Q, stride=1, padding=0, dilation=1, rest=0):
    # P by Q windows, and `rest` rows and columns (fewer than the stride) behind the last of them that none reads.
    H = (P - 1) * stride + dilation * (R - 1) + 1 + rest - 2 * padding
    W = (Q - 1) * stride + dilation * (S - 1) + 1 + rest - 2 * padding
    return {
        "x": draw.normal(N, C, H, W),
        "w": draw.normal(M, C, R, S, scale=(M * R * S) ** -0.5),
        "b": draw.normal(M),
        "upstream": draw.normal(N, M, P, Q),
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
    }


def on_paper(draw):
    def image(*rows):
        return torch.tensor([[rows]], dtype=torch.float64)

    return {
        "x": image((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12)),
        "w": image((1, 0, 2), (0, -1, 1)),
        "b": torch.ones(1, dtype=torch.float64),
        "upstream": image((1, 10), (100, 1000)),
        "stride": 1,
        "padding": 0,
        "dilation": 1,
    }


EXERCISE = Exercise(
    order=2,
    points={"out": 1, "dx": 4, "dw": 3, "db": 1},
    calls="""
        out, cache = conv2d(x, w, b, stride, padding, dilation)
        dx, dw, db = entries(conv2d_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    difficulty=3,
    hours=2,
    builds_on=("conv1d",),
    public=[
        Case(
            "stride 2, padding 1, dilation 2",
            N=2,
            C=3,
            M=5,
            R=3,
            S=2,
            P=2,
            Q=4,
            stride=2,
            padding=1,
            dilation=2,
            rest=1,
        ),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [[[["9", "12"], ["21", "24"]]]],
                "dx": [[[["1", "10", "2", "20"], ["100", "999", "191", "2010"], ["0", "-100", "-900", "1000"]]]],
                "dw": [[[["6521", "7632", "8743"], ["10965", "12076", "13187"]]]],
                "db": ["1111"],
            },
        ),
        Case("stride 1, no padding, no dilation", N=3, C=2, M=4, R=2, S=3, P=4, Q=3),
    ],
)
from dataclasses import replace

# There is no dilation here.
EXERCISE = replace(
    EXERCISE,
    order=8,
    builds_on=("affine",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        out, cache = conv_forward_naive(x, w, b, {"stride": stride, "pad": padding})
        dx, dw, db = conv_backward_naive(upstream, cache)
    """,
    public=[case for case in EXERCISE.public if "dilation" not in case.sizes],
)
