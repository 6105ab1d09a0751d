"""Upsampling without parameters: an image is enlarged by repeating its pixels, and then smoothly by bilinear weights.

Two functions, one after the other: x (N, C, H, W) is enlarged to `up` (N, C, factor · H, factor · W), and that to
`out`, twice as high and twice as wide again. Each channel of each image is treated for itself.

`nearest`, by a whole factor from 1: each pixel becomes a square of factor by factor equal ones,

    up[n, c, i, j] = x[n, c, floor(i / factor), floor(j / factor)]

`bilinear`, always by 2, first along one axis and then along the other. A row with the pixels a[0], ..., a[L − 1]
becomes one of 2 · L pixels: each is cut in two halves, and the centre of a half lies a quarter of a pixel from that of
its pixel, towards a neighbour. So it takes three quarters from its own and one from that neighbour; at the ends of the
row, where there is none, all from its own:

    new[2k]     = 3/4 a[k] + 1/4 a[k − 1]        for k ≥ 1,        new[0]      = a[0]
    new[2k + 1] = 3/4 a[k] + 1/4 a[k + 1]        for k < L − 1,    new[2L − 1] = a[L − 1]

(PyTorch calls this mode="bilinear" with align_corners=False.) The order of the axes does not matter.

`upstream` is the derivative of some loss with respect to `out`. `bilinear_backward` gives that with respect to its
input: with respect to `up`, which is graded as `dup`. From your `dup`, `nearest_backward` goes on to `dx` (N, C, H,
W).

Use no `torch.nn.functional`. Any loops are allowed; the tests are small.

Formulas: the documentation of `torch.nn.Upsample`; for the weights see also A. Odena, V. Dumoulin and C. Olah,
'Deconvolution and checkerboard artifacts', Distill (2016), doi:10.23915/distill.00003.
"""

import torch


def nearest(x, factor):
    """Return (up, cache): up is (N, C, factor · H, factor · W), and cache whatever you want in `nearest_backward`."""
    ### BEGIN SOLUTION
    rows = torch.arange(factor * x.shape[2]) // factor
    columns = torch.arange(factor * x.shape[3]) // factor
    return x[:, :, rows[:, None], columns], factor
    ### END SOLUTION


def nearest_backward(upstream, cache):
    """Return {"dx": (N, C, H, W)} for an upstream gradient of the shape of `up`."""
    ### BEGIN SOLUTION
    factor = cache
    blocks = upstream.unfold(2, factor, factor).unfold(3, factor, factor)
    return {"dx": blocks.sum(dim=(4, 5))}
    ### END SOLUTION


def bilinear(x):
    """Return (out, cache) for x (N, C, H, W): out is (N, C, 2H, 2W), and cache whatever you want to have again."""
    ### BEGIN SOLUTION
    down, across = weights(x.shape[2], x.dtype), weights(x.shape[3], x.dtype)
    return down @ x @ across.T, (down, across)
    ### END SOLUTION


### BEGIN SOLUTION
def weights(length, dtype):
    # Row i has the weights of the old pixels in new pixel i: 2L rows, L columns.
    table = 0.75 * torch.eye(length, dtype=dtype).repeat_interleave(2, dim=0)
    for k in range(length):
        table[2 * k, max(k - 1, 0)] += 0.25
        table[2 * k + 1, min(k + 1, length - 1)] += 0.25
    return table


### END SOLUTION
def bilinear_backward(upstream, cache):
    """Return {"dx": (N, C, H, W)} for an upstream gradient (N, C, 2H, 2W).

    Each pixel hears from the new pixels that have taken a part of it, by the weight with which they took it.
    """
    ### BEGIN SOLUTION
    down, across = cache
    return {"dx": down.T @ upstream @ across}
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x, factor):
    up = mark("up", F.interpolate(x, scale_factor=factor, mode="nearest"))
    return F.interpolate(up, scale_factor=2, mode="bilinear", align_corners=False)


def inputs(draw, N, C, H, W, factor):
    return {
        "x": draw.normal(N, C, H, W),
        "upstream": draw.normal(N, C, 2 * factor * H, 2 * factor * W) / factor,
        "factor": factor,
    }


def on_paper(draw):
    # Pixels 0 and 16 of one row, doubled: 0 0 16 16 in two rows; rows that are equal stay so.
    rows = torch.zeros(4, 8, dtype=torch.float64)
    rows[1] = torch.tensor([4.0, 8, 16, 32, 64, 128, 256, 512])
    return {
        "x": torch.tensor([[[[0.0, 16.0]]]], dtype=torch.float64),
        "upstream": rows[None, None],
        "factor": 2,
    }


EXERCISE = Exercise(
    order=6,
    points={"up": 1, "out": 2, "dup": 3, "dx": 2},
    calls="""
        up, nearest_cache = nearest(x, factor)
        out, bilinear_cache = bilinear(up)
        backward = bilinear_backward(upstream, bilinear_cache)
        dup = backward["dx"]
        (dx,) = entries(nearest_backward(dup, nearest_cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    difficulty=3,
    hours=1.5,
    builds_on=("transposed_conv",),
    public=[
        Case("by 3, and by 2", N=2, C=4, H=3, W=5, factor=3),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "up": [[[["0", "0", "16", "16"]] * 2]],
                "out": [[[["0", "0", "0", "4", "12", "16", "16", "16"]] * 4]],
                # Along the row, the four pixels of up get 14, 54, 216, 736 (the first: 4 + 3/4 · 8 + 1/4 · 16). Row 1
                # of out has three quarters from row 0 of up, and one from row 1.
                "dup": [[[["10.5", "40.5", "162", "552"], ["3.5", "13.5", "54", "184"]]]],
                "dx": [[[["68", "952"]]]],
            },
        ),
        Case("by 2, and by 2", N=3, C=2, H=4, W=3, factor=2),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(2, 3), C=between(3, 4), H=2, W=between(3, 5), factor=4),
        Case("by 5", N=between(2, 3), C=between(1, 3), H=4, W=2, factor=5),
        Case("by 1", tier="edge", N=2, C=3, H=between(4, 5), W=3, factor=1),
        Case("one pixel", tier="edge", N=2, C=3, H=1, W=1, factor=1),
        Case("one row", tier="edge", N=1, C=3, H=1, W=between(3, 5), factor=2),
        Case("as many of everything", tier="edge", N=3, C=3, H=3, W=3, factor=3),
    ],
    ### END HIDDEN TESTS
)
