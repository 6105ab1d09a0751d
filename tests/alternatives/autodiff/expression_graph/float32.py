import torch


def graph(a, b, c):
    a, b, c = (value.to(torch.float32) for value in (a, b, c))
    p = b * a
    q = c + p
    r = 1 / (1 + (-q).exp())
    s = r * p
    t = q - s
    u = t**2
    values = dict(p=p, q=q, r=r, s=s, t=t, u=u, out=u - p)
    return values, dict(values, a=a, b=b)


def graph_backward(upstream, cache):
    g = upstream.float()
    p, r, t = cache["p"], cache["r"], cache["t"]
    dt = g * t + t * g
    ds = -dt
    dr = p * ds
    dq = dr * (r - r * r) + dt
    dp = -g + ds * r + dq
    return {
        "du": g, "dt": dt, "ds": ds, "dr": dr, "dq": dq, "dp": dp,
        "da": cache["b"] * dp, "db": cache["a"] * dp, "dc": dq,
    }  # fmt: skip
