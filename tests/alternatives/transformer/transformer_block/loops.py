"""One example at a time, with the Jacobian of each softmax and of each norm as a matrix."""

import torch

SHARED = ("dWd", "dWg", "dWu", "dg2", "dWv", "dg1")


def root(x, eps):
    return ((x**2).sum(-1) / x.shape[-1] + eps).sqrt()


def norm_backward(dy, x, g, eps):
    dx, dg = torch.zeros_like(x), torch.zeros_like(g)
    for t in range(len(x)):
        r = root(x[t], eps)
        jacobian = torch.eye(len(g)).to(x) / r - torch.outer(x[t], x[t]) / (len(g) * r**3)
        dx[t] = jacobian @ (g * dy[t])
        dg += dy[t] * x[t] / r
    return dx, dg


def transformer_block(X, g1, Wv, g2, Wg, Wu, Wd, eps):
    each = []
    for x in X:
        v = {"U": g1 * x / root(x, eps)[:, None]}
        v["P"] = torch.zeros(len(x), len(x)).to(x)
        for t in range(len(x)):
            v["P"][t, : t + 1] = torch.softmax(v["U"][: t + 1] @ v["U"][t] / len(g1) ** 0.5, 0)
        v["V"] = v["U"] @ Wv.T
        v["Y"] = x + v["P"] @ v["V"]
        v["M"] = g2 * v["Y"] / root(v["Y"], eps)[:, None]
        v["G"], v["Z"] = v["M"] @ Wg.T, v["M"] @ Wu.T
        v["H"] = v["G"] / (1 + torch.exp(-v["G"])) * v["Z"]
        v["out"] = v["Y"] + v["H"] @ Wd.T
        each.append(v)
    return {name: torch.stack([v[name] for v in each]) for name in each[0]}, (X, each, g1, Wv, g2, Wg, Wu, Wd, eps)


def transformer_block_backward(upstream, cache):
    X, each, g1, Wv, g2, Wg, Wu, Wd, eps = cache
    found = [example(up, x, v, g1, Wv, g2, Wg, Wu, Wd, eps) for up, x, v in zip(upstream, X, each)]
    return {name: (sum if name in SHARED else torch.stack)([one[name] for one in found]) for name in found[0]}


def example(up, x, v, g1, Wv, g2, Wg, Wu, Wd, eps):
    g = {"dWd": up.T @ v["H"], "dH": up @ Wd}
    s = 1 / (1 + torch.exp(-v["G"]))
    g["dG"] = g["dH"] * v["Z"] * (s + v["G"] * s - v["G"] * s**2)
    g["dZ"] = g["dH"] * v["G"] * s
    g["dWg"], g["dWu"] = g["dG"].T @ v["M"], g["dZ"].T @ v["M"]
    g["dM"] = g["dG"] @ Wg + g["dZ"] @ Wu
    through, g["dg2"] = norm_backward(g["dM"], v["Y"], g2, eps)
    g["dY"] = up + through
    g["dV"], g["dP"] = v["P"].T @ g["dY"], g["dY"] @ v["V"].T
    g["dWv"] = g["dV"].T @ v["U"]
    g["dU"] = g["dV"] @ Wv
    for t in range(len(x)):
        p = v["P"][t]
        dscore = (torch.diag(p) - torch.outer(p, p)) @ g["dP"][t] / len(g1) ** 0.5
        g["dU"][t] += dscore @ v["U"]
        g["dU"] += torch.outer(dscore, v["U"][t])
    through, g["dg1"] = norm_backward(g["dU"], x, g1, eps)
    g["dX"] = g["dY"] + through
    return g
