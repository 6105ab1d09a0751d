import torch


def forward(x, w1, b1, w2, b2):
    z1 = torch.matmul(x, w1) + b1
    h = z1.clamp(min=0)
    z2 = torch.matmul(h, w2) + b2
    return dict(z1=z1, h=h, z2=z2, out=z2.sigmoid())


def squared_error(out, y):
    return (y - out).pow(2).sum()


def backward(x, y, w1, b1, w2, b2):
    v = forward(x, w1, b1, w2, b2)
    o = v['out']
    d2 = 2 * (o - y) * o * (1 - o)
    dh = torch.matmul(d2, w2.t())
    d1 = torch.where(v['z1'] > 0, dh, torch.zeros_like(dh))
    return dict(dz2=d2, dw2=v['h'][:, None] * d2, db2=d2, dh=dh, dz1=d1, dw1=x[:, None] * d1, db1=d1)


def step(x, y, w1, b1, w2, b2, lr):
    g = backward(x, y, w1, b1, w2, b2)
    new = {}
    for name, p in (('w1', w1), ('b1', b1), ('w2', w2), ('b2', b2)):
        new['new_' + name] = p - lr * g['d' + name]
    return new
