"""Average pooling: the mean of every window of an image, and the way back through windows that overlap.

Each channel of each image is treated for itself. Window (p, q) is the square of `size` by `size` entries that begins in
row p · stride and column q · stride:

    out[n, c, p, q] = mean over r, s from 0 to size − 1 of x[n, c, p · stride + r, q · stride + s]

Shapes: x (N, C, H, W), out (N, C, P, Q), with as many windows as fit: P = floor((H − size) / stride) + 1, and Q
likewise from W. There is no padding. Images need not be square. `size` and `stride` are whole numbers from 1, and may
differ. An entry may be read by several windows, or by none: then it has the gradient 0.

`upstream` (N, C, P, Q) is the derivative of some loss with respect to `out`; `dx` (N, C, H, W) is that with respect to
x.

Use no `torch.nn.functional`. Any loops are allowed; the tests are small.

Formula: the documentation of `torch.nn.AvgPool2d`, without padding. Average pooling is a convolution of each channel
with a kernel of equal taps.
"""

import torch


def avg_pool(x, size, stride):
    """Return (out, cache): out is (N, C, P, Q), and cache is whatever you want to have again in `avg_pool_backward`."""
    ### BEGIN SOLUTION
    windows = x.unfold(2, size, stride).unfold(3, size, stride)
    return windows.mean(dim=(4, 5)), (x, size, stride)
    ### END SOLUTION


def avg_pool_backward(upstream, cache):
    """Return {"dx": (N, C, H, W)}: every entry of a window has the same share of its gradient."""
    ### BEGIN SOLUTION
    x, size, stride = cache
    dx = torch.zeros_like(x)
    for p in range(upstream.shape[2]):
        for q in range(upstream.shape[3]):
            top, left = p * stride, q * stride
            dx[:, :, top : top + size, left : left + size] += upstream[:, :, p, q, None, None] / size**2
    return {"dx": dx}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(2, 3), C=between(2, 3), P=4, Q=between(5, 6), size=4, stride=1),
        Case("windows side by side", N=2, C=between(3, 4), P=3, Q=between(4, 5), size=2, stride=2, rest=1),
        Case("many windows over each entry", N=2, C=3, P=between(3, 4), Q=2, size=5, stride=2, rest=1),
        Case("one image, one channel", tier="edge", N=1, C=1, P=3, Q=4, size=3, stride=2),
        Case("windows of one entry", tier="edge", N=2, C=3, P=4, Q=2, size=1, stride=2, rest=1),
        Case("one window", tier="edge", N=3, C=2, P=1, Q=1, size=4, stride=3, rest=1),
        Case("as many of everything", tier="edge", N=3, C=3, P=3, Q=3, size=3, stride=3),
    ],
    ### END HIDDEN TESTS
)
