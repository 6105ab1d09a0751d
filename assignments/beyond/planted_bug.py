"""Find the planted bugs: a backward pass is given that runs, has all the right shapes, and is wrong in five places.

A small text classifier looks up a vector for each token, makes a score for each class of it, centres the scores, caps
them softly with a tanh, and ends in a softmax:

    X = E[ids]      Z = X Wᵀ + b      C = Z - the mean of Z over the classes, row by row
    H = tanh(C)     P = softmax(H)    loss = mean over n of -log P[n, y[n]]

Shapes: ids and y (N,) with whole numbers (int64), E (rows, n), X (N, n), W (K, n), b (K,); Z, C, H and P (N, K). ids
may hold the same number several times, and numbers of E's rows that it does not hold at all have the gradient 0.

`forward` below is right. Each of the functions `given_…` goes back through one step, and each has exactly one mistake.
You answer in two ways:

- In MISTAKE you write, for each of the five, the number of its mistake from this list:

     1  the opposite sign
     2  a mean where a sum belongs, or a sum where a mean belongs
     3  a matrix is transposed, or two factors of a product are exchanged
     4  the derivative of an activation is taken at the wrong argument
     5  a derivative that the formula has in it already is multiplied in once more
     6  the derivative of an activation is left out
     7  the labels are not subtracted
     8  a path from the input to the output is forgotten: the value is used in two places
     9  contributions overwrite each other where they should be added up
    10  the sum runs over the wrong axis
    11  an argument is changed in place
    12  the mask is taken from the upstream gradient

- In the functions without `given_` you write the step rightly. Each is judged on what it makes of its own arguments, so
  a mistake that you overlook costs its own step only.

Read, and measure: move one number by a little, run `forward`, and compare the change of the loss with what the backward
pass says (at the prompt only; what you hand in is by hand). Try sizes that are all different, and the same id twice.

One number fits each of them best. What is compared is what `sealed` makes of it: a check tells whether a number is right,
and not which one would be.
"""

import hashlib

import torch


def forward(ids, y, E, W, b):
    """All values on the way to the loss. This is right."""
    X = E[ids]
    Z = X @ W.T + b
    C = Z - Z.mean(dim=1, keepdim=True)
    H = torch.tanh(C)
    P = torch.softmax(H, dim=1)
    loss = -torch.log(P[torch.arange(len(y)), y]).mean()
    return {"X": X, "Z": Z, "C": C, "H": H, "P": P, "loss": loss}


def given_loss_backward(P, y):
    """From P and y to the gradient of the loss with respect to H. One mistake."""
    labels = torch.zeros_like(P)
    labels[torch.arange(len(y)), y] = 1
    return {"dH": (P - labels) * P * (1 - P) / len(y)}


def given_tanh_backward(upstream, C):
    """One mistake."""
    return {"dC": upstream * (1 - C * C)}


def given_center_backward(upstream):
    """One mistake."""
    return {"dZ": upstream}


def given_linear_backward(upstream, X, W):
    """One mistake."""
    return {"dX": upstream @ W, "dW": upstream.T @ X, "db": upstream.mean(dim=0)}


def given_embedding_backward(upstream, ids, rows):
    """The gradient of E, which has so many rows. One mistake."""
    dE = torch.zeros(rows, upstream.shape[1], dtype=upstream.dtype)
    dE[ids] = upstream
    return {"dE": dE}


# The number of the mistake in each of the five.
MISTAKE = {"loss": None, "tanh": None, "center": None, "linear": None, "embedding": None}


def loss_backward(P, y):
    """Return {"dH": (N, K)}."""
    raise NotImplementedError("planted_bug: loss_backward is not written yet")


def tanh_backward(upstream, C):
    """Return {"dC": (N, K)}."""
    raise NotImplementedError("planted_bug: tanh_backward is not written yet")


def center_backward(upstream):
    """Return {"dZ": (N, K)}."""
    raise NotImplementedError("planted_bug: center_backward is not written yet")


def linear_backward(upstream, X, W):
    """Return {"dX": (N, n), "dW": (K, n), "db": (K,)}."""
    raise NotImplementedError("planted_bug: linear_backward is not written yet")


def embedding_backward(upstream, ids, rows):
    """Return {"dE": (rows, n)}."""
    raise NotImplementedError("planted_bug: embedding_backward is not written yet")


def sealed():
    """A number from 0 to 1 for each of your answers, which does not show the answer. Leave this as it is."""
    digest = {name: hashlib.sha256(f"{name} {number}".encode()).digest() for name, number in MISTAKE.items()}
    return {
        f"{name}_mistake": None if number is None else int.from_bytes(digest[name][:2], "big") / 65536
        for name, number in MISTAKE.items()
    }
