"""Permute, reshape, and choose rows by index: operations that only move numbers, and their gradients.

    y   = x with its axes in the order `order`, then reshaped to a matrix of `rows` rows
    out = the rows of y whose numbers stand in `index`, one after the other

Shapes: x (d0, d1, d2), whose axes all have at least one element; `order` (3,) holds 0, 1 and 2 in some order (int64): axis i
of the permuted tensor is axis order[i] of x, as `x.permute(*order.tolist())` does it. y (rows, columns), where rows times
columns is d0 · d1 · d2. `index` (k,) holds row numbers from 0 to rows - 1 (int64); out (k, columns).

A row of y may be chosen several times, once, or never. What is chosen several times is used several times: the
contributions of all uses are added up. A row that is never chosen has the gradient 0.

`upstream` (k, columns) is the derivative of some loss with respect to out. dy is that with respect to y, (rows, columns),
and dx that with respect to x, (d0, d1, d2): the two operations have a backward function each, and the second one gets the
dy that the first one gave.

Mind what an assignment or `+=` does with an index in which a number stands twice (read about `accumulate` there):
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html
"""

import torch


def permute_reshape(x, order, rows):
    """Return (y, cache): the permuted and reshaped x, (rows, columns), and whatever the backward function needs."""
    ### BEGIN SOLUTION
    order = order.tolist()
    turned = x.permute(*order)
    return turned.reshape(rows, -1), (turned.shape, order)
    ### END SOLUTION


def permute_reshape_backward(dy, cache):
    """Return {"dx": (d0, d1, d2)} from the gradient of y."""
    ### BEGIN SOLUTION
    shape, order = cache
    back = [order.index(axis) for axis in range(3)]
    return {"dx": dy.reshape(shape).permute(*back)}
    ### END SOLUTION


def choose_rows(y, index):
    """Return (out, cache): the chosen rows, (k, columns)."""
    ### BEGIN SOLUTION
    return y[index], (y.shape, index)
    ### END SOLUTION


def choose_rows_backward(upstream, cache):
    """Return {"dy": (rows, columns)}."""
    ### BEGIN SOLUTION
    shape, index = cache
    dy = torch.zeros(shape, dtype=upstream.dtype)
    for row, gradient in zip(index.tolist(), upstream, strict=True):
        dy[row] += gradient
    return {"dy": dy}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("the order (2, 0, 1)", d0=between(4, 6), d1=3, d2=2, order="201", rows=6, k=between(9, 12), spare=2),
        Case("the order (1, 2, 0)", d0=3, d1=4, d2=between(5, 7), order="120", rows=3, k=between(8, 10)),
        Case("the order (0, 2, 1)", d0=2, d1=between(3, 5), d2=6, order="021", rows=12, k=between(14, 16), spare=4),
        Case("nothing is turned", tier="edge", d0=2, d1=3, d2=4, order="012", rows=6, k=between(7, 9)),
        Case("one row for all", tier="edge", d0=2, d1=3, d2=4, order="201", rows=1, k=3, spare=0),
        Case("one row chosen", tier="edge", d0=2, d1=3, d2=4, order="120", rows=4, k=1),
        Case("axes of equal sizes", tier="edge", d0=3, d1=3, d2=3, order="201", rows=9, k=between(10, 12), spare=0),
        Case("axes of size 1", tier="edge", d0=1, d1=between(3, 5), d2=1, order="210", rows=1, k=2, spare=0),
    ],
    ### END HIDDEN TESTS
)
