"""One tap of the filters at a time, for all windows at once."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows = (padded.shape[2] - w.shape[2]) // stride + 1
    columns = (padded.shape[3] - w.shape[3]) // stride + 1
    out = np.zeros((len(x), len(w), rows, columns)) + b.reshape(1, -1, 1, 1)
    reads = {}
    for r, s in np.ndindex(w.shape[2:]):
        reads[r, s] = (
            slice(None),
            slice(None),
            slice(r, r + stride * (rows - 1) + 1, stride),
            slice(s, s + stride * (columns - 1) + 1, stride),
        )
        out += np.tensordot(w[:, :, r, s], padded[reads[r, s]], axes=(1, 1)).swapaxes(0, 1)
    return out, (padded, w, reads, pad)


def conv_backward_naive(dout, cache):
    padded, w, reads, pad = cache
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for (r, s), read in reads.items():
        dpadded[read] += np.tensordot(w[:, :, r, s], dout, axes=(0, 1)).swapaxes(0, 1)
        dw[:, :, r, s] = np.tensordot(dout, padded[read], axes=((0, 2, 3), (0, 2, 3)))
    cut = slice(pad, -pad or None)
    return dpadded[:, :, cut, cut], dw, dout.sum(axis=(0, 2, 3))
