from pathlib import Path

import numpy as np
import torch


class DigitsClassifier:
    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1 = W1, b1
        self.W2, self.b2 = W2, b2

    def forward(self, X):
        self.X = X
        self.H = (X.matmul(self.W1) + self.b1).tanh()
        self.Z2 = self.H.matmul(self.W2) + self.b2
        return self.Z2

    def loss(self, y):
        m = self.Z2.max(1, keepdim=True)[0]
        e = torch.exp(self.Z2 - m)
        self.P = e / e.sum(1, keepdim=True)
        self.Y = torch.eye(self.Z2.shape[1], dtype=self.Z2.dtype)[y]   # one-hot
        return (m[:, 0] + e.sum(1).log() - (self.Z2 * self.Y).sum(1)).mean()

    def backward(self):
        d2 = (self.P - self.Y) / self.P.shape[0]
        dH = d2.matmul(self.W2.t())
        d1 = dH * (1 - self.H * self.H)
        self.dW2, self.db2 = self.H.t().matmul(d2), d2.sum(0)
        self.dW1, self.db1 = self.X.t().matmul(d1), d1.sum(0)
        return dict(dZ2=d2, dW2=self.dW2, db2=self.db2, dH=dH, dZ1=d1, dW1=self.dW1, db1=self.db1)

    def update(self, lr):
        self.W1 = self.W1 - lr * self.dW1
        self.b1 = self.b1 - lr * self.db1
        self.W2 = self.W2 - lr * self.dW2
        self.b2 = self.b2 - lr * self.db2

    def predict(self, X):
        return torch.argmax(self.forward(X), dim=1)


def main():
    with np.load(Path(__file__).with_name("digits.npz")) as data:
        images = torch.from_numpy(data["images"]).double() / 16
        digits = torch.from_numpy(data["labels"]).long()
    chance = torch.Generator().manual_seed(0)
    n_h = 32
    net = DigitsClassifier(
        torch.randn(64, n_h, generator=chance, dtype=torch.float64) / 64**0.5,
        torch.zeros(n_h, dtype=torch.float64),
        torch.randn(n_h, 10, generator=chance, dtype=torch.float64) / n_h**0.5,
        torch.zeros(10, dtype=torch.float64),
    )
    for epoch in range(1, 11):
        total = 0.0
        batches = torch.randperm(1500, generator=chance).split(20)
        for batch in batches:
            net.forward(images[batch])
            total += float(net.loss(digits[batch]))
            net.backward()
            net.update(lr=0.5)
        right = (net.predict(images[1500:]) == digits[1500:]).double().mean()
        print(f"epoch {epoch:2}: mean loss {total / len(batches):.4f}, {right:.1%} of the held-out digits are right")


if __name__ == "__main__":
    main()
