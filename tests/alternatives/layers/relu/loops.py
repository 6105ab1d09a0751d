import torch


def relu(x):
    return torch.tensor([[max(v, 0.0) for v in row] for row in x.tolist()], dtype=x.dtype), x.tolist()


def relu_backward(upstream, rows):
    dx = torch.zeros_like(upstream)
    for n, row in enumerate(rows):
        for d, v in enumerate(row):
            if v > 0:
                dx[n, d] = upstream[n, d]
    return {"dx": dx}


def leaky_relu(x, slope):
    rows = x.tolist()
    return torch.tensor([[v if v > 0 else slope * v for v in row] for row in rows], dtype=x.dtype), (rows, slope)


def leaky_relu_backward(upstream, cache):
    rows, slope = cache
    dx = upstream.clone()
    for n, row in enumerate(rows):
        for d, v in enumerate(row):
            if v <= 0:
                dx[n, d] *= slope
    return {"dx": dx}
