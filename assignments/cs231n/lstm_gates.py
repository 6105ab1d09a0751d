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
    raise NotImplementedError("lstm_gates: lstm_step_forward is not written yet")


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Return (dx, dprev_h, dprev_c, dWx, dWh, db) of one step.

    dnext_h is the whole gradient of its state; dnext_c is what its cell has from the next step, not by way of the state.
    """
    raise NotImplementedError("lstm_gates: lstm_step_backward is not written yet")


def lstm_forward(x, h0, Wx, Wh, b):
    """Return (h, cache): all states after h0, (N, T, H)."""
    raise NotImplementedError("lstm_gates: lstm_forward is not written yet")


def lstm_backward(dh, cache):
    """Return (dx, dh0, dWx, dWh, db), with dx (N, T, D)."""
    raise NotImplementedError("lstm_gates: lstm_backward is not written yet")
