import torch


def hinge(X, W, y, margin):
    X, W = X.float(), W.float()
    rows = torch.arange(len(y))
    scores = X @ W
    margins = torch.clamp(scores - scores[rows, y].unsqueeze(1) + margin, min=0)
    margins[rows, y] = 0
    return {"scores": scores, "loss": margins.sum() / len(y)}, (X, W, y, margins)


def hinge_backward(cache):
    X, W, y, margins = cache
    dscores = (margins > 0).float()
    dscores[torch.arange(len(y)), y] -= dscores.sum(1)
    dscores /= len(y)
    return {"dscores": dscores, "dW": X.t().mm(dscores), "dX": dscores.mm(W.t())}
