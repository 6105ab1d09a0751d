"""Convolution along one axis: the same small kernel at every place of a signal, and its three gradients.

N examples with C channels of length L; M kernels of width K, one for each output channel. The signal is padded with
`padding` zeros on both sides. Window t begins at place t · stride of the padded signal, and its tap k reads `dilation`
places further on than tap k − 1:

    out[n, m, t] = b[m] + sum over c and k of w[m, c, k] · padded[n, c, t · stride + k · dilation]

Shapes: x (N, C, L), w (M, C, K), b (M,), out (N, M, T), where T is the number of windows that fit into the padded
signal:

    T = floor((L + 2 · padding − dilation · (K − 1) − 1) / stride) + 1

The kernel is not turned round (mathematicians call this a cross-correlation; it is what PyTorch and all of deep
learning call a convolution). `stride` and `dilation` are whole numbers from 1, `padding` from 0: the three are the
same in forward and backward. At least one window fits. Places of the signal that no window reads, behind the last one
or between two, have the gradient 0.

`upstream` (N, M, T) is the derivative of some loss with respect to `out`. `dx`, `dw` and `db` are the derivatives of
that loss with respect to x, w and b, and have their shapes. Nothing is divided by N.

Of `torch.nn.functional` use `pad` at most. Any loops are allowed; the tests are small.

Formulas: V. Dumoulin and F. Visin, 'A guide to convolution arithmetic for deep learning' (2016), arXiv:1603.07285,
relationships 6 and following for T; the documentation of `torch.nn.Conv1d` for the sum.
"""

import torch


def conv1d(x, w, b, stride, padding, dilation):
    """Return (out, cache): out is (N, M, T), and cache is whatever you want to have again in `conv1d_backward`."""
    ### BEGIN SOLUTION
    padded = torch.nn.functional.pad(x, (padding, padding))
    reach = dilation * (w.shape[2] - 1)
    starts = torch.arange(0, padded.shape[2] - reach, stride)
    places = starts[:, None] + dilation * torch.arange(w.shape[2])
    windows = padded[:, :, places]
    out = torch.einsum("nctk,mck->nmt", windows, w) + b[:, None]
    return out, (padded, windows, places, w, padding)
    ### END SOLUTION


def conv1d_backward(upstream, cache):
    """Return {"dx": (N, C, L), "dw": (M, C, K), "db": (M,)}.

    Go through the windows as on the way forward: what does a place of the signal get that several windows have read?
    """
    ### BEGIN SOLUTION
    padded, windows, places, w, padding = cache
    dwindows = torch.einsum("nmt,mck->nctk", upstream, w)
    dpadded = torch.zeros_like(padded)
    for k in range(w.shape[2]):
        dpadded[:, :, places[:, k]] += dwindows[:, :, :, k]
    return {
        "dx": dpadded[:, :, padding : padded.shape[2] - padding],
        "dw": torch.einsum("nmt,nctk->mck", upstream, windows),
        "db": upstream.sum(dim=2).sum(dim=0),
    }
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, x, w, b, stride, padding, dilation):
    return F.conv1d(x, w, b, stride=stride, padding=padding, dilation=dilation)


def inputs(draw, N, C, M, K, T, stride=1, padding=0, dilation=1, rest=0):
    # T windows, and `rest` places (fewer than the stride) behind the last of them that none reads.
    L = (T - 1) * stride + dilation * (K - 1) + 1 + rest - 2 * padding
    return {
        "x": draw.normal(N, C, L),
        "w": draw.normal(M, C, K, scale=(M * K) ** -0.5),
        "b": draw.normal(M),
        "upstream": draw.normal(N, M, T),
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
    }


def on_paper(draw):
    # The padded signal is 0 1 2 3 4 5 0, and the windows are (0, 1, 2), (2, 3, 4) and (4, 5, 0).
    def row(*numbers):
        return torch.tensor([[numbers]], dtype=torch.float64)

    return {
        "x": row(1, 2, 3, 4, 5),
        "w": row(1, 2, -1),
        "b": torch.ones(1, dtype=torch.float64),
        "upstream": row(1, 10, 100),
        "stride": 2,
        "padding": 1,
        "dilation": 1,
    }


EXERCISE = Exercise(
    order=1,
    points={"out": 1, "dx": 4, "dw": 3, "db": 1},
    calls="""
        out, cache = conv1d(x, w, b, stride, padding, dilation)
        dx, dw, db = entries(conv1d_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    difficulty=3,
    hours=2.5,
    builds_on=("layers/linear",),
    public=[
        Case("stride 2, padding 1, dilation 2", N=2, C=3, M=4, K=3, T=5, stride=2, padding=1, dilation=2, rest=1),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "out": [[["1", "5", "15"]]],
                "dx": [[["2", "9", "20", "90", "200"]]],
                "dw": [[["420", "531", "42"]]],
                "db": ["111"],
            },
        ),
        Case("stride 1, no padding, no dilation", N=3, C=2, M=5, K=4, T=6),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other sizes", N=between(2, 3), C=between(2, 3), M=4, K=5, T=between(5, 7), stride=3, padding=2, rest=2),
        Case("dilation 3", N=2, C=between(3, 4), M=3, K=between(2, 3), T=6, padding=3, dilation=3),
        Case("as many channels as kernels and taps", tier="edge", N=3, C=3, M=3, K=3, T=3, stride=2, rest=1),
        Case("one example", tier="edge", N=1, C=2, M=3, K=between(3, 4), T=between(4, 5), padding=1),
        Case("one window", tier="edge", N=2, C=between(2, 3), M=4, K=3, T=1, padding=1, stride=4, dilation=2, rest=2),
        Case("one tap, with gaps", tier="edge", N=between(2, 3), C=3, M=2, K=1, T=4, stride=3, dilation=5),
        Case("one channel and one kernel", tier="edge", N=2, C=1, M=1, K=4, T=11, padding=5),
    ],
    ### END HIDDEN TESTS
)
