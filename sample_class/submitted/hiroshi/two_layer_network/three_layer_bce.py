import torch


class ThreeLayerNetwork:
    def __init__(self, W1, b1, W2, b2, W3, b3, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.W3, self.b3 = W3, b3
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.Z1 = X @ self.W1.T + self.b1
        self.A1 = torch.sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.A2 = torch.sigmoid(self.Z2)
        self.Z3 = self.A2 @ self.W3.T + self.b3
        self.A3 = torch.sigmoid(self.Z3)
        return {'A1': self.A1, 'A2': self.A2, 'A3': self.A3}

    def loss(self, Y):
        self.Y = Y
        s = torch.where(Y == 1, -self.Z3, self.Z3)
        return torch.logaddexp(torch.zeros_like(s), s).mean()

    def backward(self):
        M = self.Y.numel()
        g = {}
        g['dA3'] = torch.where(self.Y == 1, -(1 + torch.exp(-self.Z3)), 1 + torch.exp(self.Z3)) / M
        g['dZ3'] = (self.A3 - self.Y) / M
        g['dW3'] = g['dZ3'].T @ self.A2
        g['db3'] = g['dZ3'].sum(dim=0, keepdim=True)
        g['dA2'] = g['dZ3'] @ self.W3
        g['dZ2'] = g['dA2'] * self.A2 * (1 - self.A2)
        g['dW2'] = g['dZ2'].T @ self.A1
        g['db2'] = g['dZ2'].sum(dim=0, keepdim=True)
        g['dA1'] = g['dZ2'] @ self.W2
        g['dZ1'] = g['dA1'] * self.A1 * (1 - self.A1)
        g['dW1'] = g['dZ1'].T @ self.X
        g['db1'] = g['dZ1'].sum(dim=0, keepdim=True)
        self.grads = g
        return g

    def update(self):
        g = self.grads
        self.W1 = self.W1 - self.lr * g['dW1']
        self.b1 = self.b1 - self.lr * g['db1']
        self.W2 = self.W2 - self.lr * g['dW2']
        self.b2 = self.b2 - self.lr * g['db2']
        self.W3 = self.W3 - self.lr * g['dW3']
        self.b3 = self.b3 - self.lr * g['db3']
