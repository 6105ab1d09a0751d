import torch


def forward(x, w1, b1, w2, b2):
    z1 = x.float() @ w1.float() + b1.float()
    h = z1.clamp(min=0)
    z2 = h @ w2.float() + b2.float()
    return {"z1": z1, "h": h, "z2": z2, "out": torch.sigmoid(z2)}


def squared_error(out, y):
    return (out.float() - y.float()).pow(2).sum()


def backward(x, y, w1, b1, w2, b2):
    cache = forward(x, w1, b1, w2, b2)
    out = cache["out"]
    dout = 2 * (out - y.float())
    dz2 = dout * out * (1 - out)
    dh = dz2 @ w2.float().T
    dz1 = torch.where(cache["z1"] > 0, dh, torch.zeros_like(dh))
    return {
        "dz2": dz2,
        "dw2": cache["h"][:, None] * dz2,
        "db2": dz2,
        "dh": dh,
        "dz1": dz1,
        "dw1": x.float()[:, None] * dz1,
        "db1": dz1,
    }


def step(x, y, w1, b1, w2, b2, lr):
    g = backward(x, y, w1, b1, w2, b2)
    return {
        "new_w1": w1.float() - lr * g["dw1"],
        "new_b1": b1.float() - lr * g["db1"],
        "new_w2": w2.float() - lr * g["dw2"],
        "new_b2": b2.float() - lr * g["db2"],
    }
