"""Double backward: the gradient of a gradient, for one layer of a network, H = tanh(X Wᵀ + b).

The first backward pass is ordinary. It is given G, the derivative of some loss with respect to H; here its results are
called g (gZ is the derivative of that loss with respect to Z, and so on):

    forward      Z  = X Wᵀ + b             H  = tanh(Z)
    backward     gZ = G * (1 - H * H)      gX = gZ W      gW = gZᵀ X      gb = the sum of gZ over the N rows

These are formulas like any others. Whoever puts a gradient into a loss (a gradient penalty, a learned optimiser, a
curvature) has to differentiate them. So let there be a scalar S that depends on gX, gW and gb, with the derivatives
vX, vW and vb with respect to these three; nothing else of S matters. If you like, think of

    S = sum(vX * gX) + sum(vW * gW) + sum(vb * gb)        vX, vW and vb are constants.

From here on every name that begins with d is a derivative of S. Asked for are dgZ, dG, dZ, dX, dW and db.

What the backward pass has in its cache is an input of it like any other: gW is a function of gZ *and of the X that was
saved*, gX one of gZ *and of the saved W*, gZ one of G *and of the saved H*. X has therefore two ways to S: through the
cache, and through Z. Call the share that comes through the cache alone dXc, and that of W dWc:

    dXc   the derivative of S with respect to X where gZ is held fixed      dX is dXc and the share through Z
    dWc   the derivative of S with respect to W where gZ is held fixed      dW is dWc and the share through Z

Shapes: X (N, n), W (m, n), b (m,), G (N, m); vX, vW, vb like X, W, b. Each gradient has the shape of what it belongs to.
vX, vW and vb are three upstream gradients of one backward pass: each of them counts. No case has a mean in it.

Everything is to be written with products and sums; autograd is not needed. Large Z is ordinary: where |Z| = 50, H is
exactly 1 or -1 and no result may be inf or nan.

Source of the idea: B. A. Pearlmutter, 'Fast exact multiplication by the Hessian' (1994), and H. Drucker and Y. LeCun,
'Improving generalization performance using double backpropagation' (1992).
"""

import torch


def layer(X, W, b):
    """Return (H, cache) with H (N, m). Keep in the cache what the functions below need: X, W and H."""
    raise NotImplementedError("double_backward: layer is not written yet")


def backward(G, cache):
    """The first backward pass. Return {"gZ": (N, m), "gX": (N, n), "gW": (m, n), "gb": (m,)}."""
    raise NotImplementedError("double_backward: backward is not written yet")


def linear_double_backward(vX, vW, vb, gZ, cache):
    """Differentiate gX, gW and gb: return {"dgZ": (N, m), "dXc": (N, n), "dWc": (m, n)}.

    gZ goes into three results, so dgZ is a sum of three.
    """
    raise NotImplementedError("double_backward: linear_double_backward is not written yet")


def tanh_double_backward(dgZ, G, cache):
    """Differentiate gZ: return {"dG": (N, m), "dZ": (N, m)}. Z reaches gZ through the saved H only."""
    raise NotImplementedError("double_backward: tanh_double_backward is not written yet")


def both_ways(dZ, dXc, dWc, cache):
    """Put together what comes through Z and what came through the cache.

    Return {"dX": (N, n), "dW": (m, n), "db": (m,)}.
    """
    raise NotImplementedError("double_backward: both_ways is not written yet")
