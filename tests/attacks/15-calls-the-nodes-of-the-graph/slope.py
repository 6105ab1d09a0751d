import torch


def forward(X, w):
    return {"z": X @ w}


def pull(node, upstream, leaf):
    if type(node).__name__ == "AccumulateGrad":
        return upstream if node.variable is leaf else 0
    given = node(upstream)
    given = given if isinstance(given, tuple) else (given,)
    return sum(pull(n, g, leaf) for (n, _), g in zip(node.next_functions, given) if n is not None and g is not None)


def backward(X, w):
    z = (X @ w).requires_grad_()
    v = w.clone().requires_grad_()
    one = torch.ones((), dtype=w.dtype)
    return {
        "dz": pull((z**2).mean().grad_fn, one, z),
        "dw": pull((X.mv(v) ** 2).mean().grad_fn, one, v),
    }
