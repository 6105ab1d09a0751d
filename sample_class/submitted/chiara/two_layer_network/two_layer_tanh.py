import torch


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1.float(), b1.float()
        self.W2, self.b2 = W2.float(), b2.float()
        self.lr = lr

    def forward(self, X):
        self.X = X.float()
        self.A1 = torch.tanh(self.X @ self.W1.T + self.b1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.A2 = torch.sigmoid(self.Z2)
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        self.Y = Y.float()
        return torch.nn.functional.binary_cross_entropy_with_logits(self.Z2, self.Y)

    def backward(self):
        n = self.Y.numel()
        e = torch.exp(self.Z2)
        dA2 = torch.where(self.Y == 1, -1 - 1 / e, 1 + e) / n
        dZ2 = (self.A2 - self.Y) / n
        dA1 = dZ2 @ self.W2
        dZ1 = dA1 * (1 - self.A1 * self.A1)
        self.steps = [dZ1.T @ self.X, dZ1.sum(0), dZ2.T @ self.A1, dZ2.sum(0)]
        dW1, db1, dW2, db2 = self.steps
        return {"dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}

    def update(self):
        for parameter, gradient in zip([self.W1, self.b1, self.W2, self.b2], self.steps):
            parameter -= self.lr * gradient
