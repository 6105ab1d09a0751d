"""Public cases of cs231n/word_embedding, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "d65237a33e4287df"
MORE_CASES = True

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
)
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
