import torch


def graph(a, b, c):
    v = {"a": a, "b": b, "c": c}
    v["p"] = a * b
    v["q"] = v["p"] + c
    v["r"] = torch.sigmoid(v["q"])
    v["s"] = v["p"] * v["r"]
    v["t"] = v["q"] - v["s"]
    v["u"] = v["t"] ** 2
    v["out"] = v["u"] - v["p"]
    return {name: v[name] for name in ("p", "q", "r", "s", "t", "u", "out")}, v


def graph_backward(upstream, cache):
    v = cache
    d = {name: torch.zeros_like(value) for name, value in v.items()}
    d["out"] = upstream.clone()
    d["u"] += d["out"]
    d["p"] -= d["out"]
    for _ in range(2):
        d["t"] += d["u"] * v["t"]
    d["s"] -= d["t"]
    d["q"] += d["t"]
    d["p"] += d["s"] * v["r"]
    d["r"] += d["s"] * v["p"]
    d["q"] += d["r"] * v["r"] * torch.sigmoid(-v["q"])
    d["p"] += d["q"]
    d["c"] += d["q"]
    d["a"] += d["p"] * v["b"]
    d["b"] += d["p"] * v["a"]
    return {f"d{name}": d[name] for name in ("u", "t", "s", "r", "q", "p", "a", "b", "c")}
