"""Public cases of sequences/gru, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "sequences"
STUB = "d5ad4e497a1e13cf"
MORE_CASES = True

import math

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between

LONGEST = 2


def reference(mark, x, h0, Wx, Wh, bx, bh):
    h, states = h0[None], []
    for t in range(LONGEST + 1):
        if t <= len(x):  # once more than there are steps: what a slip would take for the state before the step
            recurrent = F.linear(h, Wh, bh)
        if t < len(x):
            gx = mark(f"gx_{t + 1}", F.linear(x[t : t + 1], Wx, bx))
            gh = mark(f"gh_{t + 1}", recurrent)
            x_r, x_u, x_n = gx.chunk(3, dim=-1)
            h_r, h_u, h_n = gh.chunk(3, dim=-1)
            reset, update = torch.sigmoid(x_r + h_r), torch.sigmoid(x_u + h_u)
            new = torch.tanh(x_n + reset * h_n)
            h = mark(f"h_{t + 1}", (1 - update) * new + update * h)
            states.append(h.clone())
        elif t < LONGEST:  # a step that is not there has no numbers
            mark(f"gx_{t + 1}", bx.new_zeros(0, len(h0), len(bx)))
            mark(f"gh_{t + 1}", bx.new_zeros(0, len(h0), len(bx)))
            mark(f"h_{t + 1}", bx.new_zeros(0, *h0.shape))
    return torch.cat(states)


def inputs(draw, T, N, D, H, last=False):
    upstream = draw.normal(T, N, H, scale=2.0)
    if last:
        upstream[:-1] = 0
    return {
        "x": draw.normal(T, N, D),
        "h0": draw.normal(N, H),
        "Wx": draw.normal(3 * H, D, scale=D**-0.5),
        "Wh": draw.normal(3 * H, H, scale=H**-0.5),
        "bx": draw.normal(3 * H, scale=0.3),
        "bh": draw.normal(3 * H, scale=0.6),
        "upstream": upstream,
    }


def on_paper(draw):
    # Both gates half open and the candidate 1/2 in both steps, by the choice of x and the biases.
    return {
        "x": torch.tensor([[[1]], [[1.5]]], dtype=torch.float64),
        "h0": torch.tensor([[1]], dtype=torch.float64),
        "Wx": torch.tensor([[0], [0], [1]], dtype=torch.float64),
        "Wh": torch.tensor([[0], [0], [4]], dtype=torch.float64),
        "bx": torch.tensor([0, 0, math.atanh(0.5) - 2], dtype=torch.float64),
        "bh": torch.tensor([0, 0, -2], dtype=torch.float64),
        "upstream": torch.tensor([[[-4]], [[16]]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=4,
    difficulty=4,
    hours=2.0,
    builds_on=("rnn", "lstm"),
    points={
        "h_1": 0.5,
        "h_2": 0.5,
        **{f"{name}_{t}": 1 for t in (2, 1) for name in ("dh", "dgx", "dgh")},
        "dx": 0.5,
        "dh0": 0.5,
        "dWx": 0.5,
        "dWh": 0.5,
        "dbx": 0.5,
        "dbh": 0.5,
    },
    # Step by step, so that what is wrong in one step does not cost the others. Where T is 1 the last slices are empty.
    calls="""
        out, cache = gru(x, h0, Wx, Wh, bx, bh)
        h_1 = out[0:1]
        h_2 = out[1:2]
        gradients = gru_backward(upstream, cache)
        dh = gradients["dh"]
        dgx = gradients["dgx"]
        dgh = gradients["dgh"]
        dh_2 = dh[1:2]
        dgx_2 = dgx[1:2]
        dgh_2 = dgh[1:2]
        dh_1 = dh[0:1]
        dgx_1 = dgx[0:1]
        dgh_1 = dgh[0:1]
        dx, dh0, dWx, dWh, dbx, dbh = entries(gradients)
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("two steps", T=2, N=5, D=4, H=3),
        Case(
            "two steps on paper",
            inputs=on_paper,
            known={
                "h_1": [[["0.75"]]],
                "h_2": [[["0.625"]]],
                "dh_2": [[["16"]]],
                "dgx_2": [[["1.5", "1", "6"]]],
                "dgh_2": [[["1.5", "1", "3"]]],
                "dh_1": [[["16"]]],
                "dgx_1": [[["3", "2", "6"]]],
                "dgh_1": [[["3", "2", "3"]]],
                "dx": [[["6"]], [["6"]]],
                "dh0": [["20"]],
                "dWx": [["5.25"], ["3.5"], ["15"]],
                "dWh": [["4.125"], ["2.75"], ["5.25"]],
                "dbx": ["4.5", "3", "12"],
                "dbh": ["4.5", "3", "6"],
            },
        ),
    ],
)
