import torch


def predict(x, w1, b1, w2, b2):
    return torch.sigmoid(torch.relu(x @ w1 + b1) @ w2 + b2)


def train(X, y, w1, b1, w2, b2, lr, epochs):
    losses = []
    for epoch in range(epochs):
        for i in range(len(X)):
            h = torch.relu(X[i] @ w1 + b1)
            o = torch.sigmoid(h @ w2 + b2)
            dz2 = 2 * (o - y[i]) * o * (1 - o)
            dz1 = (w2 @ dz2) * (h > 0)
            w1 = w1 - lr * torch.outer(X[i], dz1)
            b1 = b1 - lr * dz1
            w2 = w2 - lr * torch.outer(h, dz2)
            b2 = b2 - lr * dz2
        loss = torch.mean((y - predict(X, w1, b1, w2, b2)) ** 2)
        losses.append(loss.item())
    return {"final_w1": w1, "final_b1": b1, "final_w2": w2, "final_b2": b2, "losses": losses}
