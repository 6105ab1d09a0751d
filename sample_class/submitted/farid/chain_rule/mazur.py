import torch


def sig(t):
    return 1 / (1 + torch.exp(-t))


def forward(x, W1, b1, W2, b2):
    h = sig(torch.matmul(W1, x) + b1)
    o = sig(torch.matmul(W2, h) + b2)
    return dict(h=h, out=o)


def half_squared_error(out, y):
    e = out - y
    return e.dot(e) / 2


def backward(x, y, W1, b1, W2, b2):
    f = forward(x, W1, b1, W2, b2)
    h, o = f["h"], f["out"]
    # chain rule: dL/do * do/dz2
    d2 = (o - y) * o * (1 - o)
    # dL/dh = W2^T d2
    d1 = torch.matmul(d2, W2) * h * (1 - h)
    return dict(dz2=d2, dW2=d2[:, None] * h, db2=d2, dz1=d1, dW1=d1[:, None] * x, db1=d1)


def step(x, y, W1, b1, W2, b2, lr):
    g = backward(x, y, W1, b1, W2, b2)
    new_W1 = W1 - lr * g["dW1"]
    new_b1 = b1 - lr * g["db1"]
    new_W2 = W2 - lr * g["dW2"]
    new_b2 = b2 - lr * g["db2"]
    return dict(new_W1=new_W1, new_b1=new_b1, new_W2=new_W2, new_b2=new_b2)
