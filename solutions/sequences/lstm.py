"""Long short-term memory: a recurrent network with a second state, the cell, that gates open and close.

One step takes the state h and the cell c of the step before. z holds four blocks of H numbers side by side, for the input
gate, the forget gate, the candidate and the output gate, in this order (as in `torch.nn.LSTM`):

    z = x Wxᵀ + h Whᵀ + b         z = [z_i, z_f, z_g, z_o]
    i = sigmoid(z_i)    f = sigmoid(z_f)    g = tanh(z_g)    o = sigmoid(z_o)
    next_c = f * c + i * g
    next_h = o * tanh(next_c)

Shapes: one step has x (N, D), h and c (N, H), z (N, 4 H), Wx (4 H, D), Wh (4 H, H) and one bias b (4 H,). Through time, x
is (T, N, D), h0 and c0 (N, H), and the same parameters serve in all steps. T may be 1, and N, D and H may be.

`upstream` (T, N, H) is the gradient of the loss with respect to the states h_1 ... h_T that are the network's output. The
cells have no output of their own. Asked for are, for every step t, the whole gradients of what that step computes, each by
all ways to the loss together:

    dh_t    by the output (upstream_t) and by z of step t + 1
    dc_t    by h_t and by the cell of step t + 1
    dz_t    all four blocks, of the pre-activations: the gradients before sigmoid and tanh

and those of x, h0, c0 and the parameters. Nothing is averaged. `upstream`, the cache and the inputs stay as they are.
Graded is what `lstm` and `lstm_backward` give, step by step: h_1 and c_1 are the first step's, dz_2 is the second's.

Sources: Hochreiter and Schmidhuber, 'Long short-term memory' (1997); Gers, Schmidhuber and Cummins, 'Learning to forget'
(2000), for the forget gate; the documentation of `torch.nn.LSTM`, which has two biases where one is enough.
"""

import torch


def lstm_step(x, h, c, Wx, Wh, b):
    """Return (next_h, next_c, cache): the state and the cell after one step, each (N, H), and what its backward needs."""
    ### BEGIN SOLUTION
    z = x @ Wx.T + h @ Wh.T + b
    blocks = z.unflatten(1, (4, -1))
    i, f = torch.sigmoid(blocks[:, 0]), torch.sigmoid(blocks[:, 1])
    g, o = torch.tanh(blocks[:, 2]), torch.sigmoid(blocks[:, 3])
    next_c = f * c + i * g
    squashed = torch.tanh(next_c)
    return o * squashed, next_c, (x, h, c, Wx, Wh, i, f, g, o, squashed)
    ### END SOLUTION


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Return one step's gradients:

    {"dnext_c": (N, H), "dz": (N, 4 H), "dx": (N, D), "dh": (N, H), "dc": (N, H), "dWx": (4 H, D), "dWh": (4 H, H),
     "db": (4 H,)}

    Given are dnext_h (N, H), the whole gradient of the state after the step, and dnext_c (N, H), what comes back to the cell
    after the step from the next one. By way of next_h the cell has more: the returned "dnext_c" is the sum of both.
    """
    ### BEGIN SOLUTION
    x, h, c, Wx, Wh, i, f, g, o, squashed = cache
    total = dnext_c + dnext_h * o * (1 - squashed**2)
    dz_i = total * g * i * (1 - i)
    dz_f = total * c * f * (1 - f)
    dz_g = total * i * (1 - g**2)
    dz_o = dnext_h * squashed * o * (1 - o)
    dz = torch.cat([dz_i, dz_f, dz_g, dz_o], dim=1)
    return {
        "dnext_c": total,
        "dz": dz,
        "dx": dz @ Wx,
        "dh": dz @ Wh,
        "dc": total * f,
        "dWx": dz.T @ x,
        "dWh": dz.T @ h,
        "db": dz.sum(dim=0),
    }
    ### END SOLUTION


def lstm(x, h0, c0, Wx, Wh, b):
    """Return (out, cells, cache): all states and all cells after the first ones, each (T, N, H)."""
    ### BEGIN SOLUTION
    h, c = h0, c0
    out, cells, cache = [], [], []
    for x_t in x:
        h, c, step = lstm_step(x_t, h, c, Wx, Wh, b)
        out.append(h)
        cells.append(c)
        cache.append(step)
    return torch.stack(out), torch.stack(cells), cache
    ### END SOLUTION


def lstm_backward(upstream, cache):
    """Return all gradients. Work from the last step back to the first; entry t - 1 of dh belongs to step t, as that of h does:

    {"dh": (T, N, H), "dc": (T, N, H), "dz": (T, N, 4 H), "dx": (T, N, D), "dh0": (N, H), "dc0": (N, H),
     "dWx": (4 H, D), "dWh": (4 H, H), "db": (4 H,)}
    """
    ### BEGIN SOLUTION
    found = {"dh": [], "dc": [], "dz": [], "dx": []}
    totals = {"dWx": 0, "dWh": 0, "db": 0}
    dh, dc = 0, 0
    for t in reversed(range(len(cache))):
        whole = upstream[t] + dh
        step = lstm_step_backward(whole, dc, cache[t])
        dh, dc = step["dh"], step["dc"]
        found["dh"].insert(0, whole)
        found["dc"].insert(0, step["dnext_c"])
        found["dz"].insert(0, step["dz"])
        found["dx"].insert(0, step["dx"])
        for name in totals:
            totals[name] += step[name]
    return {**{name: torch.stack(steps) for name, steps in found.items()}, "dh0": dh, "dc0": dc, **totals}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("only the last state is used", T=2, N=between(3, 4), D=between(4, 5), H=between(3, 4), last=True),
        Case("one step of one example", tier="edge", T=1, N=1, D=between(3, 4), H=2),
        Case("one number in, one unit", tier="edge", T=2, N=between(3, 5), D=1, H=1),
    ],
    ### END HIDDEN TESTS
)
