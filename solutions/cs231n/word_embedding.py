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
    ### BEGIN SOLUTION
    return W[x], (x, W.shape)
    ### END SOLUTION


def word_embedding_backward(dout, cache):
    """Return dW, (V, D)."""
    ### BEGIN SOLUTION
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF sequences/embedding
from dataclasses import replace

# The reference knows padding, and a second use of the table: both are put in between here.
EXERCISE = replace(
    EXERCISE,
    order=11,
    hours=0.5,
    builds_on=("affine",),
    arrays="numpy",
    also=("rnn_layers.py", "cs231n/rnn_layers.py", "layers.py", "cs231n/layers.py"),
    points={"X": 1, "dEin": 3},
    calls="""
        words = (ids != padding_idx)[..., None]
        looked_up, cache = word_embedding_forward(ids, E)
        X = looked_up * words
        dEin = word_embedding_backward((upstream @ E) * words, cache)
    """,
)
