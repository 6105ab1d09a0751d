"""Convolution of images: a small kernel at every place, and the gradients of image, kernels and biases.

N images with C channels of height H and width W; M kernels of height R and width S, one for each output channel. An
image is padded with `padding` zeros on all four sides. Window (p, q) begins in row p · stride and column q · stride of
the padded image, and its taps lie `dilation` rows and columns apart:

    out[n, m, p, q] = b[m] + sum over c, r, s of w[m, c, r, s] · padded[n, c, i, j]
    where i = p · stride + r · dilation and j = q · stride + s · dilation

Shapes: x (N, C, H, W), w (M, C, R, S), b (M,), out (N, M, P, Q), with as many windows as fit into the padded image:

    P = floor((H + 2 · padding − dilation · (R − 1) − 1) / stride) + 1
    Q = floor((W + 2 · padding − dilation · (S − 1) − 1) / stride) + 1

The kernel is not turned round. `stride` and `dilation` are whole numbers from 1, `padding` from 0, each the same for
rows and columns. Images need not be square, and neither need kernels. At least one window fits. Pixels that no window
reads have the gradient 0.

`upstream` (N, M, P, Q) is the derivative of some loss with respect to `out`. `dx`, `dw` and `db` are the derivatives of
that loss with respect to x, w and b, and have their shapes. Nothing is divided by N.

Of `torch.nn.functional` use `pad` at most. Any loops are allowed; the tests are small.

Formulas: V. Dumoulin and F. Visin, 'A guide to convolution arithmetic for deep learning' (2016), arXiv:1603.07285, for
P and Q; the documentation of `torch.nn.Conv2d` for the sum.
"""

import torch


def conv2d(x, w, b, stride, padding, dilation):
    """Return (out, cache): out is (N, M, P, Q), and cache is whatever you want to have again in `conv2d_backward`."""
    ### BEGIN SOLUTION
    padded = torch.nn.functional.pad(x, (padding, padding, padding, padding))
    height, width = w.shape[2], w.shape[3]
    tops = torch.arange(0, padded.shape[2] - dilation * (height - 1), stride)
    lefts = torch.arange(0, padded.shape[3] - dilation * (width - 1), stride)
    rows = tops[:, None] + dilation * torch.arange(height)
    columns = lefts[:, None] + dilation * torch.arange(width)
    windows = padded[:, :, rows[:, None, :, None], columns[:, None, :]]
    out = torch.einsum("ncpqrs,mcrs->nmpq", windows, w) + b[:, None, None]
    return out, (padded, windows, rows, columns, w, padding)
    ### END SOLUTION


def conv2d_backward(upstream, cache):
    """Return {"dx": (N, C, H, W), "dw": (M, C, R, S), "db": (M,)}."""
    ### BEGIN SOLUTION
    padded, windows, rows, columns, w, padding = cache
    dwindows = torch.einsum("nmpq,mcrs->ncpqrs", upstream, w)
    dpadded = torch.zeros_like(padded)
    for r in range(w.shape[2]):
        for s in range(w.shape[3]):
            dpadded[:, :, rows[:, r, None], columns[:, s]] += dwindows[:, :, :, :, r, s]
    bottom, right = padded.shape[2] - padding, padded.shape[3] - padding
    return {
        "dx": dpadded[:, :, padding:bottom, padding:right],
        "dw": torch.einsum("nmpq,ncpqrs->mcrs", upstream, windows),
        "db": torch.einsum("nmpq->m", upstream),
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case(
            "other sizes",
            N=between(2, 3),
            C=between(2, 3),
            M=4,
            R=2,
            S=4,
            P=between(3, 4),
            Q=2,
            stride=3,
            padding=2,
            rest=2,
        ),
        Case("dilation 3", N=2, C=between(3, 4), M=3, R=3, S=2, P=2, Q=between(4, 5), padding=3, dilation=3),
        Case("all square and equal", tier="edge", N=3, C=3, M=3, R=3, S=3, P=3, Q=3, stride=2, rest=1),
        Case("one image", tier="edge", N=1, C=2, M=3, R=2, S=between(3, 4), P=3, Q=2, padding=1),
        Case("one window", tier="edge", N=2, C=3, M=4, R=2, S=3, P=1, Q=1, padding=1, stride=4, dilation=2, rest=2),
        Case("one tap, with gaps", tier="edge", N=2, C=3, M=4, R=1, S=1, P=3, Q=2, stride=2, dilation=3),
        Case("a row of pixels", tier="edge", N=3, C=1, M=1, R=1, S=4, P=1, Q=5, rest=0),
    ],
    ### END HIDDEN TESTS
)
