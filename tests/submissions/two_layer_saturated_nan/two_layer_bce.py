import torch


def linear(A, W, b):
    return A @ W.T + b


def sigmoid(Z):
    return 1 / (1 + torch.exp(-Z))


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.A1 = sigmoid(linear(X, self.W1, self.b1))
        self.Z2 = linear(self.A1, self.W2, self.b2)
        self.A2 = sigmoid(self.Z2)
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        self.Y = Y
        Yhat = self.A2
        return -torch.mean(Y * torch.log(Yhat) + (1 - Y) * torch.log(1 - Yhat))

    def backward(self):
        Y, n = self.Y, self.Y.numel()
        Yhat = self.A2
        self.dA2 = -(Y / Yhat - (1 - Y) / (1 - Yhat)) / n
        self.dZ2 = self.dA2 * Yhat * (1 - Yhat)
        self.dW2 = self.dZ2.T @ self.A1
        self.db2 = self.dZ2.sum(dim=0)
        self.dA1 = self.dZ2 @ self.W2
        self.dZ1 = self.dA1 * self.A1 * (1 - self.A1)
        self.dW1 = self.dZ1.T @ self.X
        self.db1 = self.dZ1.sum(dim=0)
        return {
            "dA2": self.dA2,
            "dZ2": self.dZ2,
            "dW2": self.dW2,
            "db2": self.db2,
            "dA1": self.dA1,
            "dZ1": self.dZ1,
            "dW1": self.dW1,
            "db1": self.db1,
        }

    def update(self):
        self.W1 -= self.lr * self.dW1
        self.b1 -= self.lr * self.db1
        self.W2 -= self.lr * self.dW2
        self.b2 -= self.lr * self.db2
