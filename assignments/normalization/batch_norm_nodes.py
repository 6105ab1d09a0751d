"""Batch normalisation node by node: every intermediate value, and the gradient of every one of them.

The layer in training, taken apart into steps so small that each has a derivative that you know. Each line holds for
every example n and feature d:

    mean[d]       = (1 / N) · sum over n of x[n, d]
    centred[n, d] = x[n, d] - mean[d]
    squares[n, d] = centred[n, d]²
    var[d]        = (1 / (N - 1)) · sum over n of squares[n, d]
    inv[d]        = (var[d] + eps) to the power -1/2
    xhat[n, d]    = centred[n, d] · inv[d]
    out[n, d]     = gamma[d] · xhat[n, d] + beta[d]

Shapes: x, centred, squares, xhat, out, upstream (N, D); mean, var, inv, gamma, beta (D,); eps is a number. N is at least 2.

The variance has the divisor N - 1 here (Bessel's correction), the mean has N. In `batch_norm` the variance has N, as in
the layers of PyTorch; the first thing to look up in a paper is which of the two is meant.

The gradient of a node is the derivative of the loss with respect to it, and has its shape: `dvar` (D,), `dsquares` (N, D).
`upstream` is the derivative with respect to out. A node that is used in two places gets a gradient from each of them,
and a node (D,) that is used by every example gets one from each example.

A feature may be the same number in every row: its variance is 0, and nothing may become inf or nan (eps is positive).

After: A. Karpathy, 'Building makemore, part 4: becoming a backprop ninja' (2022). Formulas: S. Ioffe, C. Szegedy, 'Batch
Normalization' (2015), section 3.
"""

import torch


def batch_norm(x, gamma, beta, eps):
    """Return (out, nodes): out (N, D), and a dictionary of the nodes.

    {"mean": (D,), "centred": (N, D), "squares": (N, D), "var": (D,), "inv": (D,), "xhat": (N, D)}

    Put into it whatever else the backward pass needs: it is handed on as it is.
    """
    raise NotImplementedError("batch_norm_nodes: batch_norm is not written yet")


def batch_norm_backward(upstream, nodes):
    """Return the gradient of every node, from the last to the first.

    {"dgamma": (D,), "dbeta": (D,), "dxhat": (N, D), "dinv": (D,), "dvar": (D,), "dsquares": (N, D), "dcentred": (N, D),
     "dmean": (D,), "dx": (N, D)}
    """
    raise NotImplementedError("batch_norm_nodes: batch_norm_backward is not written yet")
