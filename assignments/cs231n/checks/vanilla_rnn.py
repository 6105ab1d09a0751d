"""Public cases of cs231n/vanilla_rnn, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "97f6a9c265e32ace"
MORE_CASES = True

import math

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between

LONGEST = 5


def reference(mark, x, h0, W, U, b):
    h, states = h0[None], []
    for t in range(LONGEST + 1):
        # Once more than there are steps: the state after the last one is what a slip would take for that before it.
        if t <= len(x):
            recurrent = F.linear(h, U, b)
        if t < len(x):
            h = mark(f"h_{t + 1}", torch.tanh(F.linear(x[t : t + 1], W) + recurrent))
            states.append(h.clone())
        elif t < LONGEST:  # a step that is not there has a state without numbers
            mark(f"h_{t + 1}", h0.new_zeros(0, *h0.shape))
    return torch.cat(states)


def inputs(draw, T, N, D, H, last=False):
    upstream = draw.normal(T, N, H)
    if last:
        upstream[:-1] = 0
    return {
        "x": draw.normal(T, N, D),
        "h0": draw.normal(N, H, scale=0.7),
        "W": draw.normal(H, D, scale=0.7 * D**-0.5),
        "U": draw.normal(H, H, scale=0.9 * H**-0.5),
        "b": draw.normal(H, scale=0.3),
        "upstream": upstream,
    }


def on_paper(draw):
    # h_0 = h_1 = h_2 = (1, -1, 1) / 2 by the choice of b, so that every slope is 3/4; W x_t is 0.
    a = math.atanh(0.5)
    return {
        "x": torch.tensor([[[1, 1]], [[2, 2]]], dtype=torch.float64),
        "h0": torch.tensor([[0.5, -0.5, 0.5]], dtype=torch.float64),
        "W": torch.tensor([[1, -1], [0, 0], [2, -2]], dtype=torch.float64),
        "U": torch.tensor([[0, 1, 0], [0, 0, 2], [1, 0, 0]], dtype=torch.float64),
        "b": torch.tensor([a + 0.5, -a - 1, a - 0.5], dtype=torch.float64),
        "upstream": torch.tensor([[[3, 1, 4]], [[4, 0, -4]]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=2,
    difficulty=4,
    hours=3.0,
    builds_on=("layers/linear", "gradient_flow/gradient_norms"),
    points={
        "h_1": 0.2,
        "h_2": 0.2,
        "h_3": 0.2,
        "h_4": 0.2,
        "h_5": 0.2,
        "dh_5": 0.5,
        "dh_4": 0.5,
        "dh_3": 0.5,
        "dh_2": 0.5,
        "dh_1": 0.5,
        "dx": 1,
        "dh0": 1,
        "dW": 1.5,
        "dU": 2,
        "db": 1,
    },
    # Step by step, so that what is wrong in one step does not cost the others. Where T < 5 the last slices are empty.
    calls="""
        out, cache = rnn(x, h0, W, U, b)
        h_1 = out[0:1]
        h_2 = out[1:2]
        h_3 = out[2:3]
        h_4 = out[3:4]
        h_5 = out[4:5]
        gradients = rnn_backward(upstream, cache)
        dh = gradients["dh"]
        dh_5 = dh[4:5]
        dh_4 = dh[3:4]
        dh_3 = dh[2:3]
        dh_2 = dh[1:2]
        dh_1 = dh[0:1]
        dx, dh0, dW, dU, db = entries(gradients)
    """,
    inputs=inputs,
    reference=reference,
    upstream="upstream",
    public=[
        Case("five steps", T=5, N=4, D=2, H=3),
        Case(
            "two steps on paper",
            inputs=on_paper,
            zeros=("h_3", "h_4", "h_5", "dh_5", "dh_4", "dh_3"),
            known={
                "h_1": [[["0.5", "-0.5", "0.5"]]],
                "h_2": [[["0.5", "-0.5", "0.5"]]],
                "dh_2": [[["4", "0", "-4"]]],
                "dh_1": [[["0", "4", "4"]]],
                "dx": [[["6", "-6"]], [["-3", "3"]]],
                "dh0": [["3", "0", "6"]],
                "dW": [["6", "6"], ["3", "3"], ["-3", "-3"]],
                "dU": [["1.5", "-1.5", "1.5"], ["1.5", "-1.5", "1.5"], ["0", "0", "0"]],
                "db": ["3", "3", "0"],
            },
        ),
        Case("one step", tier="edge", T=1, N=2, D=4, H=3),
    ],
)
from dataclasses import replace

# Time is the second axis here, and weights are transposed. What each state's whole gradient is stays inside.
EXERCISE = replace(
    EXERCISE,
    order=12,
    hours=2.5,
    builds_on=("affine",),
    arrays="numpy",
    also=("rnn_layers.py", "cs231n/rnn_layers.py", "layers.py", "cs231n/layers.py"),
    points={name: points for name, points in EXERCISE.points.items() if not name.startswith("dh_")},
    calls="""
        states, cache = rnn_forward(x.swapaxes(0, 1), h0, W.T, U.T, b)
        out = states.swapaxes(0, 1)
        h_1 = out[0:1]
        h_2 = out[1:2]
        h_3 = out[2:3]
        h_4 = out[3:4]
        h_5 = out[4:5]
        dinputs, dh0, dWx, dWh, db = rnn_backward(upstream.swapaxes(0, 1), cache)
        dx = dinputs.swapaxes(0, 1)
        dW = dWx.T
        dU = dWh.T
    """,
)
