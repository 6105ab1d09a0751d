"""By a product with the matrix that says which word stands where."""

import numpy as np


def word_embedding_forward(x, W):
    places = np.eye(len(W), dtype=np.float32)[x]
    return places @ W.astype(np.float32), places


def word_embedding_backward(dout, cache):
    return np.einsum("ntv,ntd->vd", cache, dout.astype(np.float32))
