"""Public cases of cs231n/lstm_gates, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "cs231n"
STUB = "6d64d0bba04f4473"
MORE_CASES = True

import math

import torch
import torch.nn.functional as F

from autograder import Case, Exercise, between

LONGEST = 2


def reference(mark, x, h0, c0, Wx, Wh, b):
    h, c, states = h0[None], c0[None], []
    for t in range(LONGEST + 1):
        if t <= len(x):  # once more than there are steps: what a slip would take for the state before the step
            recurrent = F.linear(h, Wh, b)
        if t < len(x):
            z = mark(f"z_{t + 1}", F.linear(x[t : t + 1], Wx) + recurrent)
            z_i, z_f, z_g, z_o = z.chunk(4, dim=-1)
            c = mark(f"c_{t + 1}", torch.sigmoid(z_f) * c + torch.sigmoid(z_i) * torch.tanh(z_g))
            h = mark(f"h_{t + 1}", torch.sigmoid(z_o) * torch.tanh(c))
            states.append(h.clone())
        elif t < LONGEST:  # a step that is not there has no numbers
            mark(f"z_{t + 1}", b.new_zeros(0, len(h0), len(b)))
            mark(f"c_{t + 1}", b.new_zeros(0, *c0.shape))
            mark(f"h_{t + 1}", b.new_zeros(0, *h0.shape))
    return torch.cat(states)


def inputs(draw, T, N, D, H, last=False):
    upstream = draw.normal(T, N, H, scale=2.0)
    if last:
        upstream[:-1] = 0
    return {
        "x": draw.normal(T, N, D),
        "h0": draw.normal(N, H, scale=0.7),
        "c0": draw.normal(N, H),
        "Wx": draw.normal(4 * H, D, scale=D**-0.5),
        "Wh": draw.normal(4 * H, H, scale=H**-0.5),
        "b": draw.normal(4 * H, scale=0.3),
        "upstream": upstream,
    }


def on_paper(draw):
    # All gates half open, cells of artanh(1/2) = a and states of 1/4 in every step, by the choice of b.
    a = math.atanh(0.5)
    return {
        "x": torch.ones(2, 1, 1, dtype=torch.float64),
        "h0": torch.tensor([[0.25]], dtype=torch.float64),
        "c0": torch.tensor([[a]], dtype=torch.float64),
        "Wx": torch.tensor([[0], [0], [0], [1]], dtype=torch.float64),
        "Wh": torch.tensor([[0], [0], [0], [4]], dtype=torch.float64),
        "b": torch.tensor([0, 0, math.atanh(a), -2], dtype=torch.float64),
        "upstream": torch.tensor([[[4]], [[8]]], dtype=torch.float64),
    }


EXERCISE = Exercise(
    order=3,
    difficulty=4,
    hours=3.0,
    builds_on=("rnn",),
    points={
        **{f"{name}_{t}": 0.5 for t in (1, 2) for name in ("c", "h")},
        **{f"{name}_{t}": 0.75 for t in (2, 1) for name in ("dh", "dc", "dz")},
        "dx": 0.75,
        "dh0": 0.5,
        "dc0": 0.5,
        "dWx": 0.5,
        "dWh": 0.75,
        "db": 0.5,
    },
    # Step by step, so that what is wrong in one step does not cost the others. Where T is 1 the last slices are empty.
    calls="""
        out, cells, cache = lstm(x, h0, c0, Wx, Wh, b)
        c_1 = cells[0:1]
        h_1 = out[0:1]
        c_2 = cells[1:2]
        h_2 = out[1:2]
        gradients = lstm_backward(upstream, cache)
        dh = gradients["dh"]
        dc = gradients["dc"]
        dz = gradients["dz"]
        dh_2 = dh[1:2]
        dc_2 = dc[1:2]
        dz_2 = dz[1:2]
        dh_1 = dh[0:1]
        dc_1 = dc[0:1]
        dz_1 = dz[0:1]
        dx, dh0, dc0, dWx, dWh, db = entries(gradients)
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
                "c_1": [[["0.5493061"]]],
                "h_1": [[["0.25"]]],
                "c_2": [[["0.5493061"]]],
                "h_2": [[["0.25"]]],
                "dh_2": [[["8"]]],
                "dc_2": [[["3"]]],
                "dz_2": [[["0.4119796", "0.4119796", "1.047394", "1"]]],
                "dh_1": [[["8"]]],
                "dc_1": [[["4.5"]]],
                "dz_1": [[["0.6179694", "0.6179694", "1.571091", "1"]]],
                "dx": [[["1"]], [["1"]]],
                "dh0": [["4"]],
                "dc0": [["2.25"]],
                "dWx": [["1.029949"], ["1.029949"], ["2.618485"], ["2"]],
                "dWh": [["0.2574873"], ["0.2574873"], ["0.6546213"], ["0.5"]],
                "db": ["1.029949", "1.029949", "2.618485", "2"],
            },
        ),
    ],
)
from dataclasses import replace


