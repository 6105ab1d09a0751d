import torch
import torch.nn.functional as F


class ThreeLayerNetwork:
    def __init__(self, W1, b1, W2, b2, W3, b3, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.W3, self.b3 = W3, b3
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.A1 = torch.sigmoid(F.linear(X, self.W1, self.b1))
        self.A2 = torch.sigmoid(F.linear(self.A1, self.W2, self.b2))
        self.Z3 = F.linear(self.A2, self.W3, self.b3)
        self.A3 = torch.sigmoid(self.Z3)
        return dict(A1=self.A1, A2=self.A2, A3=self.A3)

    def loss(self, Y):
        self.Y = Y
        return F.binary_cross_entropy_with_logits(self.Z3, Y)

    def backward(self):
        Y = self.Y
        N, K = Y.shape
        dA3 = ((1 - Y) * (1 + self.Z3.exp()) - Y * (1 + (-self.Z3).exp())) / (N * K)
        dZ3 = (self.A3 - Y) / (N * K)
        dW3, db3 = dZ3.t() @ self.A2, dZ3.sum(0)
        dA2 = dZ3 @ self.W3
        dZ2 = dA2 * self.A2 * (1 - self.A2)
        dW2, db2 = dZ2.t() @ self.A1, dZ2.sum(0)
        dA1 = dZ2 @ self.W2
        dZ1 = dA1 * self.A1 * (1 - self.A1)
        dW1, db1 = dZ1.t() @ self.X, dZ1.sum(0)
        self.step = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
        return {"dA3": dA3, "dZ3": dZ3, "dW3": dW3, "db3": db3, "dA2": dA2, "dZ2": dZ2, "dW2": dW2,
                "db2": db2, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}

    def update(self):
        for name, d in self.step.items():
            setattr(self, name, getattr(self, name) - self.lr * d)
