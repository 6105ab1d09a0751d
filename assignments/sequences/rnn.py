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
    raise NotImplementedError("rnn: rnn_step is not written yet")


def rnn_step_backward(upstream, cache):
    """Return {"dx": (N, D), "dh": (N, H), "dW": (H, D), "dU": (H, H), "db": (H,)} of one step.

    `upstream` (N, H) is here the whole gradient of the state after the step; dh is that of the state before it.
    """
    raise NotImplementedError("rnn: rnn_step_backward is not written yet")


def rnn(x, h0, W, U, b):
    """Return (out, cache): all states after h0, (T, N, H), and what `rnn_backward` needs."""
    raise NotImplementedError("rnn: rnn is not written yet")


def rnn_backward(upstream, cache):
    """Return {"dh": (T, N, H), "dx": (T, N, D), "dh0": (N, H), "dW": (H, D), "dU": (H, H), "db": (H,)}.

    Work from the last step back to the first. What you return is in the order of time: dh[t - 1] belongs to h_t.
    """
    raise NotImplementedError("rnn: rnn_backward is not written yet")
