"""Convolution with NumPy: stride and padding in a dictionary, and loops as many as you like.

The conventions are those of Stanford's CS231n. N images with C channels of height H and width W; F filters of height HH and
width WW. An image is padded with `pad` zeros on all four sides; window (i, j) begins in row i · stride and column j · stride
of the padded image:

    out[n, f, i, j] = b[f] + sum over c, r, s of w[f, c, r, s] · padded[n, c, i · stride + r, j · stride + s]

Shapes: x (N, C, H, W), w (F, C, HH, WW), b (F,), out (N, F, H', W') with H' = 1 + floor((H + 2 · pad - HH) / stride) and W'
likewise: where the last rows or columns do not make a window, they are not used, and their gradient is 0. Images and filters
need not be square; pad may be 0. `conv_param` is a dictionary with the whole numbers "stride" and "pad".

`dout` (N, F, H', W') is the upstream gradient, the derivative of the loss with respect to out. dx, dw and db have the shapes
of x, w and b. The filter is not turned round on the way there, and nothing is divided by N.

Formulas: V. Dumoulin and F. Visin, 'A guide to convolution arithmetic for deep learning' (2016), arXiv:1603.07285.
"""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    """Return (out, cache): out (N, F, H', W'), and whatever `conv_backward_naive` needs."""
    ### BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    tops = range(0, padded.shape[2] - w.shape[2] + 1, stride)
    lefts = range(0, padded.shape[3] - w.shape[3] + 1, stride)
    windows = [[padded[:, :, t : t + w.shape[2], s : s + w.shape[3]] for s in lefts] for t in tops]
    out = np.einsum("ijncrs,fcrs->nfij", np.array(windows), w) + b[:, None, None]
    return out, (padded, w, tops, lefts, pad)
    ### END SOLUTION


def conv_backward_naive(dout, cache):
    """Return (dx, dw, db)."""
    ### BEGIN SOLUTION
    padded, w, tops, lefts, pad = cache
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            place = np.s_[:, :, top : top + w.shape[2], left : left + w.shape[3]]
            dpadded[place] += np.einsum("nf,fcrs->ncrs", dout[:, :, i, j], w)
            dw += np.einsum("nf,ncrs->fcrs", dout[:, :, i, j], padded[place])
    bottom, right = padded.shape[2] - pad, padded.shape[3] - pad
    return dpadded[:, :, pad:bottom, pad:right], dw, np.sum(dout, axis=(0, 2, 3))
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF convolution/conv2d
from dataclasses import replace

# There is no dilation here.
EXERCISE = replace(
    EXERCISE,
    order=8,
    builds_on=("affine",),
    arrays="numpy",
    also=("layers.py", "cs231n/layers.py"),
    calls="""
        out, cache = conv_forward_naive(x, w, b, {"stride": stride, "pad": padding})
        dx, dw, db = conv_backward_naive(upstream, cache)
    """,
    public=[case for case in EXERCISE.public if "dilation" not in case.sizes],
    ### BEGIN HIDDEN TESTS
    hidden=[case for case in EXERCISE.hidden if "dilation" not in case.sizes],
    ### END HIDDEN TESTS
)
