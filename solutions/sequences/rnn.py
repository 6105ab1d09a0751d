"""A recurrent network with tanh: one step, and the same step again and again through time.

The state h goes from step to step; all steps share the parameters W, U and b. From the state before the first step, h0:

    h_t = tanh(x_t Wᵀ + h_(t-1) Uᵀ + b)        for t = 1 ... T

Shapes: x (T, N, D), time first, so that x[t - 1] is x_t, (N, D); every h_t and h0 (N, H); W (H, D), U (H, H), b (H,).
`out` (T, N, H) has h_1 ... h_T. T may be 1, and N, D and H may be.

`upstream` (T, N, H) is the gradient of the loss with respect to `out`: what each state does to the loss by its own output.
Often only the last state is used; then all but the last entry of `upstream` are 0. But a state also does something to the
loss by way of the next step. `dh` (T, N, H) has for each h_t the whole gradient, by both ways together:

    dh_T = upstream_T                    dh_t = upstream_t + (what comes back from step t + 1)        for t < T

Parameters are used in every step and get a gradient from each of them: added, not averaged, over steps and examples.
`upstream`, the cache and the inputs stay as they are.

Write the step first: a network of one step is nothing else, and the network through time is a loop around it. Graded is
what `rnn` and `rnn_backward` give; of `out` and `dh` each step is a part of its own, h_1 to h_5 and dh_5 to dh_1.

Sources: Rumelhart, Hinton and Williams, 'Learning internal representations by error propagation' (1985), section
'Recurrent nets'; Goodfellow, Bengio and Courville, 'Deep Learning' (2016), section 10.2.2.
"""

import torch


def rnn_step(x, h, W, U, b):
    """Return (next_h, cache): the state after one step, (N, H), from x (N, D) and the state before it, h (N, H)."""
    ### BEGIN SOLUTION
    next_h = torch.tanh(x @ W.T + h @ U.T + b)
    return next_h, (x, h, W, U, next_h)
    ### END SOLUTION


def rnn_step_backward(upstream, cache):
    """Return {"dx": (N, D), "dh": (N, H), "dW": (H, D), "dU": (H, H), "db": (H,)} of one step.

    `upstream` (N, H) is here the whole gradient of the state after the step; dh is that of the state before it.
    """
    ### BEGIN SOLUTION
    x, h, W, U, next_h = cache
    dz = upstream * (1 - next_h**2)
    return {"dx": dz @ W, "dh": dz @ U, "dW": dz.T @ x, "dU": dz.T @ h, "db": dz.sum(dim=0)}
    ### END SOLUTION


def rnn(x, h0, W, U, b):
    """Return (out, cache): all states after h0, (T, N, H), and what `rnn_backward` needs."""
    ### BEGIN SOLUTION
    h, out, cache = h0, [], []
    for x_t in x:
        h, step = rnn_step(x_t, h, W, U, b)
        out.append(h)
        cache.append(step)
    return torch.stack(out), cache
    ### END SOLUTION


def rnn_backward(upstream, cache):
    """Return {"dh": (T, N, H), "dx": (T, N, D), "dh0": (N, H), "dW": (H, D), "dU": (H, H), "db": (H,)}.

    Work from the last step back to the first. What you return is in the order of time: dh[t - 1] belongs to h_t.
    """
    ### BEGIN SOLUTION
    dh, dx = torch.empty_like(upstream), []
    totals = {"dW": 0, "dU": 0, "db": 0}
    carried = 0
    for t in reversed(range(len(cache))):
        dh[t] = upstream[t] + carried
        step = rnn_step_backward(dh[t], cache[t])
        carried = step["dh"]
        dx.insert(0, step["dx"])
        for name in totals:
            totals[name] += step[name]
    return {"dh": dh, "dx": torch.stack(dx), "dh0": carried, **totals}
    ### END SOLUTION


### BEGIN GRADING
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
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("only the last state is used", T=5, N=between(2, 3), D=between(4, 6), H=between(3, 4), last=True),
        Case("four steps", T=4, N=between(5, 6), D=3, H=between(2, 5), zeros=("h_5", "dh_5")),
        Case("one step of one example", tier="edge", T=1, N=1, D=3, H=between(4, 5)),
        Case("one number in, one unit", tier="edge", T=3, N=between(4, 6), D=1, H=1),
    ],
    ### END HIDDEN TESTS
)
