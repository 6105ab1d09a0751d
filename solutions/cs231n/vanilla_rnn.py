"""A recurrent network with tanh in NumPy: one step, and all steps, with the examples first.

The conventions are those of Stanford's CS231n. All steps share Wx, Wh and b; h_0 is the state before the first of them:

    h_t = tanh(x_t Wx + h_(t-1) Wh + b)        for t = 1 ... T

Shapes: one step has x (N, D), prev_h and next_h (N, H), Wx (D, H), Wh (H, H), b (H,): parameters have one column for each unit.
Through time x is (N, T, D) and h (N, T, H): the examples first, so that x[:, t - 1] is x_t, and h[:, t - 1] is h_t; h0 is
(N, H), and not in h. T, N, D and H may be 1.

`dh` (N, T, H) is the upstream gradient: what each state does to the loss by its own output, and nothing else. What a state
does by way of the next step is for you to add. Gradients of parameters are sums over steps and examples. Nothing that is given
may be changed in place.

Write the two functions of the step first; those through time are loops around them. Graded is what `rnn_forward` and
`rnn_backward` give, under the names of `sequences/rnn`: the states `h_1` to `h_5`, `dx` with the axes (T, N, D), `dh0`, and, with
one row for each unit, `dW` for dWx and `dU` for dWh; `db`.

Sources: Rumelhart, Hinton and Williams, 'Learning internal representations by error propagation' (1985); Goodfellow, Bengio
and Courville, 'Deep Learning' (2016), section 10.2.2.
"""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """Return (next_h, cache): the state after one step, (N, H)."""
    ### BEGIN SOLUTION
    next_h = np.tanh(np.dot(x, Wx) + np.dot(prev_h, Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)
    ### END SOLUTION


def rnn_step_backward(dnext_h, cache):
    """Return (dx, dprev_h, dWx, dWh, db) of one step; dnext_h (N, H) is the whole gradient of its state."""
    ### BEGIN SOLUTION
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    return np.dot(dz, Wx.T), np.dot(dz, Wh.T), np.dot(x.T, dz), np.dot(prev_h.T, dz), np.sum(dz, axis=0)
    ### END SOLUTION


def rnn_forward(x, h0, Wx, Wh, b):
    """Return (h, cache): all states after h0, (N, T, H)."""
    ### BEGIN SOLUTION
    last, states, cache = h0, [], []
    for t in range(x.shape[1]):
        last, step = rnn_step_forward(x[:, t], last, Wx, Wh, b)
        states.append(last)
        cache.append(step)
    return np.stack(states, axis=1), cache
    ### END SOLUTION


def rnn_backward(dh, cache):
    """Return (dx, dh0, dWx, dWh, db), with dx (N, T, D)."""
    ### BEGIN SOLUTION
    carried, inputs, parameters = 0, [], []
    for t in reversed(range(dh.shape[1])):
        dx, carried, *shares = rnn_step_backward(dh[:, t] + carried, cache[t])
        inputs.insert(0, dx)
        parameters.append(shares)
    dWx, dWh, db = (sum(shares) for shares in zip(*parameters, strict=True))
    return np.stack(inputs, axis=1), carried, dWx, dWh, db
    ### END SOLUTION


### BEGIN GRADING
### GRADING OF sequences/rnn
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
