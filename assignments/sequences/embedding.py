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
    raise NotImplementedError("embedding: embedding is not written yet")


def embedding_backward(upstream, cache):
    """Return {"dE": (V, D)}: the gradient of the table by way of the lookup alone."""
    raise NotImplementedError("embedding: embedding_backward is not written yet")


def predict(ids, E, padding_idx):
    """Return (out, cache): the scores of every word at every place, (N, T, V), and what `predict_backward` needs."""
    raise NotImplementedError("embedding: predict is not written yet")


def predict_backward(upstream, cache):
    """Return {"dX": (N, T, D), "dEout": (V, D), "dEin": (V, D), "dE": (V, D)}.

    dEout is the share of the scores, dEin that of the lookup, which goes on from dX; dE is the whole gradient of E.
    """
    raise NotImplementedError("embedding: predict_backward is not written yet")
