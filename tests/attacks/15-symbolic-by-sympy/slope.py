import sympy
import torch


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    z = X @ w
    names = sympy.symbols(f"a:{len(z)}")
    loss = sum(a**2 for a in names) / len(z)
    at = dict(zip(names, z.tolist()))
    dz = torch.tensor([float(sympy.diff(loss, a).subs(at)) for a in names], dtype=z.dtype)
    return {"dz": dz, "dw": dz @ X}
