import torch


class DigitsClassifier:
    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1, self.W2, self.b2 = W1.float(), b1.float(), W2.float(), b2.float()

    def forward(self, X):
        self.X = X.float()
        self.H = torch.tanh(self.X @ self.W1 + self.b1)
        self.Z2 = self.H @ self.W2 + self.b2
        return self.Z2

    def loss(self, y):
        self.y = y
        self.log_p = torch.log_softmax(self.Z2, dim=1)
        return -self.log_p[torch.arange(len(y)), y].mean()

    def backward(self):
        N = self.y.numel()
        dZ2 = self.log_p.exp()
        dZ2[torch.arange(N), self.y] -= 1
        dZ2 /= N
        dH = dZ2 @ self.W2.T
        dZ1 = dH * (1 - self.H.square())
        self.grad = {"W1": self.X.T @ dZ1, "b1": dZ1.sum(0), "W2": self.H.T @ dZ2, "b2": dZ2.sum(0)}
        return {"dZ2": dZ2, "dH": dH, "dZ1": dZ1, **{"d" + k: v for k, v in self.grad.items()}}

    def update(self, lr):
        for k, v in self.grad.items():
            setattr(self, k, getattr(self, k) - lr * v)

    def predict(self, X):
        return (torch.tanh(X.float() @ self.W1 + self.b1) @ self.W2 + self.b2).argmax(1)
