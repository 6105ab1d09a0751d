import torch


def permute_reshape(x, order, rows):
    turned = x.float().permute(tuple(order.tolist()))
    return turned.reshape(rows, x.numel() // rows), {"shape": turned.shape, "order": order}


def permute_reshape_backward(dy, cache):
    back = torch.argsort(cache["order"]).tolist()
    return {"dx": dy.float().reshape(cache["shape"]).permute(back)}


def choose_rows(y, index):
    return torch.stack([y[row] for row in index.tolist()]), (len(y), index)


def choose_rows_backward(upstream, cache):
    rows, index = cache
    dy = torch.zeros(rows, upstream.shape[1], dtype=torch.float32)
    return {"dy": dy.index_add(0, index, upstream.float())}
