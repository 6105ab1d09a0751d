"""Public cases of autodiff/unbroadcast, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "autodiff"
STUB = "9f2110687f1d8cd9"
MORE_CASES = True

import torch

from autograder import Case, Exercise, between


def reference(mark, a, b, c):
    shape = torch.broadcast_shapes(a.shape, b.shape, c.shape)
    wide = [torch.broadcast_to(value, shape) for value in (a, b, c)]
    return torch.add(torch.mul(wide[0], wide[1]), wide[2])


def inputs(draw, a, b, c, out, n=2, m=4, k=3, j=5):
    """Shapes are spelt with a letter for each axis: "n1k" is (n, 1, k)."""
    sizes = {"1": 1, "n": n, "m": m, "k": k, "j": j}

    def tensor(spelt):
        return draw.normal(*(sizes[letter] for letter in spelt))

    # Away from 0, where a factor that is left out would not show.
    return {
        **{name: value + value.sign() / 2 for name, value in (("a", tensor(a)), ("b", tensor(b)), ("c", tensor(c)))},
        "upstream": tensor(out),
    }


def on_paper(draw):
    return {
        "a": torch.tensor([[2.0], [-1.0]], dtype=torch.float64),
        "b": torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64),
        "c": torch.tensor(10.0, dtype=torch.float64),
        "upstream": torch.tensor([[1.0, 2.0, 4.0], [4.0, 5.0, 6.0]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=3,
    difficulty=2,
    hours=1.5,
    builds_on=("expression_graph",),
    points={"out": 1, "dc": 4, "da": 3, "db": 3},
    calls="""
        out, cache = multiply_add(a, b, c)
        dc, da, db = entries(multiply_add_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("shapes (2, 1, 3), (4, 1) and (3,)", a="n1k", b="m1", c="k", out="nmk"),
        Case(
            "worked on paper: a column, a row and a scalar",
            inputs=on_paper,
            known={
                "out": [["12", "14", "16"], ["9", "8", "7"]],
                "dc": "22",
                "da": [["17"], ["32"]],
                "db": ["-2", "-1", "2"],
            },
        ),
    ],
)
