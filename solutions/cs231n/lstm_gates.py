"""Long short-term memory in NumPy: the gates side by side as input, forget, output and candidate.

The conventions are those of Stanford's CS231n. One step takes the state and the cell of the step before; a holds four blocks
of H numbers side by side, in this order (PyTorch has the last two the other way round):

    a = x Wx + prev_h Wh + b         a = [a_i, a_f, a_o, a_g]
    i = sigmoid(a_i)    f = sigmoid(a_f)    o = sigmoid(a_o)    g = tanh(a_g)
    next_c = f · prev_c + i · g
    next_h = o · tanh(next_c)

Shapes: one step has x (N, D), prev_h, prev_c, next_h and next_c (N, H), Wx (D, 4 H), Wh (H, 4 H), b (4 H,). Through time x is
(N, T, D) and h (N, T, H), the examples first; h0 is (N, H), and the cell before the first step is 0. T, N, D and H may be 1.

`dh` (N, T, H) is the upstream gradient of the states h: what each does to the loss by its own output, and nothing else. What a
state and a cell do by way of the next step is for you to add; the cells have no output of their own. Gradients of parameters
are sums over steps and examples. Nothing that is given may be changed in place.

Graded is what `lstm_forward` and `lstm_backward` give, under the names and in the order of `sequences/lstm`: the states `h_1` and
`h_2`, `dx` (T, N, D), `dh0`, and, with one row for each number of a and with PyTorch's order of the blocks, `dWx`, `dWh`, `db`;
and of one step of `lstm_step_forward`, from a cell that is not 0, the cell `next_c`.

Sources: Hochreiter and Schmidhuber, 'Long short-term memory' (1997); Gers, Schmidhuber and Cummins, 'Learning to forget'
(2000), for the forget gate.
"""

import numpy as np


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """Return (next_h, next_c, cache): the state and the cell after one step, each (N, H)."""
    ### BEGIN SOLUTION
    a = np.dot(x, Wx) + np.dot(prev_h, Wh) + b
    a_i, a_f, a_o, a_g = np.split(a, 4, axis=1)
    i, f, o, g = 1 / (1 + np.exp(-a_i)), 1 / (1 + np.exp(-a_f)), 1 / (1 + np.exp(-a_o)), np.tanh(a_g)
    next_c = f * prev_c + i * g
    squashed = np.tanh(next_c)
    return o * squashed, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, squashed)
    ### END SOLUTION


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Return (dx, dprev_h, dprev_c, dWx, dWh, db) of one step.

    dnext_h is the whole gradient of its state; dnext_c is what its cell has from the next step, not by way of the state.
    """
    ### BEGIN SOLUTION
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, squashed = cache
    dc = dnext_c + dnext_h * o * (1 - squashed**2)
    da_i = dc * g * i * (1 - i)
    da_f = dc * prev_c * f * (1 - f)
    da_o = dnext_h * squashed * o * (1 - o)
    da_g = dc * i * (1 - g**2)
    da = np.concatenate([da_i, da_f, da_o, da_g], axis=1)
    return np.dot(da, Wx.T), np.dot(da, Wh.T), dc * f, np.dot(x.T, da), np.dot(prev_h.T, da), np.sum(da, axis=0)
    ### END SOLUTION


def lstm_forward(x, h0, Wx, Wh, b):
    """Return (h, cache): all states after h0, (N, T, H)."""
    ### BEGIN SOLUTION
    last, cell, states, cache = h0, np.zeros(h0.shape), [], []
    for t in range(x.shape[1]):
        last, cell, step = lstm_step_forward(x[:, t], last, cell, Wx, Wh, b)
        states.append(last)
        cache.append(step)
    return np.stack(states, axis=1), cache
    ### END SOLUTION


def lstm_backward(dh, cache):
    """Return (dx, dh0, dWx, dWh, db), with dx (N, T, D)."""
    ### BEGIN SOLUTION
    carried, dcell, inputs, parameters = 0, 0, [], []
    for t in reversed(range(dh.shape[1])):
        dx, carried, dcell, *shares = lstm_step_backward(dh[:, t] + carried, dcell, cache[t])
        inputs.insert(0, dx)
        parameters.append(shares)
    dWx, dWh, db = (sum(shares) for shares in zip(*parameters, strict=True))
    return np.stack(inputs, axis=1), carried, dWx, dWh, db
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF sequences/lstm
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
