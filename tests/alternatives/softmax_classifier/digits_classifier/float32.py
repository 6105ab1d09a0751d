import torch
import torch.nn.functional as F


class DigitsClassifier:
    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1 = W1.float(), b1.float()
        self.W2, self.b2 = W2.float(), b2.float()

    def forward(self, X):
        self.X = X.float()
        self.H = torch.tanh(self.X @ self.W1 + self.b1)
        self.Z2 = self.H @ self.W2 + self.b2
        return self.Z2

    def loss(self, y):
        self.Y = F.one_hot(y, self.Z2.shape[1])
        shifted = self.Z2 - self.Z2.max(1, keepdim=True)[0]
        powers = torch.exp(shifted)
        sums = powers.sum(1, keepdim=True)
        self.P = powers / sums
        return ((torch.log(sums) - shifted) * self.Y).sum() / len(y)

    def backward(self):
        g = {"dZ2": (self.P - self.Y) / len(self.Y)}
        g["dW2"] = self.H.T @ g["dZ2"]
        g["db2"] = g["dZ2"].sum(0)
        g["dH"] = g["dZ2"] @ self.W2.T
        g["dZ1"] = g["dH"] * (1 - self.H) * (1 + self.H)
        g["dW1"] = self.X.T @ g["dZ1"]
        g["db1"] = g["dZ1"].sum(0)
        self.g = g
        return g

    def update(self, lr):
        self.W1 -= lr * self.g["dW1"]
        self.b1 -= lr * self.g["db1"]
        self.W2 -= lr * self.g["dW2"]
        self.b2 -= lr * self.g["db2"]

    def predict(self, X):
        return self.forward(X).argmax(dim=1)
