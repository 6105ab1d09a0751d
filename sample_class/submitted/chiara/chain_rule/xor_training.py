import torch


def train(X, y, w1, b1, w2, b2, lr, epochs):
    X, y, w1, b1, w2, b2 = (t.float() for t in (X, y, w1, b1, w2, b2))
    losses = []
    for _ in range(epochs):
        for i in range(len(X)):
            z1 = torch.matmul(X[i], w1) + b1
            o1 = torch.relu(z1)
            o2 = torch.sigmoid(torch.matmul(o1, w2) + b2)
            g2 = 2 * (o2 - y[i]) * o2 * (1 - o2)
            g1 = torch.matmul(w2, g2)
            g1[z1 <= 0] = 0
            w1 = w1 - lr * X[i][:, None] * g1
            b1 = b1 - lr * g1
            w2 = w2 - lr * o1[:, None] * g2
            b2 = b2 - lr * g2
        o = torch.sigmoid(torch.relu(X @ w1 + b1) @ w2 + b2)[:, 0]
        losses.append(torch.mean((y - o) ** 2))
    return {"final_w1": w1, "final_b1": b1, "final_w2": w2, "final_b2": b2, "losses": torch.stack(losses)}
