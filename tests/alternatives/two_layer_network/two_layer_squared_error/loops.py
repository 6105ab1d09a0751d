import torch


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1, self.W2, self.b2, self.lr = W1, b1, W2, b2, lr

    def forward(self, X):
        self.X = X
        self.A1 = torch.stack([torch.sigmoid(self.W1 @ x + self.b1) for x in X])
        self.A2 = torch.stack([torch.sigmoid(self.W2 @ a + self.b2) for a in self.A1])
        return {"A1": self.A1, "A2": self.A2}

    def loss(self, Y):
        self.Y = Y
        N, K = Y.shape
        total = 0
        for n in range(N):
            for k in range(K):
                total = total + (Y[n, k] - self.A2[n, k]) ** 2
        return total / (N * K)

    def backward(self):
        N, K = self.Y.shape
        dA2, dZ2, dA1, dZ1 = [], [], [], []
        dW2, db2 = torch.zeros_like(self.W2), torch.zeros_like(self.b2)
        dW1, db1 = torch.zeros_like(self.W1), torch.zeros_like(self.b1)
        for x, a1, a2, y in zip(self.X, self.A1, self.A2, self.Y):
            da2 = (a2 - y) / (0.5 * N * K)
            dz2 = da2 * (a2 - a2**2)
            da1 = dz2 @ self.W2
            dz1 = da1 * (a1 - a1**2)
            dW2 += dz2[:, None] * a1[None, :]
            db2 += dz2
            dW1 += dz1[:, None] * x[None, :]
            db1 += dz1
            dA2.append(da2)
            dZ2.append(dz2)
            dA1.append(da1)
            dZ1.append(dz1)
        self.dW2, self.db2, self.dW1, self.db1 = dW2, db2, dW1, db1
        return {
            "dA2": torch.stack(dA2),
            "dZ2": torch.stack(dZ2),
            "dW2": dW2,
            "db2": db2,
            "dA1": torch.stack(dA1),
            "dZ1": torch.stack(dZ1),
            "dW1": dW1,
            "db1": db1,
        }

    def update(self):
        self.W1.add_(self.dW1, alpha=-self.lr)
        self.b1.add_(self.db1, alpha=-self.lr)
        self.W2.add_(self.dW2, alpha=-self.lr)
        self.b2.add_(self.db2, alpha=-self.lr)
