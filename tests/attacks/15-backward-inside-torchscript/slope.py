import torch

UNIT = torch.jit.CompilationUnit("""
def run(X, w, z):
    loss = ((X.mv(w)) ** 2).mean() + (z ** 2).mean()
    loss.backward()
""")


def forward(X, w):
    return {"z": X @ w}


def backward(X, w):
    w, z = w.clone().requires_grad_(), (X @ w).requires_grad_()
    UNIT.run(X, w, z)
    return {"dz": z.grad, "dw": w.grad}
