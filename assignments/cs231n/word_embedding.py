"""A table of word vectors with NumPy: looking words up, and the gradient of the table.

The conventions are those of Stanford's CS231n. x holds word numbers, from 0 to V - 1, and row v of W is the vector of word v:

    out[n, t] = W[x[n, t]]

Shapes: x (N, T) with whole numbers, W (V, D), out (N, T, D). `dout` (N, T, D) is the upstream gradient, the derivative of the
loss with respect to out; dW (V, D) is the derivative with respect to W. A word that occurs several times gets a share from each
of its places: they are added. A word that does not occur gets 0. There is no gradient of x: word numbers have no slope.

Every word is looked up, padding like any other; where the cases have padding, they put 0 for it into out and dout themselves.
Graded are out, as `X`, and dW, as `dEin`; dout is the gradient that scores X Wᵀ would hand down.
"""

import numpy as np


def word_embedding_forward(x, W):
    """Return (out, cache): out (N, T, D), and whatever `word_embedding_backward` needs."""
    raise NotImplementedError("word_embedding: word_embedding_forward is not written yet")


def word_embedding_backward(dout, cache):
    """Return dW, (V, D)."""
    raise NotImplementedError("word_embedding: word_embedding_backward is not written yet")
