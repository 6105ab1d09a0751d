"""Public cases of convolution/avg_pool, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "convolution"
STUB = "b235e01c6f23182a"
MORE_CASES = True

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x, size, stride):
    return F.avg_pool2d(x, size, stride=stride)


def inputs(draw, N, C, P, Q, size, stride, rest=0):
    # P by Q windows, and `rest` rows and columns (fewer than the stride) behind the last of them that none reads.
    H, W = ((count - 1) * stride + size + rest for count in (P, Q))
    return {
        "x": size * draw.normal(N, C, H, W),
        "upstream": size * draw.normal(N, C, P, Q),
        "size": size,
        "stride": stride,
    }


def on_paper(draw):
    def image(*rows):
        return torch.tensor([[rows]], dtype=torch.float64)

    return {
        "x": image((1, 3, 5, 7), (2, 10, 2, 6), (0, 4, 8, 4)),
        "upstream": image((4, 40, 400), (8, 80, 800)),
        "size": 2,
        "stride": 1,
    }


EXERCISE = Exercise(
    order=4,
    points={"out": 1, "dx": 3},
    calls="""
        out, cache = avg_pool(x, size, stride)
        (dx,) = entries(avg_pool_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    difficulty=2,
    hours=0.75,
    builds_on=("max_pool",),
    public=[
        Case("windows that overlap", N=2, C=4, P=3, Q=5, size=3, stride=2, rest=1),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [[[["4", "5", "5"], ["4", "6", "5"]]]],
                "dx": [[[["1", "11", "110", "100"], ["3", "33", "330", "300"], ["2", "22", "220", "200"]]]],
            },
        ),
        Case("entries that no window reads", N=3, C=2, P=4, Q=3, size=2, stride=3, rest=2),
    ],
)
