import torch


def softmax(z):
    biggest, _ = torch.max(z, dim=1, keepdim=True)
    exps = torch.exp(z - biggest)
    return exps / torch.sum(exps, dim=1, keepdim=True)


def cross_entropy(z, y, ignore_index):
    loss_sum, rows = 0.0, 0
    for i in range(z.shape[0]):
        if y[i] == ignore_index:
            continue
        biggest = z[i].max()
        # -log p = log sum exp - z_y
        loss_sum = loss_sum + biggest + torch.log(torch.exp(z[i] - biggest).sum()) - z[i, y[i]]
        rows += 1
    return loss_sum / rows


def cross_entropy_backward(z, y, ignore_index):
    dz = softmax(z)
    rows = 0
    for i in range(z.shape[0]):
        if y[i] == ignore_index:
            dz[i] = 0
        else:
            dz[i, y[i]] -= 1
            rows += 1
    return dz / rows
