import torch


def forward(x, W1, b1, W2, b2):
    h = torch.sigmoid(W1.mv(x) + b1)
    return {"h": h, "out": torch.sigmoid(W2.mv(h) + b2)}


def half_squared_error(out, y):
    return (0.5 * (out - y) ** 2).sum()


def backward(x, y, W1, b1, W2, b2):
    W1, b1, W2, b2 = [t.clone().requires_grad_(True) for t in (W1, b1, W2, b2)]
    z1 = W1.mv(x) + b1
    z1.retain_grad()
    z2 = W2.mv(torch.sigmoid(z1)) + b2
    z2.retain_grad()
    error = half_squared_error(torch.sigmoid(z2), y)
    error.backward()
    return {"dz2": z2.grad, "dW2": W2.grad, "db2": b2.grad, "dz1": z1.grad, "dW1": W1.grad, "db1": b1.grad}


def step(x, y, W1, b1, W2, b2, lr):
    grads = backward(x, y, W1, b1, W2, b2)

    def descend(t, name):
        return t.add(grads[name], alpha=-lr)

    return {
        "new_W1": descend(W1, "dW1"),
        "new_b1": descend(b1, "db1"),
        "new_W2": descend(W2, "dW2"),
        "new_b2": descend(b2, "db2"),
    }
