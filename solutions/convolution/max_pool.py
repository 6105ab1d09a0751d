"""Max pooling: of every window of an image the greatest entry, and the way back through windows that overlap.

Each channel of each image is treated for itself. Window (p, q) is the square of `size` by `size` entries that begins in
row p · stride and column q · stride:

    out[n, c, p, q] = max over r, s from 0 to size − 1 of x[n, c, p · stride + r, q · stride + s]

Shapes: x (N, C, H, W), out (N, C, P, Q), with as many windows as fit: P = floor((H − size) / stride) + 1, and Q
likewise from W. There is no padding. Images need not be square. `size` and `stride` are whole numbers from 1. Where
the stride is smaller than the size, windows overlap, and one entry may be the greatest of several; where it is
greater, entries between the windows are read by none, nor are those behind the last window. Those have the gradient 0.

Where several entries of a window are equal and the greatest, the first of them counts as the greatest, and it alone has
the window's gradient: first row by row from the top, and in a row from the left, as in PyTorch.

`upstream` (N, C, P, Q) is the derivative of some loss with respect to `out`; `dx` (N, C, H, W) is that with respect to
x.

Use no `torch.nn.functional`. Any loops are allowed; the tests are small.

Read on in the notes of Stanford's CS231n, 'Convolutional neural networks', section on pooling layers.
"""

import torch


def max_pool(x, size, stride):
    """Return (out, cache): out is (N, C, P, Q), and cache is whatever you want to have again in `max_pool_backward`."""
    ### BEGIN SOLUTION
    windows = x.unfold(2, size, stride).unfold(3, size, stride).flatten(4)
    first = windows.argmax(dim=4, keepdim=True)
    out = windows.gather(4, first)[..., 0]
    return out, (x, first, size, stride)
    ### END SOLUTION


def max_pool_backward(upstream, cache):
    """Return {"dx": (N, C, H, W)}: every window hands its gradient to one entry; an entry may have several."""
    ### BEGIN SOLUTION
    x, first, size, stride = cache
    dx = torch.zeros_like(x)
    for p in range(upstream.shape[2]):
        for q in range(upstream.shape[3]):
            share = torch.zeros_like(x[:, :, :size, :size]).flatten(2)
            share.scatter_(2, first[:, :, p, q], upstream[:, :, p, q, None])
            top, left = p * stride, q * stride
            dx[:, :, top : top + size, left : left + size] += share.unflatten(2, (size, size))
    return {"dx": dx}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(2, 3), C=between(2, 3), P=4, Q=between(5, 6), size=4, stride=1),
        Case(
            "windows side by side, all negative",
            N=2,
            C=between(3, 4),
            P=between(3, 4),
            Q=2,
            size=2,
            stride=2,
            rest=1,
            shift=-9.0,
        ),
        Case("ties in windows that overlap", N=3, C=2, P=3, Q=between(4, 5), size=3, stride=1, few=2),
        Case("gaps between the windows", tier="edge", N=2, C=3, P=3, Q=2, size=2, stride=3, rest=2),
        Case("one image, one channel", tier="edge", N=1, C=1, P=3, Q=4, size=3, stride=2),
        Case("windows of one entry", tier="edge", N=2, C=3, P=4, Q=2, size=1, stride=2, rest=1),
        Case("one window", tier="edge", N=3, C=2, P=1, Q=1, size=4, stride=3, rest=1),
        Case("as many of everything", tier="edge", N=3, C=3, P=3, Q=3, size=3, stride=3, few=4),
    ],
    ### END HIDDEN TESTS
)
