"""The gradients of the pre-activations first, then all sums at once; the sigmoid by the tanh."""

import numpy as np


def sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    i, f, o, g = np.einsum("nhk->khn", (x @ Wx + prev_h @ Wh + b).reshape(len(x), 4, -1).swapaxes(1, 2)).swapaxes(1, 2)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    next_c = f * prev_c + i * g
    return o * np.tanh(next_c), next_c, (prev_c, i, f, o, g, next_c)


def lstm_forward(x, h0, Wx, Wh, b):
    h, c, gates = [h0], 0 * h0, []
    for t in range(x.shape[1]):
        next_h, c, step = lstm_step_forward(x[:, t], h[-1], c, Wx, Wh, b)
        h.append(next_h)
        gates.append(step)
    h = np.stack(h, axis=1)
    return h[:, 1:], (x, h, Wx, Wh, gates)


def lstm_backward(dh, cache):
    x, h, Wx, Wh, gates = cache
    back, dc, da = 0 * h[:, 0], 0 * h[:, 0], []
    for t in reversed(range(x.shape[1])):
        c, i, f, o, g, next_c = gates[t]
        whole = dh[:, t] + back
        dc = dc + whole * o / np.cosh(next_c) ** 2
        squashed = np.tanh(next_c)
        blocks = dc * g * i * (1 - i), dc * c * f * (1 - f), whole * squashed * o * (1 - o), dc * i * (1 - g**2)
        da.append(np.concatenate(blocks, axis=1))
        back, dc = da[-1] @ Wh.T, dc * f
    da = np.stack(da[::-1], axis=1)
    dWh = np.einsum("nth,ntk->hk", h[:, :-1], da)
    return da @ Wx.T, back, np.einsum("ntd,ntk->dk", x, da), dWh, da.sum(axis=(0, 1))
