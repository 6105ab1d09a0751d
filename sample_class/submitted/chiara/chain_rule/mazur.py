import torch


def forward(x, W1, b1, W2, b2):
    x, W1, b1, W2, b2 = x.float(), W1.float(), b1.float(), W2.float(), b2.float()
    h = (W1 @ x + b1).sigmoid()
    out = (W2 @ h + b2).sigmoid()
    return {"h": h, "out": out}


def half_squared_error(out, y):
    diff = out.float() - y.float()
    return 0.5 * torch.sum(diff * diff)


def backward(x, y, W1, b1, W2, b2):
    x, y, W2 = x.float(), y.float(), W2.float()
    cache = forward(x, W1, b1, W2, b2)
    h = cache["h"]
    out = cache["out"]
    dout = out - y
    dz2 = dout * out * (1 - out)
    dW2 = dz2.reshape(-1, 1) * h.reshape(1, -1)
    dh = dz2 @ W2
    dz1 = dh * h * (1 - h)
    dW1 = dz1.reshape(-1, 1) * x.reshape(1, -1)
    return {"dz2": dz2, "dW2": dW2, "db2": dz2.clone(), "dz1": dz1, "dW1": dW1, "db1": dz1.clone()}


def step(x, y, W1, b1, W2, b2, lr):
    grad = backward(x, y, W1, b1, W2, b2)
    return {
        "new_W1": W1.float() - lr * grad["dW1"],
        "new_b1": b1.float() - lr * grad["db1"],
        "new_W2": W2.float() - lr * grad["dW2"],
        "new_b2": b2.float() - lr * grad["db2"],
    }
