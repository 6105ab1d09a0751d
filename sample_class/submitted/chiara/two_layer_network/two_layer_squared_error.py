import torch


def linear(A, W, b):
    return A @ W.T + b


def sigmoid(Z):
    return 1 / (1 + torch.exp(-Z))


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1, self.W2, self.b2 = (p.to(torch.float32) for p in (W1, b1, W2, b2))
        self.lr = lr

    def forward(self, X):
        self.A0 = X.to(torch.float32)
        self.A1 = sigmoid(linear(self.A0, self.W1, self.b1))
        self.A2 = sigmoid(linear(self.A1, self.W2, self.b2))
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        self.Y = Y.to(torch.float32)
        return torch.mean(torch.square(self.A2 - self.Y))

    def backward(self):
        N, n_y = self.Y.shape
        self.dA2 = 2 * (self.A2 - self.Y) / (N * n_y)
        self.dZ2 = self.dA2 * self.A2 * (1 - self.A2)
        self.dW2 = self.dZ2.T @ self.A1
        self.db2 = self.dZ2.sum(dim=0)
        self.dA1 = self.dZ2 @ self.W2
        self.dZ1 = self.dA1 * self.A1 * (1 - self.A1)
        self.dW1 = self.dZ1.T @ self.A0
        self.db1 = self.dZ1.sum(dim=0)
        names = ["dA2", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"]
        return {name: getattr(self, name) for name in names}

    def update(self):
        self.W1 -= self.lr * self.dW1
        self.b1 -= self.lr * self.db1
        self.W2 -= self.lr * self.dW2
        self.b2 -= self.lr * self.db2
