import torch


def lstm_step(x, h, c, Wx, Wh, b):
    x, h, c, Wx, Wh = x.float(), h.float(), c.float(), Wx.float(), Wh.float()
    H = h.shape[1]
    z = torch.nn.functional.linear(x, Wx, b.float()) + torch.nn.functional.linear(h, Wh)
    gates = torch.sigmoid(z)
    gates[:, 2 * H : 3 * H] = torch.tanh(z[:, 2 * H : 3 * H])
    i, f, g, o = gates.split(H, 1)
    new_c = f * c + i * g
    return o * torch.tanh(new_c), new_c, (x, h, c, Wx, Wh, gates, new_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, h, c, Wx, Wh, gates, new_c = cache
    i, f, g, o = gates.split(h.shape[1], 1)
    t = new_c.tanh()
    dc = dnext_c + dnext_h * o / new_c.cosh() ** 2
    slopes = gates - gates**2
    slopes[:, 2 * h.shape[1] : 3 * h.shape[1]] = (1 - g) * (1 + g)
    dz = torch.cat([dc * g, dc * c, dc * i, dnext_h * t], 1) * slopes
    return {
        "dnext_c": dc, "dz": dz, "dx": dz @ Wx, "dh": dz @ Wh, "dc": dc * f,
        "dWx": dz.T @ x, "dWh": dz.T @ h, "db": dz.sum(0),
    }  # fmt: skip


def lstm(x, h0, c0, Wx, Wh, b):
    states, cells, caches = [h0], [c0], []
    for one in x:
        h, c, cache = lstm_step(one, states[-1], cells[-1], Wx, Wh, b)
        states.append(h)
        cells.append(c)
        caches.append(cache)
    return torch.stack(states[1:]), torch.stack(cells[1:]), caches


def lstm_backward(upstream, caches):
    upstream = upstream.float()
    dh, dc = torch.zeros_like(upstream[0]), torch.zeros_like(upstream[0])
    steps = []
    for t in range(len(caches) - 1, -1, -1):
        dh = dh + upstream[t]
        step = lstm_step_backward(dh, dc, caches[t])
        steps.insert(0, {**step, "whole": dh})
        dh, dc = step["dh"], step["dc"]
    stacked = {name: torch.stack([step[name] for step in steps]) for name in steps[0]}
    return {
        "dh": stacked["whole"], "dc": stacked["dnext_c"], "dz": stacked["dz"], "dx": stacked["dx"], "dh0": dh, "dc0": dc,
        "dWx": stacked["dWx"].sum(0), "dWh": stacked["dWh"].sum(0), "db": stacked["db"].sum(0),
    }  # fmt: skip
