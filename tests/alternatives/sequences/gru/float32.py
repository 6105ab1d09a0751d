import torch


def gru_step(x, h, Wx, Wh, bx, bh):
    x, h, Wx, Wh = x.float(), h.float(), Wx.float(), Wh.float()
    H = h.shape[1]
    gx, gh = torch.addmm(bx.float(), x, Wx.T), torch.addmm(bh.float(), h, Wh.T)
    gates = torch.sigmoid(gx[:, : 2 * H] + gh[:, : 2 * H])
    r, u = gates[:, :H], gates[:, H:]
    n = torch.tanh(gx[:, 2 * H :] + r * gh[:, 2 * H :])
    return torch.lerp(n, h, u), (x, h, Wx, Wh, r, u, n, gh[:, 2 * H :])


def gru_step_backward(upstream, cache):
    x, h, Wx, Wh, r, u, n, h_n = cache
    du, dn, dh = upstream * (h - n), upstream - upstream * u, upstream * u
    da_n = dn * (1 - n) * (1 + n)
    da_u = du * (u - u**2)
    da_r = da_n * h_n * (r - r**2)
    dgx, dgh = torch.hstack([da_r, da_u, da_n]), torch.hstack([da_r, da_u, r * da_n])
    return {
        "dgx": dgx, "dgh": dgh, "dx": dgx @ Wx, "dh": dh + dgh @ Wh,
        "dWx": dgx.T @ x, "dWh": dgh.T @ h, "dbx": dgx.sum(0), "dbh": dgh.sum(0),
    }  # fmt: skip


def gru(x, h0, Wx, Wh, bx, bh):
    states, caches = [h0], []
    for one in x:
        new, cache = gru_step(one, states[-1], Wx, Wh, bx, bh)
        states.append(new)
        caches.append(cache)
    return torch.stack(states[1:]), caches


def gru_backward(upstream, caches):
    back, steps = 0, []
    for slope, cache in zip(upstream.float().flip(0), caches[::-1]):
        whole = slope + back
        step = gru_step_backward(whole, cache)
        back = step.pop("dh")
        steps.insert(0, {**step, "dh": whole})
    found = {name: torch.stack([step[name] for step in steps]) for name in steps[0]}
    for name in ("dWx", "dWh", "dbx", "dbh"):
        found[name] = found[name].sum(0)
    return {**found, "dh0": back}
