"""Public cases of convolution/upsampling, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "convolution"
STUB = "795d0e580ef7f69f"
MORE_CASES = True

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
)
