"""The gated recurrent unit: two gates, and no cell beside the state.

One step computes three blocks of H numbers from x and three from h, for the reset gate, the update gate and the candidate,
in this order (as in `torch.nn.GRU`):

    gx = x Wxᵀ + bx        gx = [x_r, x_u, x_n]
    gh = h Whᵀ + bh        gh = [h_r, h_u, h_n]
    r = sigmoid(x_r + h_r)    u = sigmoid(x_u + h_u)    n = tanh(x_n + r * h_n)
    next_h = (1 - u) * n + u * h

Two conventions, both those of `torch.nn.GRU`. The reset gate works *after* the product, on h_n, which has the bias in it;
in the original paper it works on h before the product with the weight. And u keeps the old state: u = 1 changes nothing.
That is why there are two biases: bh's last block goes through the gate, bx's does not.

Shapes: one step has x (N, D), h (N, H), gx and gh (N, 3 H), Wx (3 H, D), Wh (3 H, H), bx and bh (3 H,). Through time, x
is (T, N, D), h0 (N, H), and the same parameters serve in all steps. T may be 1, and N, D and H may be.

`upstream` (T, N, H) is the gradient of the loss with respect to the output, the states h_1 ... h_T. Asked for are, for
every step t, the whole gradients of what that step computes, each by all ways to the loss together:

    dh_t             by the output (upstream_t) and by all that step t + 1 does with h_t
    dgx_t, dgh_t     all three blocks

and those of x, h0 and the parameters. Nothing is averaged. `upstream`, the cache and the inputs stay as they are.
Graded is what `gru` and `gru_backward` give, step by step: h_1 is the first step's state, dgx_2 is of the second step.

Sources: Cho et al., 'Learning phrase representations using RNN encoder-decoder' (2014); the documentation of
`torch.nn.GRU`.
"""

import torch


def gru_step(x, h, Wx, Wh, bx, bh):
    """Return (next_h, cache): the state after one step, (N, H), and what `gru_step_backward` needs."""
    ### BEGIN SOLUTION
    gx = (x @ Wx.T + bx).unflatten(1, (3, -1))
    gh = (h @ Wh.T + bh).unflatten(1, (3, -1))
    r = torch.sigmoid(gx[:, 0] + gh[:, 0])
    u = torch.sigmoid(gx[:, 1] + gh[:, 1])
    gated = gh[:, 2]
    n = torch.tanh(gx[:, 2] + r * gated)
    return n + u * (h - n), (x, h, Wx, Wh, r, u, n, gated)
    ### END SOLUTION


def gru_step_backward(upstream, cache):
    """Return one step's gradients:

    {"dgx": (N, 3 H), "dgh": (N, 3 H), "dx": (N, D), "dh": (N, H), "dWx": (3 H, D), "dWh": (3 H, H), "dbx": (3 H,),
     "dbh": (3 H,)}

    `upstream` (N, H) is here the whole gradient of the state after the step; dh is that of the state before it.
    """
    ### BEGIN SOLUTION
    x, h, Wx, Wh, r, u, n, gated = cache
    d_n = upstream * (1 - u) * (1 - n**2)
    d_u = upstream * (h - n) * u * (1 - u)
    d_r = d_n * gated * r * (1 - r)
    dgx = torch.cat([d_r, d_u, d_n], dim=1)
    dgh = torch.cat([d_r, d_u, d_n * r], dim=1)
    return {
        "dgx": dgx,
        "dgh": dgh,
        "dx": dgx @ Wx,
        "dh": dgh @ Wh + upstream * u,
        "dWx": dgx.T @ x,
        "dWh": dgh.T @ h,
        "dbx": dgx.sum(dim=0),
        "dbh": dgh.sum(dim=0),
    }
    ### END SOLUTION


def gru(x, h0, Wx, Wh, bx, bh):
    """Return (out, cache): all states after h0, (T, N, H), and what `gru_backward` needs."""
    ### BEGIN SOLUTION
    h, out, cache = h0, [], []
    for x_t in x:
        h, step = gru_step(x_t, h, Wx, Wh, bx, bh)
        out.append(h)
        cache.append(step)
    return torch.stack(out), cache
    ### END SOLUTION


def gru_backward(upstream, cache):
    """Return all gradients. Work from the last step back to the first; entry t - 1 of dh belongs to step t, as that of h does:

    {"dh": (T, N, H), "dgx": (T, N, 3 H), "dgh": (T, N, 3 H), "dx": (T, N, D), "dh0": (N, H), "dWx": (3 H, D),
     "dWh": (3 H, H), "dbx": (3 H,), "dbh": (3 H,)}
    """
    ### BEGIN SOLUTION
    found = {"dh": [], "dgx": [], "dgh": [], "dx": []}
    totals = {"dWx": 0, "dWh": 0, "dbx": 0, "dbh": 0}
    carried = 0
    for t in reversed(range(len(cache))):
        whole = upstream[t] + carried
        step = gru_step_backward(whole, cache[t])
        carried = step["dh"]
        for name, value in {**step, "dh": whole}.items():
            if name in found:
                found[name].insert(0, value)
            else:
                totals[name] += value
    return {**{name: torch.stack(steps) for name, steps in found.items()}, "dh0": carried, **totals}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("only the last state is used", T=2, N=between(3, 4), D=between(4, 5), H=between(3, 4), last=True),
        Case("one step of one example", tier="edge", T=1, N=1, D=between(3, 4), H=2),
        Case("one number in, one unit", tier="edge", T=2, N=between(3, 5), D=1, H=1),
    ],
    ### END HIDDEN TESTS
)