def from_empty_cells(draw, **sizes):
    # There is no c0 in this interface. The cell of the step that is tried alone is h0 once more.
    values = inputs(draw, **sizes)
    return {**values, "c0": 0 * values["c0"]}


def from_an_empty_cell(draw):
    # The other course's second step is the second one here. The first begins without a cell: its input gate is 3/4 open, and
    # its candidate 4/3 a, so that the cell is a = artanh(1/2) all the same. The output gate is half open in both.
    a = math.atanh(0.5)
    candidate = math.atanh(4 * a / 3)
    return {
        "x": torch.tensor([[[1]], [[0]]], dtype=torch.float64),
        "h0": torch.tensor([[0.25]], dtype=torch.float64),
        "c0": torch.zeros(1, 1, dtype=torch.float64),
        "Wx": torch.tensor([[math.log(3)], [0], [candidate - math.atanh(a)], [0]], dtype=torch.float64),
        "Wh": torch.tensor([[0], [0], [0], [4]], dtype=torch.float64),
        "b": torch.tensor([0, 0, math.atanh(a), -1], dtype=torch.float64),
        "upstream": torch.tensor([[[4]], [[8]]], dtype=torch.float64),
    }


def outputs(trace, x, h0, Wx, Wh, b):
    i, f, g, _ = F.linear(x[0], Wx, b).add(F.linear(h0, Wh)).chunk(4, dim=-1)
    return {"next_c": torch.addcmul(torch.sigmoid(f) * h0, torch.sigmoid(i), torch.tanh(g))}


EXERCISE = replace(
    EXERCISE,
    order=13,
    builds_on=("vanilla_rnn",),
    arrays="numpy",
    also=("rnn_layers.py", "cs231n/rnn_layers.py", "layers.py", "cs231n/layers.py"),
    points={
        "next_c": 1,
        "h_1": 0.5,
        "h_2": 0.5,
        "dx": 2,
        "dh0": 1.5,
        "dWx": 1.5,
        "dWh": 2,
        "db": 1,
    },
    inputs=from_empty_cells,
    outputs=outputs,
    # The last two of the four blocks change places, on the way there and on the way back.
    calls="""
        blocks = [0, 1, 3, 2]
        wx = Wx.reshape(4, -1, Wx.shape[1])[blocks].reshape(Wx.shape).T
        wh = Wh.reshape(4, -1, Wh.shape[1])[blocks].reshape(Wh.shape).T
        bias = b.reshape(4, -1)[blocks].reshape(-1)
        next_c = lstm_step_forward(x[0], h0, h0, wx, wh, bias)[1]
        states, cache = lstm_forward(x.swapaxes(0, 1), h0, wx, wh, bias)
        out = states.swapaxes(0, 1)
        h_1 = out[0:1]
        h_2 = out[1:2]
        dinputs, dh0, dwx, dwh, dbias = lstm_backward(upstream.swapaxes(0, 1), cache)
        dx = dinputs.swapaxes(0, 1)
        dWx = dwx.T.reshape(4, -1, Wx.shape[1])[blocks].reshape(Wx.shape)
        dWh = dwh.T.reshape(4, -1, Wh.shape[1])[blocks].reshape(Wh.shape)
        db = dbias.reshape(4, -1)[blocks].reshape(-1)
    """,
    public=[
        *(case for case in EXERCISE.public if case.inputs is None),
        Case(
            "two steps on paper",
            inputs=from_an_empty_cell,
            known={
                "next_c": [["0.6743061"]],
                "h_1": [[["0.25"]]],
                "h_2": [[["0.25"]]],
                "dx": [[["1.174121"]], [["0.7841223"]]],
                "dh0": [["4"]],
                "dWx": [["0.6179694"], ["0"], ["1.564577"], ["1"]],
                "dWh": [["0.2574873"], ["0.1029949"], ["0.6529927"], ["0.5"]],
                "db": ["1.029949", "0.4119796", "2.611971", "2"],
            },
        ),
    ],
)
