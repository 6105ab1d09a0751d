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
    raise NotImplementedError("gru: gru_step is not written yet")


def gru_step_backward(upstream, cache):
    """Return one step's gradients:

    {"dgx": (N, 3 H), "dgh": (N, 3 H), "dx": (N, D), "dh": (N, H), "dWx": (3 H, D), "dWh": (3 H, H), "dbx": (3 H,),
     "dbh": (3 H,)}

    `upstream` (N, H) is here the whole gradient of the state after the step; dh is that of the state before it.
    """
    raise NotImplementedError("gru: gru_step_backward is not written yet")


def gru(x, h0, Wx, Wh, bx, bh):
    """Return (out, cache): all states after h0, (T, N, H), and what `gru_backward` needs."""
    raise NotImplementedError("gru: gru is not written yet")


def gru_backward(upstream, cache):
    """Return all gradients. Work from the last step back to the first; entry t - 1 of dh belongs to step t, as that of h does:

    {"dh": (T, N, H), "dgx": (T, N, 3 H), "dgh": (T, N, 3 H), "dx": (T, N, D), "dh0": (N, H), "dWx": (3 H, D),
     "dWh": (3 H, H), "dbx": (3 H,), "dbh": (3 H,)}
    """
    raise NotImplementedError("gru: gru_backward is not written yet")
