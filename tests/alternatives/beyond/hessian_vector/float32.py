import torch


def gradient(X, y, W):
    X, W = X.float(), W.float()
    P = torch.softmax(X @ W.T, dim=1)
    gZ = (P - torch.eye(len(W))[y]) / len(X)
    return {"P": P, "gZ": gZ, "gW": gZ.T @ X}


def hessian_vector(X, y, W, V):
    first = gradient(X, y, W)
    X, V = X.float(), V.float()
    dgZ = X @ V.T
    P = first["P"]
    dZ = (P * dgZ - P * (P * dgZ).sum(1, keepdim=True)) / len(X)
    return {"s": (V * first["gW"]).sum(), "dgZ": dgZ, "dZ": dZ, "dW": dZ.T @ X}
