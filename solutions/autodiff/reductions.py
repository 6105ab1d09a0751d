"""Sum, mean and maximum over one axis, each with its gradient.

    out = sum, mean or maximum of x over the axis `dim`

Shapes: x any with at least one axis; `dim` is a number of one of its axes, or, counted from the end, a negative one. The
axis is gone from `out`: x of shape (2, 4, 3) and dim = 1 give (2, 3), and a vector gives a scalar of shape (). `upstream`
has the shape of `out` and is the derivative of some loss with respect to it. The result is dx, with the shape of x.

- sum: every element along the axis has the derivative 1.
- mean: every element has 1 / n, where n is the size of that axis alone.
- maximum: the greatest element has 1 and the others have 0. Where k elements are greatest together, the convention here is
  equal shares: each of the k has 1 / k. It is that of `torch.amax`; `torch.max` with a dim chooses one of them instead.

The three functions are called with three different x, but the same `dim`.

Convention and formulas: https://docs.pytorch.org/docs/stable/generated/torch.amax.html; Griewank and Walther, 'Evaluating
Derivatives' (2008), chapter 14, on derivatives at ties.
"""

import torch


def sum_over(x, dim):
    """Return (out, cache): the sum over the axis `dim`, and whatever `sum_over_backward` needs."""
    ### BEGIN SOLUTION
    return x.sum(dim=dim), (x.shape, dim)
    ### END SOLUTION


def sum_over_backward(upstream, cache):
    """Return {"dx": the gradient of x, with its shape}."""
    ### BEGIN SOLUTION
    shape, dim = cache
    return {"dx": upstream.unsqueeze(dim).expand(shape)}
    ### END SOLUTION


def mean_over(x, dim):
    """Return (out, cache): the mean over the axis `dim`."""
    ### BEGIN SOLUTION
    return x.mean(dim=dim), (x.shape, dim)
    ### END SOLUTION


def mean_over_backward(upstream, cache):
    """Return {"dx": the gradient of x, with its shape}."""
    ### BEGIN SOLUTION
    shape, dim = cache
    return {"dx": (upstream / shape[dim]).unsqueeze(dim).expand(shape)}
    ### END SOLUTION


def max_over(x, dim):
    """Return (out, cache): the greatest element along the axis `dim`."""
    ### BEGIN SOLUTION
    out = x.amax(dim=dim)
    return out, (x, out, dim)
    ### END SOLUTION


def max_over_backward(upstream, cache):
    """Return {"dx": the gradient of x, with its shape}; ties share equally."""
    ### BEGIN SOLUTION
    x, out, dim = cache
    greatest = x == out.unsqueeze(dim)
    share = upstream / greatest.sum(dim=dim)
    return {"dx": greatest * share.unsqueeze(dim)}
    ### END SOLUTION


### BEGIN GRADING
import torch

from autograder import Case, Exercise, between


def reference(mark, x_sum, x_mean, x_max, dim):
    total = mark("total", torch.sum(x_sum, dim))
    average = mark("average", torch.mean(x_mean, dim))
    greatest = mark("greatest", torch.amax(x_max, dim))
    return torch.stack([total, average, greatest])


def inputs(draw, shape, dim, n=2, m=4, k=3, ties=0):
    """The shape is spelt with a letter for each axis: "nmk" is (n, m, k)."""
    sizes = [{"1": 1, "n": n, "m": m, "k": k}[letter] for letter in shape]

    def apart():
        # Multiples of 1/8, no two alike: no tie by accident, and none that float32 makes.
        count = torch.Size(sizes).numel()
        return ((draw.permutation(count) - count // 2).double() / 8 + 1 / 16).reshape(sizes)

    x_max = apart()
    if ties:
        # The greatest of each row once more, at the next `ties` places along the axis.
        place = x_max.argmax(dim, keepdim=True)
        for step in range(1, ties + 1):
            x_max = x_max.scatter(dim, (place + step) % sizes[dim], x_max.amax(dim, keepdim=True))
    reduced = [size for axis, size in enumerate(sizes) if axis != dim % len(sizes)]
    return {
        "x_sum": apart(),
        "x_mean": apart(),
        "x_max": x_max,
        "dim": dim,
        "upstream": draw.normal(3, *reduced),
    }


def on_paper(draw):
    # Ties: 7 and 7 in the first row; all three in the second.
    return {
        "x_sum": torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], dtype=torch.float64),
        "x_mean": torch.tensor([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]], dtype=torch.float64),
        "x_max": torch.tensor([[7.0, -1.0, 7.0], [2.0, 2.0, 2.0]], dtype=torch.float64),
        "dim": 1,
        "upstream": torch.tensor([[1.0, -2.0], [3.0, 6.0], [5.0, -3.0]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=4,
    difficulty=2,
    hours=1.5,
    builds_on=("unbroadcast",),
    points={"total": 0.5, "average": 0.5, "greatest": 0.5, "dx_sum": 2.5, "dx_mean": 3, "dx_max": 4},
    calls="""
        total, sum_cache = sum_over(x_sum, dim)
        average, mean_cache = mean_over(x_mean, dim)
        greatest, max_cache = max_over(x_max, dim)
        dx_sum = sum_over_backward(upstream[0], sum_cache)["dx"]
        dx_mean = mean_over_backward(upstream[1], mean_cache)["dx"]
        dx_max = max_over_backward(upstream[2], max_cache)["dx"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("shape (2, 4, 3), the axis in the middle", shape="nmk", dim=1),
        Case("shape (2, 4, 3), the last axis as -1", shape="nmk", dim=-1),
        Case(
            "worked on paper, with ties",
            inputs=on_paper,
            known={
                "total": ["6", "16"],
                "average": ["3", "5"],
                "greatest": ["7", "2"],
                "dx_sum": [["1", "1", "1"], ["-2", "-2", "-2"]],
                "dx_mean": [["1", "1", "1"], ["2", "2", "2"]],
                "dx_max": [["2.5", "0", "2.5"], ["-1", "-1", "-1"]],
            },
        ),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("the first axis", shape="nmk", dim=0, n=between(4, 6), m=2, k=3),
        Case("a matrix, its rows", shape="mk", dim=1, m=between(5, 7), k=3),
        Case("a matrix, its columns, as -2", shape="mk", dim=-2, m=between(5, 7), k=3),
        Case("a tie of two", tier="edge", shape="nmk", dim=1, n=2, m=between(4, 6), k=3, ties=1),
        Case("a tie of three, the first axis", tier="edge", shape="nm", dim=0, n=5, m=between(2, 4), ties=2),
        Case("a vector", tier="edge", shape="m", dim=0, m=between(4, 6)),
        Case("an axis of size 1", tier="edge", shape="n1k", dim=1, n=between(4, 6)),
        Case("as many rows as columns", tier="edge", shape="mm", dim=0, m=4),
        Case("as many columns as rows", tier="edge", shape="mm", dim=1, m=4),
    ],
    ### END HIDDEN TESTS
)
