import torch


def sigmoid(z):
    return 1 / (1 + torch.exp(-z))


class ThreeLayerNetwork:
    def __init__(self, W1, b1, W2, b2, W3, b3, lr):
        self.W1, self.b1 = W1.float(), b1.float()
        self.W2, self.b2 = W2.float(), b2.float()
        self.W3, self.b3 = W3.float(), b3.float()
        self.lr = lr

    def forward(self, X):
        self.A0 = X.to(torch.float32)
        self.A1 = sigmoid(self.A0 @ self.W1.T + self.b1)
        self.A2 = sigmoid(self.A1 @ self.W2.T + self.b2)
        self.Z3 = self.A2 @ self.W3.T + self.b3
        self.A3 = sigmoid(self.Z3)
        return {"A1": self.A1, "A2": self.A2, "A3": self.A3}

    def loss(self, Y):
        self.Y = Y.to(torch.float32)
        return (torch.log1p(torch.exp(-self.Z3.abs())) + torch.relu(self.Z3) - self.Z3 * self.Y).mean()

    def backward(self):
        Y, Z3 = self.Y, self.Z3
        m = Y.shape[0] * Y.shape[1]
        self.d = d = {}
        d["dA3"] = (-Y * (1 + torch.exp(-Z3)) + (1 - Y) * (1 + torch.exp(Z3))) / m
        d["dZ3"] = (self.A3 - Y) / m
        d["dW3"] = d["dZ3"].T @ self.A2
        d["db3"] = d["dZ3"].sum(0)
        d["dA2"] = d["dZ3"] @ self.W3
        d["dZ2"] = d["dA2"] * self.A2 * (1 - self.A2)
        d["dW2"] = d["dZ2"].T @ self.A1
        d["db2"] = d["dZ2"].sum(0)
        d["dA1"] = d["dZ2"] @ self.W2
        d["dZ1"] = d["dA1"] * self.A1 * (1 - self.A1)
        d["dW1"] = d["dZ1"].T @ self.A0
        d["db1"] = d["dZ1"].sum(0)
        return d

    def update(self):
        self.W1 -= self.lr * self.d["dW1"]
        self.b1 -= self.lr * self.d["db1"]
        self.W2 -= self.lr * self.d["dW2"]
        self.b2 -= self.lr * self.d["db2"]
        self.W3 -= self.lr * self.d["dW3"]
        self.b3 -= self.lr * self.d["db3"]
