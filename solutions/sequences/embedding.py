"""A table of vectors for the words of a text, used twice: to look words up, and to score the next one.

Row v of the table E is the vector of word number v. A language model as small as can be: each word alone predicts the
word that follows it, and one table serves on both sides ('tied weights'):

    X[n, t]      = E[ids[n, t]], or 0 for padding          the lookup
    out[n, t, v] = sum over d of X[n, t, d] E[v, d]        the scores (logits) of all words v

Shapes: ids (N, T) with whole numbers (int64) from 0 to V - 1, E (V, D), X (N, T, D), out (N, T, V).

`upstream` is the gradient of the loss with respect to what a function returns: (N, T, D) in `embedding_backward`,
(N, T, V) in `predict_backward`. All gradients have the shape of what they belong to, and the loss itself is not needed.

A word that occurs several times in `ids` gets a share of the gradient from each of its places: they are added. A word
that does not occur gets none from the lookup.

`padding_idx` is the number of a word that only fills up short sentences. Where it stands in `ids`, X has zeros, whatever
is in its row of E; so that row gets nothing from the lookup: row `padding_idx` of the *lookup's* share dEin is 0, as in
`torch.nn.Embedding`. The scores make no exception: padding has a score like every word, and a place that holds padding
has scores like every place. Row `padding_idx` of the other share dEout, and of the sum dE, is in general not 0.

Write it with indexing, products and sums: no `torch.nn`, no `torch.nn.functional`. Sources: Press and Wolf, 'Using the
output embedding to improve language models' (2017), for tied weights; the documentation of `torch.nn.Embedding`.
"""

import torch


def embedding(ids, E, padding_idx):
    """Return (X, cache): the vectors of all words of `ids`, (N, T, D), and what `embedding_backward` needs."""
    ### BEGIN SOLUTION
    X = E[ids]
    X[ids == padding_idx] = 0
    return X, (ids, E, padding_idx)
    ### END SOLUTION


def embedding_backward(upstream, cache):
    """Return {"dE": (V, D)}: the gradient of the table by way of the lookup alone."""
    ### BEGIN SOLUTION
    ids, E, padding_idx = cache
    counted = ids != padding_idx
    dE = torch.zeros_like(E)
    dE.index_put_((ids[counted],), upstream[counted], accumulate=True)
    return {"dE": dE}
    ### END SOLUTION


def predict(ids, E, padding_idx):
    """Return (out, cache): the scores of every word at every place, (N, T, V), and what `predict_backward` needs."""
    ### BEGIN SOLUTION
    X, lookup = embedding(ids, E, padding_idx)
    return X @ E.T, (X, E, lookup)
    ### END SOLUTION


def predict_backward(upstream, cache):
    """Return {"dX": (N, T, D), "dEout": (V, D), "dEin": (V, D), "dE": (V, D)}.

    dEout is the share of the scores, dEin that of the lookup, which goes on from dX; dE is the whole gradient of E.
    """
    ### BEGIN SOLUTION
    X, E, lookup = cache
    dX = upstream @ E
    dEout = torch.tensordot(upstream, X, dims=([0, 1], [0, 1]))
    dEin = embedding_backward(dX, lookup)["dE"]
    return {"dX": dX, "dEout": dEout, "dEin": dEin, "dE": dEout + dEin}
    ### END SOLUTION


### BEGIN GRADING
import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between


def reference(mark, ids, E, padding_idx):
    # Two copies, one for each use: their gradients are the two shares.
    Ein = mark("Ein", E.clone())
    Eout = mark("Eout", E.clone())
    padding = (ids == padding_idx)[..., None]
    X = mark("X", F.embedding(ids, Ein).masked_fill(padding, 0.0))
    return F.linear(X, Eout)


def inputs(draw, N, T, V, D, padding_idx=0, padded=1, ordinary=True):
    # Few words in many places, so that some come again; sentences end in padding.
    ids = draw.labels(N, T, classes=V)
    ids[ids == padding_idx] = (padding_idx + 1) % V
    flat = ids.reshape(-1)
    if ordinary:
        flat[-padded - 1] = flat[0]
    flat[flat.numel() - padded :] = padding_idx
    return {
        "ids": ids,
        "E": draw.normal(V, D),
        "upstream": draw.normal(N, T, V, scale=V**-0.5),
        "padding_idx": padding_idx,
    }


def one_word(draw, N, T, V, D):
    drawn = inputs(draw, N, T, V, D, padded=0)
    return {**drawn, "ids": torch.full((N, T), V - 1)}


def on_paper(draw):
    # A sentence of word 1, word 2, word 1 and padding; rows of E in the head, upstream of 1 and -1.
    return {
        "ids": torch.tensor([[1, 2, 1, 0]]),
        "E": torch.tensor([[1, 1], [2, 0], [0, 3]], dtype=torch.float64),
        "upstream": torch.tensor([[[1, 0, -1], [0, 1, 0], [0, 0, 1], [1, -1, 0]]], dtype=torch.float64),
        "padding_idx": 0,
    }


EXERCISE = Exercise(
    order=1,
    difficulty=2,
    hours=1.0,
    builds_on=("layers/linear",),
    points={"X": 1, "out": 1, "dX": 1, "dEout": 2, "dEin": 3, "dE": 1},
    calls="""
        X, looked_up = embedding(ids, E, padding_idx)
        out, cache = predict(ids, E, padding_idx)
        dX, dEout, dEin, dE = entries(predict_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("words that come again", N=3, T=5, V=6, D=4),
        Case(
            "four words on paper",
            inputs=on_paper,
            known={
                "X": [[["2", "0"], ["0", "3"], ["2", "0"], ["0", "0"]]],
                "out": [[["2", "4", "0"], ["3", "0", "9"], ["2", "4", "0"], ["0", "0", "0"]]],
                "dX": [[["1", "-2"], ["2", "0"], ["0", "3"], ["-1", "1"]]],
                "dEout": [["2", "0"], ["0", "3"], ["0", "0"]],
                "dEin": [["0", "0"], ["1", "1"], ["2", "0"]],
                "dE": [["2", "0"], ["1", "4"], ["2", "0"]],
            },
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("another word is the padding", N=between(4, 6), T=3, V=7, D=between(2, 5), padding_idx=4, padded=2),
        Case("a word in every place", tier="edge", inputs=one_word, N=2, T=4, V=3, D=5),
        Case("one place", tier="edge", N=1, T=1, V=between(3, 5), D=2, padded=0, ordinary=False),
        Case("vectors of one number", tier="edge", N=2, T=between(4, 6), V=3, D=1, padding_idx=2),
    ],
    ### END HIDDEN TESTS
)
