"""Public cases of autodiff/reshape_index, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "autodiff"
STUB = "bdd9b1b4a3f033c8"
MORE_CASES = True

import torch

from autograder import Case, Exercise, between


def reference(mark, x, order, rows, index):
    y = mark("y", torch.permute(x, tuple(order.tolist())).reshape(rows, -1))
    return torch.index_select(y, 0, index)


def inputs(draw, d0, d1, d2, order, rows, k, spare=1):
    """`spare` rows are never chosen, and the first k choices cover the others, some of them several times."""
    used = draw.permutation(rows)[: max(1, rows - spare)]
    index = torch.cat([used, used[draw.labels(max(0, k - len(used)), classes=len(used))]])[:k]
    index = index[draw.permutation(len(index))]
    return {
        "x": draw.normal(d0, d1, d2),
        "order": torch.tensor([int(axis) for axis in order]),
        "rows": rows,
        "index": index,
        "upstream": draw.normal(len(index), d0 * d1 * d2 // rows),
    }


def on_paper(draw):
    # x is 1 to 6 in two rows. In the order (1, 2, 0) it is (1, 4), (2, 5), (3, 6): y. Row 2 is used twice, row 1 never.
    return {
        "x": torch.tensor([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]], dtype=torch.float64).transpose(1, 2),
        "order": torch.tensor([1, 2, 0]),
        "rows": 3,
        "index": torch.tensor([2, 0, 2]),
        "upstream": torch.tensor([[1.0, 2.0], [3.0, -4.0], [5.0, 7.0]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=5,
    difficulty=2,
    hours=1.0,
    builds_on=("expression_graph",),
    points={"y": 0.5, "out": 0.5, "dy": 4, "dx": 3},
    calls="""
        y, turned = permute_reshape(x, order, rows)
        out, chosen = choose_rows(y, index)
        dy = choose_rows_backward(upstream, chosen)["dy"]
        dx = permute_reshape_backward(dy, turned)["dx"]
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("shape (2, 3, 5) in the order (1, 2, 0)", d0=2, d1=3, d2=5, order="120", rows=6, k=8),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "y": [["1", "4"], ["2", "5"], ["3", "6"]],
                "out": [["3", "6"], ["1", "4"], ["3", "6"]],
                "dy": [["3", "-4"], ["0", "0"], ["6", "9"]],
                "dx": [[["3"], ["0"], ["6"]], [["-4"], ["0"], ["9"]]],
            },
        ),
    ],
)
