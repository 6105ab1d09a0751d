"""Public cases of convolution/transposed_conv, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "convolution"
STUB = "918e92a4dd6f0247"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x, w, b, stride, padding):
    return F.conv_transpose2d(x, w, b, stride=stride, padding=padding)


def inputs(draw, N, C, M, P, Q, R, S, stride=1, padding=0):
    H, W = (P - 1) * stride + R - 2 * padding, (Q - 1) * stride + S - 2 * padding
    return {
        "x": draw.normal(N, C, P, Q),
        "w": draw.normal(C, M, R, S, scale=(M * R * S) ** -0.5),
        "b": draw.normal(M),
        "upstream": draw.normal(N, M, H, W),
        "stride": stride,
        "padding": padding,
    }


def on_paper(draw):
    def image(*rows):
        return torch.tensor([[rows]], dtype=torch.float64)

    return {
        "x": image((1, 2), (3, 4)),
        "w": image((1, 10), (100, 1000)),
        "b": torch.ones(1, dtype=torch.float64),
        "upstream": image((1, 2, 3), (4, 5, 6), (7, 8, 9)),
        "stride": 1,
        "padding": 0,
    }


EXERCISE = Exercise(
    order=5,
    points={"out": 3, "dx": 3, "dw": 3, "db": 1},
    calls="""
        out, cache = transposed_conv(x, w, b, stride, padding)
        dx, dw, db = entries(transposed_conv_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    difficulty=3,
    hours=1.5,
    builds_on=("conv2d",),
    public=[
        Case("stride 2, padding 1", N=2, C=3, M=4, P=3, Q=5, R=4, S=3, stride=2, padding=1),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [[[["2", "13", "21"], ["104", "1235", "2041"], ["301", "3401", "4001"]]]],
                "dx": [[[["5421", "6532"], ["8754", "9865"]]]],
                "dw": [[[["37", "47"], ["67", "77"]]]],
                "db": ["45"],
            },
        ),
        Case("stride 1, no padding", N=3, C=4, M=2, P=4, Q=2, R=2, S=3),
    ],
)
