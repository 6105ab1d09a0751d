"""Transposed convolution: every pixel lays a copy of the kernel on a larger image, and overlapping copies add up.

It is what the backward pass of a convolution does to its upstream gradient, used on the way forward: to make images
larger, in decoders and generators. N images with C channels of P by Q pixels; pixel (p, q) lays its kernel, R by S and
multiplied by the pixel, from row p · stride and column q · stride of the full image on:

    full[n, m, p · stride + r, q · stride + s]  gets the addend  x[n, c, p, q] · w[c, m, r, s]  for all c, p, q, r, s

`out` is the full image without its first `padding` and last `padding` rows and columns, plus b[m] at each of its
pixels. (The word padding stands for that of the convolution whose backward pass this would be: there it was put on.)

Shapes: x (N, C, P, Q), w (C, M, R, S): the channels of x come first. b (M,), out (N, M, H, W) with

    H = (P − 1) · stride + R − 2 · padding        W = (Q − 1) · stride + S − 2 · padding

`stride` is a whole number from 1, `padding` one from 0, small enough that at least one pixel is left. Where the stride
is greater than the kernel, there are gaps between the copies: nothing but b is there.

`upstream` (N, M, H, W) is the derivative of some loss with respect to `out`. `dx`, `dw` and `db` are the derivatives of
that loss with respect to x, w and b, and have their shapes. Nothing is divided by N.

Of `torch.nn.functional` use `pad` at most. Any loops are allowed; the tests are small.

Formulas: V. Dumoulin and F. Visin, 'A guide to convolution arithmetic for deep learning' (2016), arXiv:1603.07285,
section 4; the documentation of `torch.nn.ConvTranspose2d` for the sizes.
"""

import torch


def transposed_conv(x, w, b, stride, padding):
    """Return (out, cache): out is (N, M, H, W), and cache is whatever you want in `transposed_conv_backward`."""
    ### BEGIN SOLUTION
    (N, _, P, Q), (_, M, R, S) = x.shape, w.shape
    copies = torch.einsum("ncpq,cmrs->nmpqrs", x, w)
    full = copies.new_zeros(N, M, stride * (P - 1) + R, stride * (Q - 1) + S)
    rows, columns = stride * torch.arange(P)[:, None], stride * torch.arange(Q)
    for r in range(R):
        for s in range(S):
            full[:, :, rows + r, columns + s] += copies[:, :, :, :, r, s]
    bottom, right = full.shape[2] - padding, full.shape[3] - padding
    out = full[:, :, padding:bottom, padding:right] + b[:, None, None]
    return out, (x, w, stride, padding)
    ### END SOLUTION


def transposed_conv_backward(upstream, cache):
    """Return {"dx": (N, C, P, Q), "dw": (C, M, R, S), "db": (M,)}.

    What does a pixel of x hear from the places on which its kernel lay? You have written this before.
    """
    ### BEGIN SOLUTION
    x, w, stride, padding = cache
    dfull = torch.nn.functional.pad(upstream, (padding, padding, padding, padding))
    windows = dfull.unfold(2, w.shape[2], stride).unfold(3, w.shape[3], stride)
    return {
        "dx": torch.einsum("nmpqrs,cmrs->ncpq", windows, w),
        "dw": torch.einsum("ncpq,nmpqrs->cmrs", x, windows),
        "db": torch.einsum("nmhw->m", upstream),
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(2, 3), C=between(2, 3), M=4, P=2, Q=3, R=4, S=5, stride=between(2, 3), padding=2),
        Case("many copies on each pixel", N=2, C=3, M=between(4, 5), P=3, Q=between(4, 5), R=5, S=4, padding=3),
        Case("as many of everything", tier="edge", N=3, C=3, M=3, P=3, Q=3, R=3, S=3, stride=2),
        Case("gaps between the copies", tier="edge", N=2, C=3, M=4, P=3, Q=2, R=2, S=1, stride=3),
        Case("one image of one pixel", tier="edge", N=1, C=3, M=2, P=1, Q=1, R=5, S=4, stride=2, padding=1),
        Case("one tap", tier="edge", N=2, C=between(3, 4), M=2, P=3, Q=5, R=1, S=1, stride=2),
        Case("one channel to one channel", tier="edge", N=3, C=1, M=1, P=2, Q=4, R=3, S=2, stride=2, padding=1),
    ],
    ### END HIDDEN TESTS
)
