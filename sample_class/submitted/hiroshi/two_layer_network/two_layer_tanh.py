import torch


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.lr = lr

    def forward(self, X):
        self.X = X
        Z1 = torch.mm(X, self.W1.T) + self.b1
        A1 = torch.tanh(Z1)
        Z2 = torch.mm(A1, self.W2.T) + self.b2
        A2 = torch.sigmoid(Z2)
        self.cache = {'X': X, 'Z1': Z1, 'A1': A1, 'Z2': Z2, 'A2': A2}
        return {'A1': A1, 'A2': A2}

    def loss(self, Y):
        self.Y = Y
        Z = self.cache['Z2']
        # loss = -torch.mean(Y * torch.log(A2) + (1 - Y) * torch.log(1 - A2))   # nan for Z2 = 40 :(
        loss = torch.mean(torch.clamp(Z, min=0) - Z * Y + torch.log(1 + torch.exp(-torch.abs(Z))))
        return loss

    def backward(self):
        Y = self.Y
        X, A1, A2 = self.cache['X'], self.cache['A1'], self.cache['A2']
        # second layer
        Z2 = self.cache['Z2']
        dA2 = -Y * (1 + torch.exp(-Z2)) + (1 - Y) * (1 + torch.exp(Z2))
        dA2 = dA2 / Y.shape[0] / Y.shape[1]
        dZ2 = (A2 - Y) / Y.shape[0] / Y.shape[1]
        dW2 = torch.mm(dZ2.T, A1)
        db2 = torch.sum(dZ2, 0)
        # first layer
        dA1 = torch.mm(dZ2, self.W2)
        dZ1 = dA1 * (1 - A1 ** 2)
        dW1 = torch.mm(dZ1.T, X)
        db1 = torch.sum(dZ1, 0)
        self.last = (dW1, db1, dW2, db2)
        return {'dA2': dA2, 'dZ2': dZ2, 'dW2': dW2, 'db2': db2, 'dA1': dA1, 'dZ1': dZ1, 'dW1': dW1, 'db1': db1}

    def update(self):
        dW1, db1, dW2, db2 = self.last
        self.W1 -= self.lr * dW1
        self.b1 -= self.lr * db1
        self.W2 -= self.lr * dW2
        self.b2 -= self.lr * db2
