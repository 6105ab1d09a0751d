"""The blocks apart, one after the other as on paper; x is multiplied with its weights for all steps at once."""

import torch


def gru(x, h0, Wx, Wh, bx, bh):
    gx = torch.einsum("tnd,zd->tnz", x, Wx) + bx
    steps, h = [], h0
    for x_r, x_u, x_n in zip(*gx.chunk(3, dim=2)):
        U_r, U_u, U_n = Wh.chunk(3)
        b_r, b_u, b_n = bh.chunk(3)
        r = 1 / (1 + torch.exp(-(x_r + h @ U_r.T + b_r)))
        u = 1 / (1 + torch.exp(-(x_u + h @ U_u.T + b_u)))
        inner = h @ U_n.T + b_n
        n = torch.tanh(x_n + r * inner)
        steps.append((h, r, u, n, inner))
        h = (1 - u) * n + u * h
    states = torch.stack([step[0] for step in steps[1:]] + [h])
    return states, (x, Wx, Wh, steps)


def gru_backward(upstream, cache):
    x, Wx, Wh, steps = cache
    U_r, U_u, U_n = Wh.chunk(3)
    dh, dgx, dgh, way_back = [], [], [], torch.zeros_like(upstream[0])
    for slope, (h, r, u, n, inner) in zip(reversed(upstream), reversed(steps)):
        dh.append(slope + way_back)
        before_tanh = dh[-1] * (1 - u) * (1 - n * n)
        before_u = dh[-1] * h * u * (1 - u) - dh[-1] * n * u * (1 - u)
        before_r = before_tanh * inner * r * (1 - r)
        way_back = dh[-1] * u + before_r @ U_r + before_u @ U_u + (before_tanh * r) @ U_n
        dgx.append(torch.cat((before_r, before_u, before_tanh), 1))
        dgh.append(torch.cat((before_r, before_u, before_tanh * r), 1))
    dh, dgx, dgh = (torch.stack(one[::-1]) for one in (dh, dgx, dgh))
    return {
        "dh": dh,
        "dgx": dgx,
        "dgh": dgh,
        "dx": dgx @ Wx,
        "dh0": way_back,
        "dWx": torch.einsum("tnz,tnd->zd", dgx, x),
        "dWh": torch.einsum("tnz,tnh->zh", dgh, torch.stack([step[0] for step in steps])),
        "dbx": dgx.sum((0, 1)),
        "dbh": dgh.sum((0, 1)),
    }
