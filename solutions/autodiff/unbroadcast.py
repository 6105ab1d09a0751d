"""The gradient of broadcasting: what was copied on the way forward is summed on the way back.

    out = a * b + c

PyTorch broadcasts: the shapes are aligned at their last axes, axes that a tensor lacks are added in front of it, and where
a tensor has the size 1 and another one more, it is repeated. For example (2, 1, 3), (4, 1) and (3,) go together to
(2, 4, 3), and a scalar of shape () goes with everything.

A broadcast tensor is used as often as it is repeated. So its gradient is a sum over the repetitions, and it has exactly
the shape that the tensor had: an axis of size 1 is still there, and an axis that was added in front is not.

Shapes: a, b and c any that go together; out and `upstream` have the shape that they go together to. `upstream` is the
derivative of some loss with respect to `out`; da, db and dc are the derivatives of that loss.

The rules of broadcasting: https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

import torch


def unbroadcast(upstream, shape):
    """Return the gradient, of the given shape, of a tensor that was broadcast to the shape of `upstream`.

    The tensor was only broadcast, and nothing else was done with it. `shape` is a torch.Size or a tuple.
    """
    ### BEGIN SOLUTION
    gradient = upstream
    for _ in range(upstream.ndim - len(shape)):
        gradient = gradient.sum(dim=0)
    for axis, size in enumerate(shape):
        if size == 1:
            gradient = gradient.sum(dim=axis, keepdim=True)
    return gradient
    ### END SOLUTION


def multiply_add(a, b, c):
    """Return (out, cache): out = a * b + c, and whatever `multiply_add_backward` needs."""
    ### BEGIN SOLUTION
    return a * b + c, (a, b, c.shape)
    ### END SOLUTION


def multiply_add_backward(upstream, cache):
    """Return {"dc": gradient of c, "da": gradient of a, "db": gradient of b}, with `unbroadcast`."""
    ### BEGIN SOLUTION
    a, b, shape = cache
    return {
        "dc": unbroadcast(upstream, shape),
        "da": unbroadcast(upstream * b, a.shape),
        "db": unbroadcast(upstream * a, b.shape),
    }
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("shapes (1, k), (n, m, 1) and (m, 1)", a="1k", b="nm1", c="m1", out="nmk", n=between(2, 4), m=5, k=6),
        Case("shapes (m, 1), (k,) and (n, 1, 1)", a="m1", b="k", c="n11", out="nmk", n=between(2, 4), m=6, k=5),
        Case("four axes", a="nm1j", b="n1kj", c="m11", out="nmkj", n=2, m=between(3, 5), k=6, j=7),
        Case("scalars", tier="edge", a="", b="nm", c="nm", out="nm", n=between(2, 4), m=5),
        Case("scalars and a vector of size 1", tier="edge", a="", b="1", c="", out="1"),
        Case("one shape for all", tier="edge", a="nm", b="nm", c="nm", out="nm", n=between(2, 4), m=5),
        Case("an axis of size 1 in out", tier="edge", a="n1k", b="1k", c="1", out="n1k", n=between(4, 6)),
    ],
    ### END HIDDEN TESTS
)
