"""Public cases of cs231n/max_pool_naive, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "07c1522fcdd8bf90"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x, size, stride):
    return F.max_pool2d(x, size, stride=stride)


def inputs(draw, N, C, P, Q, size, stride, rest=0, few=0, shift=0.0):
    # P by Q windows, and `rest` rows and columns (fewer than the stride) behind the last of them that none reads.
    H, W = ((count - 1) * stride + size + rest for count in (P, Q))
    # All entries differ by 1/64 or more, so that float32 has no ties that float64 has not; or they are `few` numbers.
    count = N * C * H * W
    entries = draw.permutation(count) / 64.0 - count / 128.0
    if few:
        entries = draw.labels(count, classes=few) - 0.5
    return {
        "x": entries.reshape(N, C, H, W) + shift,
        "upstream": draw.normal(N, C, P, Q),
        "size": size,
        "stride": stride,
    }


def on_paper(draw):
    def image(*rows):
        return torch.tensor([[rows]], dtype=torch.float64)

    # The 9 is in all four windows of the middle; the 5s tie in the top right window, and the first of them counts.
    return {
        "x": image((1, 3, 5, 5), (2, 9, 5, 4), (0, 1, 7, 7)),
        "upstream": image((1, 10, 100), (1000, 10000, 100000)),
        "size": 2,
        "stride": 1,
    }


EXERCISE = Exercise(
    order=3,
    points={"out": 1, "dx": 5},
    calls="""
        out, cache = max_pool(x, size, stride)
        (dx,) = entries(max_pool_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    difficulty=3,
    hours=1.5,
    builds_on=("conv2d",),
    public=[
        Case("windows that overlap", N=2, C=3, P=4, Q=5, size=3, stride=2, rest=1),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [[[["9", "9", "5"], ["9", "9", "7"]]]],
                "dx": [[[["0", "0", "100", "0"], ["0", "11011", "0", "0"], ["0", "0", "100000", "0"]]]],
            },
        ),
        Case("ties", N=2, C=3, P=4, Q=3, size=3, stride=2, few=3),
    ],
)
from dataclasses import replace


def without_ties(draw):
    # The case on paper, but for two entries that tie there.
    values = on_paper(draw)
    values["x"][0, 0, 0, 2] = 6
    values["x"][0, 0, 2, 3] = 8
    return values


EXERCISE = replace(
    EXERCISE,
    order=9,
    builds_on=("conv_naive",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        out, cache = max_pool_forward_naive(x, {"pool_height": size, "pool_width": size, "stride": stride})
        dx = max_pool_backward_naive(upstream, cache)
    """,
    public=[
        *(case for case in EXERCISE.public if case.inputs is None and "few" not in case.sizes),
        Case(
            "worked on paper",
            inputs=without_ties,
            known={
                "out": [[[["9", "9", "6"], ["9", "9", "8"]]]],
                "dx": [[[["0", "0", "100", "0"], ["0", "11011", "0", "0"], ["0", "0", "0", "100000"]]]],
            },
        ),
    ],
)
