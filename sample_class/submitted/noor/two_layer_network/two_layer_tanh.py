import torch


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.Z1 = X @ self.W1.T + self.b1
        self.A1 = torch.tanh(self.Z1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.A2 = torch.sigmoid(self.Z2)
        return {'A1': self.A1, 'A2': self.A2}

    def loss(self, Y):
        self.Y = Y
        # log(1 + exp(-z)) where the answer is yes, log(1 + exp(z)) where it is no
        signed = torch.where(Y == 1, -self.Z2, self.Z2)
        return torch.logaddexp(torch.zeros_like(signed), signed).mean()

    def backward(self):
        n_elements = self.Y.numel()  # batch size times number of outputs
        self.dA2 = torch.where(self.Y == 1, -(1 + torch.exp(-self.Z2)), 1 + torch.exp(self.Z2)) / n_elements
        self.dZ2 = (self.A2 - self.Y) / n_elements
        self.dW2 = self.dZ2.T @ self.A1
        self.db2 = self.dZ2.sum(dim=0)
        self.dA1 = self.dZ2 @ self.W2
        self.dZ1 = self.dA1 * (1 - self.A1 ** 2)
        self.dW1 = self.dZ1.T @ self.X
        self.db1 = self.dZ1.sum(dim=0)
        return {
            'dA2': self.dA2, 'dZ2': self.dZ2, 'dW2': self.dW2, 'db2': self.db2,
            'dA1': self.dA1, 'dZ1': self.dZ1, 'dW1': self.dW1, 'db1': self.db1,
        }

    def update(self):
        self.W1 = self.W1 - self.lr * self.dW1
        self.b1 = self.b1 - self.lr * self.db1
        self.W2 = self.W2 - self.lr * self.dW2
        self.b2 = self.b2 - self.lr * self.db2
