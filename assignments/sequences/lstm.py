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
    raise NotImplementedError("lstm: lstm_step is not written yet")


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Return one step's gradients:

    {"dnext_c": (N, H), "dz": (N, 4 H), "dx": (N, D), "dh": (N, H), "dc": (N, H), "dWx": (4 H, D), "dWh": (4 H, H),
     "db": (4 H,)}

    Given are dnext_h (N, H), the whole gradient of the state after the step, and dnext_c (N, H), what comes back to the cell
    after the step from the next one. By way of next_h the cell has more: the returned "dnext_c" is the sum of both.
    """
    raise NotImplementedError("lstm: lstm_step_backward is not written yet")


def lstm(x, h0, c0, Wx, Wh, b):
    """Return (out, cells, cache): all states and all cells after the first ones, each (T, N, H)."""
    raise NotImplementedError("lstm: lstm is not written yet")


def lstm_backward(upstream, cache):
    """Return all gradients. Work from the last step back to the first; entry t - 1 of dh belongs to step t, as that of h does:

    {"dh": (T, N, H), "dc": (T, N, H), "dz": (T, N, 4 H), "dx": (T, N, D), "dh0": (N, H), "dc0": (N, H),
     "dWx": (4 H, D), "dWh": (4 H, H), "db": (4 H,)}
    """
    raise NotImplementedError("lstm: lstm_backward is not written yet")
