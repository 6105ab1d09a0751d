import torch


def softmax(z):
    m, _ = torch.max(z, dim=1, keepdim=True)
    ez = torch.exp(z - m)
    return ez / torch.sum(ez, dim=1, keepdim=True)


def cross_entropy(z, y, ignore_index):
    total, n = 0.0, 0
    for i in range(z.shape[0]):
        if y[i] == ignore_index:
            continue
        m = z[i].max()
        # -log p = log sum exp - z_y
        total = total + m + torch.log(torch.exp(z[i] - m).sum()) - z[i, y[i]]
        n += 1
    return total / n


def cross_entropy_backward(z, y, ignore_index):
    dz = softmax(z)
    n = 0
    for i in range(z.shape[0]):
        if y[i] == ignore_index:
            dz[i] = 0
        else:
            dz[i, y[i]] -= 1
            n += 1
    return dz / n
