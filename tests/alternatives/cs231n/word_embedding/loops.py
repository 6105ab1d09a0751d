"""One place at a time."""

import numpy as np


def word_embedding_forward(x, W):
    out = np.array([[W[word] for word in sentence] for sentence in x])
    return out, (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            dW[x[n, t]] += dout[n, t]
    return dW
