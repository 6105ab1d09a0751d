"""The example as a batch with one row: x (1, n_x)."""

import torch


def forward(x, w1, b1, w2, b2):
    z1 = torch.addmm(b1, x.unsqueeze(0), w1)
    h = z1 * (z1 > 0)
    z2 = torch.addmm(b2, h, w2)
    return {"z1": z1[0], "h": h[0], "z2": z2[0], "out": torch.softmax(torch.stack([z2[0], torch.zeros_like(b2)]), 0)[0]}


def squared_error(out, y):
    return (out - y) @ (out - y)


def backward(x, y, w1, b1, w2, b2):
    v = forward(x, w1, b1, w2, b2)
    H, out = v["h"][None], v["out"][None]
    D2 = (out - y[None]) * 2 * (out - out**2)
    DH = D2 @ w2.mT
    D1 = DH.masked_fill(H <= 0, 0)
    return {
        "dz2": D2[0],
        "dw2": H.mT @ D2,
        "db2": D2.sum(0),
        "dh": DH[0],
        "dz1": D1[0],
        "dw1": x[None].mT @ D1,
        "db1": D1.sum(0),
    }


def step(x, y, w1, b1, w2, b2, lr):
    g = backward(x, y, w1, b1, w2, b2)
    return {f"new_{n}": torch.lerp(p, p - g[f"d{n}"], lr) for n, p in (("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2))}
