"""Public cases of normalization/dropout, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "normalization"
STUB = "85d577670f848c00"
MORE_CASES = True

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
)
