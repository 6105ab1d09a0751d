"""Max pooling with NumPy: of every window the greatest entry, and the way back to it.

The conventions are those of Stanford's CS231n. `pool_param` is a dictionary with the whole numbers "pool_height", "pool_width"
and "stride". Each channel of each image is treated for itself; window (i, j) begins in row i · stride and column j · stride:

    out[n, c, i, j] = max over r < pool_height and s < pool_width of x[n, c, i · stride + r, j · stride + s]

Shapes: x (N, C, H, W), out (N, C, H', W') with H' = 1 + floor((H - pool_height) / stride), and W' likewise. There is no
padding. Windows may overlap, and there may be entries that no window reads; these have the gradient 0.

`dout` (N, C, H', W') is the upstream gradient, dx (N, C, H, W) the derivative of the loss with respect to x. The greatest
entry of a window gets the window's gradient, and adds up what it gets from several windows. CS231n leaves open what happens
where two entries of a window are equal and the greatest: here this does not occur.

Windows are square in the cases.
"""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    """Return (out, cache): out (N, C, H', W'), and whatever `max_pool_backward_naive` needs."""
    ### BEGIN SOLUTION
    stride, size = pool_param["stride"], (pool_param["pool_height"], pool_param["pool_width"])
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[:, :, ::stride, ::stride]
    return np.max(windows, axis=(4, 5)), (x, windows.shape, stride)
    ### END SOLUTION


def max_pool_backward_naive(dout, cache):
    """Return dx, (N, C, H, W)."""
    ### BEGIN SOLUTION
    x, (*_, height, width), stride = cache
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        rows = slice(i * stride, i * stride + height)
        columns = slice(j * stride, j * stride + width)
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] += dout[n, c, i, j] * (window == window.max())
    return dx
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF convolution/max_pool
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
    ### BEGIN HIDDEN TESTS
    hidden=[case for case in EXERCISE.hidden if "few" not in case.sizes],
    ### END HIDDEN TESTS
)
