"""Hessian-vector products: the curvature of a softmax classifier's loss along a direction, without its Hessian.

The classifier has one layer, and its loss is the mean cross-entropy:

    Z = X Wᵀ        P = softmax(Z), row by row        L = mean over n of -log P[n, y[n]]

Shapes: X (N, n), W (C, n), y (N,) with whole numbers (int64), Z and P (N, C).

The gradient of L with respect to W is itself a function of W, and the derivative of each of its entries with respect to
each entry of W makes the Hessian, (C n) times (C n) numbers. Methods that use curvature want it multiplied with some
direction V, which has W's shape. That product can be had at the price of two gradients: since

    H V = the gradient, with respect to W, of the scalar   s = sum(V * gW),   where V is a constant,

all that is to do is to write down the first backward pass, and to go back through it. Its results are called g, and
every name that begins with d is a derivative of s:

    gZ   the gradient of L with respect to Z, (N, C)        gW   the gradient of L with respect to W, (C, n)
    s    the slope of L along V, a scalar                   dgZ  the derivative of s with respect to gZ, (N, C)
    dZ   the derivative of s with respect to Z, (N, C)      dW   the derivative of s with respect to W: this is H V, (C, n)

The Hessian is symmetric: for two directions U and V the numbers sum(U * H V) and sum(V * H U) are the same. Your
`hessian_vector` is called for V and for U, and both numbers are graded, as uHv and vHu.

No Hessian is to be formed: no array has more than N C, N n or C n entries. Logits of several hundred are ordinary
inputs: no result may be inf or nan. `torch.softmax` may be used. No autograd, and no differences of gradients: by hand.

Source: B. A. Pearlmutter, 'Fast exact multiplication by the Hessian', Neural Computation 6 (1994).
"""

import torch


def gradient(X, y, W):
    """Return {"P": (N, C), "gZ": (N, C), "gW": (C, n)}: probabilities, and the gradient of L by hand."""
    raise NotImplementedError("hessian_vector: gradient is not written yet")


def hessian_vector(X, y, W, V):
    """Return {"s": (), "dgZ": (N, C), "dZ": (N, C), "dW": (C, n)}. dW is H V.

    gZ depends on Z by way of the softmax, whose whole Jacobian you need.
    """
    raise NotImplementedError("hessian_vector: hessian_vector is not written yet")
