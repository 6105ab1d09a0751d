"""Public cases of autodiff/expression_graph, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "autodiff"
STUB = "8daeea4001c77d4d"
MORE_CASES = True

import torch

from autograder import Case, Exercise, between


def fan_out(value, uses):
    # A value that is used k times is broadcast to its k uses; the derivative of that is the sum.
    return value.expand(uses, *value.shape).unbind(0)


def reference(mark, a, b, c):
    p = mark("p", torch.mul(a, b))
    p_q, p_s, p_out = fan_out(p, 3)
    q = mark("q", torch.add(p_q, c))
    q_r, q_t = fan_out(q, 2)
    r = mark("r", q_r.sigmoid())
    s = mark("s", torch.mul(p_s, r))
    t = mark("t", torch.sub(q_t, s))
    t_left, t_right = fan_out(t, 2)
    u = mark("u", torch.mul(t_left, t_right))
    return torch.sub(u, p_out)


def inputs(draw, n, scale=1.0):
    return {
        "a": scale * (0.5 + draw.uniform(n)) * draw.signs(n),
        "b": (0.5 + draw.uniform(n)) * draw.signs(n),
        "c": draw.normal(n),
        "upstream": draw.normal(n),
    }


def on_paper(draw):
    # c = -p, so that q is 0, r is 1/2, and the sigmoid's slope there 1/4.
    return {
        "a": torch.tensor([2.0, -1.0], dtype=torch.float64),
        "b": torch.tensor([3.0, 2.0], dtype=torch.float64),
        "c": torch.tensor([-6.0, 2.0], dtype=torch.float64),
        "upstream": torch.tensor([1.0, 2.0], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=2,
    difficulty=2,
    hours=1.0,
    builds_on=("neuron",),
    points={
        "p": 0.25,
        "q": 0.25,
        "r": 0.25,
        "s": 0.25,
        "t": 0.25,
        "u": 0.25,
        "out": 0.5,
        "du": 0.5,
        "dt": 1,
        "ds": 0.5,
        "dr": 1,
        "dq": 2,
        "dp": 3,
        "da": 1,
        "db": 0.5,
        "dc": 0.5,
    },
    calls="""
        values, cache = graph(a, b, c)
        p, q, r, s, t, u, out = entries(values)
        du, dt, ds, dr, dq, dp, da, db, dc = entries(graph_backward(upstream, cache))
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("five graphs", n=5),
        Case(
            "worked on paper",
            inputs=on_paper,
            zeros=("q",),
            known={
                "p": ["6", "-2"],
                "r": ["0.5", "0.5"],
                "s": ["3", "-1"],
                "t": ["-3", "1"],
                "u": ["9", "1"],
                "out": ["3", "3"],
                "du": ["1", "2"],
                "dt": ["-6", "4"],
                "ds": ["6", "-4"],
                "dr": ["36", "8"],
                "dq": ["3", "6"],
                "dp": ["5", "2"],
                "da": ["15", "4"],
                "db": ["10", "-2"],
                "dc": ["3", "6"],
            },
        ),
    ],
)
