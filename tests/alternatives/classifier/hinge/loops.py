import torch


def hinge(X, W, y, margin):
    scores = torch.stack([x @ W for x in X])
    loss = 0
    for row, label in zip(scores, y.tolist()):
        for j, score in enumerate(row):
            if j != label and score - row[label] + margin > 0:
                loss = loss + (score - row[label] + margin) / len(X)
    return {"scores": scores, "loss": loss}, {"X": X, "W": W, "y": y, "scores": scores, "margin": margin}


def hinge_backward(cache):
    X, W, scores = cache["X"], cache["W"], cache["scores"]
    dscores, dW, dX = torch.zeros_like(scores), torch.zeros_like(W), torch.zeros_like(X)
    for n, label in enumerate(cache["y"].tolist()):
        for j in range(W.shape[1]):
            if j != label and scores[n, j] - scores[n, label] + cache["margin"] > 0:
                dscores[n, j] += 1 / len(X)
                dscores[n, label] -= 1 / len(X)
                dW[:, j] += X[n] / len(X)
                dW[:, label] -= X[n] / len(X)
                dX[n] += (W[:, j] - W[:, label]) / len(X)
    return {"dscores": dscores, "dW": dW, "dX": dX}
