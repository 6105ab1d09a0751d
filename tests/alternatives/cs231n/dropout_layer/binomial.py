import numpy as np


def dropout_forward(x, dropout_param):
    mask = None
    if dropout_param["mode"] == "train":
        mask = np.random.binomial(1, dropout_param["p"], size=x.shape) / dropout_param["p"]
    return x.copy() if mask is None else np.multiply(mask, x), (dropout_param, mask)


def dropout_backward(dout, cache):
    _, mask = cache
    return dout.copy() if mask is None else np.multiply(mask, dout)
