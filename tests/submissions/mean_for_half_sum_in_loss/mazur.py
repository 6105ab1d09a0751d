import torch
import torch.nn as nn


def forward(x, W1, b1, W2, b2):
    h = torch.sigmoid(torch.mv(W1, x) + b1)
    out = torch.sigmoid(torch.mv(W2, h) + b2)
    return {"h": h, "out": out}


def half_squared_error(out, y):
    criterion = nn.MSELoss()
    return criterion(out, y)


def backward(x, y, W1, b1, W2, b2):
    res = forward(x, W1, b1, W2, b2)
    h, out = res["h"], res["out"]
    dout = out - y
    dz2 = dout * out * (1 - out)
    dh = torch.mv(W2.t(), dz2)
    dz1 = dh * h * (1 - h)
    return {
        "dz2": dz2,
        "dW2": torch.outer(dz2, h),
        "db2": dz2,
        "dz1": dz1,
        "dW1": torch.outer(dz1, x),
        "db1": dz1,
    }


def step(x, y, W1, b1, W2, b2, lr):
    g = backward(x, y, W1, b1, W2, b2)
    return {
        "new_W1": W1 - lr * g["dW1"],
        "new_b1": b1 - lr * g["db1"],
        "new_W2": W2 - lr * g["dW2"],
        "new_b2": b2 - lr * g["db2"],
    }
