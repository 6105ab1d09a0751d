import torch


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1.float(), b1.float()
        self.W2, self.b2 = W2.float(), b2.float()
        self.lr = lr

    def forward(self, X):
        self.X = X.float()
        self.A1 = 1 / (1 + torch.exp(-(self.X @ self.W1.t() + self.b1)))
        self.Z2 = self.A1 @ self.W2.t() + self.b2
        self.A2 = 1 / (1 + torch.exp(-self.Z2))
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        self.Y = Y.float()
        z = self.Z2
        return torch.mean(z.clamp(min=0) - z * self.Y + torch.log1p(torch.exp(-z.abs())))

    def backward(self):
        N, n_y = self.Y.shape
        G = self.A2 - self.Y
        dZ2 = G / N / n_y
        dA2 = torch.where(self.Y == 1, -(1 + torch.exp(-self.Z2)), 1 + torch.exp(self.Z2)) / N / n_y
        dA1 = dZ2.matmul(self.W2)
        dZ1 = dA1 * (self.A1 * (1 - self.A1))
        self.g = {
            "dA2": dA2,
            "dZ2": dZ2,
            "dW2": (self.A1.t() @ dZ2).t(),
            "db2": G.mean(0) / n_y,
            "dA1": dA1,
            "dZ1": dZ1,
            "dW1": (self.X.t() @ dZ1).t(),
            "db1": dZ1.sum(0),
        }
        return self.g

    def update(self):
        self.W1 = self.W1 - self.lr * self.g["dW1"]
        self.b1 = self.b1 - self.lr * self.g["db1"]
        self.W2 = self.W2 - self.lr * self.g["dW2"]
        self.b2 = self.b2 - self.lr * self.g["db2"]
