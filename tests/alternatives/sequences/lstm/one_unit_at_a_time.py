"""Unit by unit: each number of the state has its own four rows of the weights."""

import torch


def lstm(x, h0, c0, Wx, Wh, b):
    T, H = len(x), h0.shape[1]
    h, c = [h0], [c0]
    gates = torch.zeros(T, 4, *h0.shape, dtype=x.dtype)
    for t in range(T):
        new_h, new_c = torch.zeros_like(h0), torch.zeros_like(c0)
        for k in range(H):
            for gate in range(4):
                row = gate * H + k
                z = x[t] @ Wx[row] + h[-1] @ Wh[row] + b[row]
                gates[t, gate, :, k] = torch.tanh(z) if gate == 2 else 1 / (1 + torch.exp(-z))
            i, f, g, o = gates[t, :, :, k]
            new_c[:, k] = f * c[-1][:, k] + i * g
            new_h[:, k] = o * torch.tanh(new_c[:, k])
        h.append(new_h)
        c.append(new_c)
    h, c = torch.stack(h), torch.stack(c)
    return h[1:], c[1:], (x, h, c, gates, Wx, Wh)


def lstm_backward(upstream, cache):
    x, h, c, gates, Wx, Wh = cache
    T, N, H = upstream.shape
    dh, dc = upstream.clone(), torch.zeros_like(upstream)
    dz = torch.zeros(T, N, 4 * H, dtype=x.dtype)
    dh0, dc0 = torch.zeros_like(h[0]), torch.zeros_like(c[0])
    for t in range(T - 1, -1, -1):
        earlier_h, earlier_c = (dh[t - 1], dc[t - 1]) if t else (dh0, dc0)
        i, f, g, o = gates[t]
        for k in range(H):
            squashed = torch.tanh(c[t + 1][:, k])
            dc[t, :, k] += dh[t, :, k] * o[:, k] * (1 - squashed**2)
            for gate, (slope, factor) in enumerate(
                [
                    (i * (1 - i), dc[t, :, k] * g[:, k]),
                    (f * (1 - f), dc[t, :, k] * c[t][:, k]),
                    (1 - g * g, dc[t, :, k] * i[:, k]),
                    (o * (1 - o), dh[t, :, k] * squashed),
                ]
            ):
                dz[t, :, gate * H + k] = factor * slope[:, k]
            earlier_c[:, k] += dc[t, :, k] * f[:, k]
        earlier_h += torch.einsum("nz,zh->nh", dz[t], Wh)
    return {
        "dh": dh,
        "dc": dc,
        "dz": dz,
        "dx": torch.einsum("tnz,zd->tnd", dz, Wx),
        "dh0": dh0,
        "dc0": dc0,
        "dWx": torch.einsum("tnz,tnd->zd", dz, x),
        "dWh": torch.einsum("tnz,tnh->zh", dz, h[:-1]),
        "db": torch.einsum("tnz->z", dz),
    }
