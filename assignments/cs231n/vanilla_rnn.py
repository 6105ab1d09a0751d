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
    raise NotImplementedError("vanilla_rnn: rnn_step_forward is not written yet")


def rnn_step_backward(dnext_h, cache):
    """Return (dx, dprev_h, dWx, dWh, db) of one step; dnext_h (N, H) is the whole gradient of its state."""
    raise NotImplementedError("vanilla_rnn: rnn_step_backward is not written yet")


def rnn_forward(x, h0, Wx, Wh, b):
    """Return (h, cache): all states after h0, (N, T, H)."""
    raise NotImplementedError("vanilla_rnn: rnn_forward is not written yet")


def rnn_backward(dh, cache):
    """Return (dx, dh0, dWx, dWh, db), with dx (N, T, D)."""
    raise NotImplementedError("vanilla_rnn: rnn_backward is not written yet")
