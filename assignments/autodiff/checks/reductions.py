"""Public cases of autodiff/reductions, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "autodiff"
STUB = "9f623ecc9566154f"
MORE_CASES = True

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
)
