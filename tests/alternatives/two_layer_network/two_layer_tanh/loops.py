import math

import torch


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.A1 = X.new_tensor([[math.tanh(row @ x + b) for row, b in zip(self.W1, self.b1)] for x in X])
        self.Z2 = X.new_tensor([[row @ a + b for row, b in zip(self.W2, self.b2)] for a in self.A1])
        self.A2 = X.new_tensor([[1 / (1 + math.exp(-z)) for z in row] for row in self.Z2])
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        self.Y = Y
        losses = []
        for zs, ys in zip(self.Z2.tolist(), Y.tolist()):
            for z, y in zip(zs, ys):
                s = -z if y == 1 else z
                losses.append(s + math.log1p(math.exp(-s)) if s > 0 else math.log1p(math.exp(s)))
        return sum(losses) / len(losses)

    def backward(self):
        N, K = self.Y.shape
        H = len(self.b1)
        dA2, dZ2 = torch.zeros_like(self.A2), torch.zeros_like(self.A2)
        dA1, dZ1 = torch.zeros_like(self.A1), torch.zeros_like(self.A1)
        for n in range(N):
            for k in range(K):
                z = self.Z2[n, k]
                dA2[n, k] = (-1 - torch.exp(-z) if self.Y[n, k] == 1 else 1 + torch.exp(z)) / N / K
                dZ2[n, k] = (self.A2[n, k] - self.Y[n, k]) / N / K
            for i in range(H):
                dA1[n, i] = sum(dZ2[n, k] * self.W2[k, i] for k in range(K))
                dZ1[n, i] = dA1[n, i] * (1 - self.A1[n, i]) * (1 + self.A1[n, i])
        self.dW2 = sum(torch.outer(dZ2[n], self.A1[n]) for n in range(N))
        self.dW1 = sum(torch.outer(dZ1[n], self.X[n]) for n in range(N))
        self.db2 = sum(dZ2)
        self.db1 = sum(dZ1)
        return {
            "dA2": dA2,
            "dZ2": dZ2,
            "dW2": self.dW2,
            "db2": self.db2,
            "dA1": dA1,
            "dZ1": dZ1,
            "dW1": self.dW1,
            "db1": self.db1,
        }

    def update(self):
        self.W1 -= self.lr * self.dW1
        self.b1 -= self.lr * self.db1
        self.W2 -= self.lr * self.dW2
        self.b2 -= self.lr * self.db2
