import torch
import torch.nn.functional as F


class TwoLayerNetwork:
    def __init__(self, W1, b1, W2, b2, lr):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.a1 = torch.tanh(torch.matmul(X, self.W1.t()) + self.b1)
        self.z2 = torch.matmul(self.a1, self.W2.t()) + self.b2
        self.a2 = torch.sigmoid(self.z2)
        return dict(A1=self.a1, A2=self.a2)

    def loss(self, Y):
        self.Y = Y
        return F.binary_cross_entropy_with_logits(self.z2, Y)

    def backward(self):
        Y = self.Y
        N, K = Y.shape
        da2 = ((1 - Y) * (1 + torch.exp(self.z2)) - Y * (1 + torch.exp(-self.z2))) / (N * K)
        dz2 = (self.a2 - Y) / (N * K)
        da1 = torch.matmul(dz2, self.W2)
        dz1 = da1 * (1 - self.a1 ** 2)
        self.grads = dict(
            dA2=da2,
            dZ2=dz2,
            dW2=torch.matmul(dz2.t(), self.a1),
            db2=dz2.sum(0),
            dA1=da1,
            dZ1=dz1,
            dW1=torch.matmul(dz1.t(), self.X),
            db1=dz1.sum(0),
        )
        return self.grads

    def update(self):
        for p in ("W1", "b1", "W2", "b2"):
            setattr(self, p, getattr(self, p) - self.lr * self.grads["d" + p])
