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
    raise NotImplementedError("conv1d: conv1d is not written yet")


def conv1d_backward(upstream, cache):
    """Return {"dx": (N, C, L), "dw": (M, C, K), "db": (M,)}.

    Go through the windows as on the way forward: what does a place of the signal get that several windows have read?
    """
    raise NotImplementedError("conv1d: conv1d_backward is not written yet")
