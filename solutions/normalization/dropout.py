"""Dropout with a given mask: in training and in evaluation, forward and backward.

In training each element is dropped with probability p, and the others are scaled up, so that the mean of an element over
all masks stays what it was ('inverted dropout', as in PyTorch):

    out = x / (1 - p)    where mask is 1
    out = 0              where mask is 0

In evaluation nothing is dropped and nothing scaled: out = x.

Shapes: x, mask, upstream (N, D) or (B, T, D). `mask` has been drawn already: 1 keeps an element, 0 drops it; what share
of it is 1 is chance. p is the probability of *dropping*, 0 <= p < 1: for p = 0 nothing is dropped, and for p = 0.99 what
is kept counts a hundred times. `mode` is "train" or "eval"; in evaluation the mask is not to be used.

`dx` is the derivative of the loss with respect to x, `upstream` that with respect to out. An x that is 0 and kept has
the gradient of any other x that is kept. `cache` is whatever `dropout` hands to `dropout_backward`.

Formulas: N. Srivastava et al., 'Dropout' (2014), sections 4 and 10 (which scales in evaluation instead of in training).
"""

import torch


def dropout(x, mask, p, mode):
    """Return (out, cache): out has the shape of x."""
    ### BEGIN SOLUTION
    scale = mask / (1 - p) if mode == "train" else torch.ones_like(x)
    return x * scale, scale
    ### END SOLUTION


def dropout_backward(upstream, cache):
    """Return {"dx": the shape of x}."""
    ### BEGIN SOLUTION
    return {"dx": upstream * cache}
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, x, mask, p, mode):
    if mode == "eval":
        return x.clone()
    return torch.where(mask > 0, torch.div(x, 1 - p), 0.0)


def inputs(draw, N=None, B=None, T=None, D=None, p=0.3, mode="train", holes=False):
    shape = (N, D) if B is None else (B, T, D)
    x = draw.normal(*shape)
    if holes:
        x = torch.where(draw.binary(*shape) > 0, x, 0.0)
    # Both kinds are in it, whatever p is: where p is near 1, a mask by chance would often keep nothing.
    mask = draw.binary(*shape) if p else torch.ones(*shape, dtype=torch.float64)
    return {"x": x, "mask": mask, "upstream": draw.normal(*shape), "p": p, "mode": mode}


def on_paper(draw, p):
    return {
        "x": torch.tensor([[1, -2, 3], [4, 5, -6]], dtype=torch.float64),
        "mask": torch.tensor([[1, 0, 1], [0, 1, 1]], dtype=torch.float64),
        "upstream": torch.tensor([[2, 5, -1], [7, 3, 4]], dtype=torch.float64),
        "p": p,
        "mode": "train",
    }


EXERCISE = Exercise(
    order=6,
    difficulty=1,
    hours=0.5,
    points={"out": 1, "dx": 3},
    calls="""
        out, cache = dropout(x, mask, p, mode)
        dx = dropout_backward(upstream, cache)["dx"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("training, three examples", N=3, D=5),
        Case("evaluation", N=4, D=3, mode="eval"),
        Case(
            "worked on paper",
            inputs=on_paper,
            p=0.75,
            known={"out": [["4", "0", "12"], ["0", "20", "-24"]], "dx": [["8", "0", "-4"], ["0", "12", "16"]]},
        ),
        Case("inputs of 0", tier="edge", N=3, D=4, holes=True),
        Case("nothing is dropped", tier="edge", N=3, D=4, p=0.0),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("texts", B=between(2, 3), T=between(4, 5), D=between(6, 7), p=0.6),
        Case("evaluation, texts", B=2, T=between(3, 4), D=between(5, 6), p=0.1, mode="eval"),
        Case("p near 0", N=between(3, 4), D=between(5, 7), p=0.05),
        Case("more inputs of 0", tier="edge", N=between(4, 6), D=3, holes=True),
        Case("one example", tier="edge", N=1, D=between(5, 7), p=0.4),
        Case("p near 1", tier="stability", N=between(3, 5), D=6, p=0.99),
        Case("p very near 1", tier="stability", N=between(3, 5), D=6, p=1 - 2.0**-10),
    ],
    ### END HIDDEN TESTS
)
