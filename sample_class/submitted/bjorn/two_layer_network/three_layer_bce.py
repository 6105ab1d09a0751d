import torch
import torch.nn.functional as F


class ThreeLayerNetwork:
    def __init__(self, W1, b1, W2, b2, W3, b3, lr):
        self.W1, self.b1, self.W2, self.b2, self.W3, self.b3 = W1, b1, W2, b2, W3, b3
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.rows = []
        for x in X:
            a1 = torch.sigmoid(self.W1.mv(x) + self.b1)
            a2 = torch.sigmoid(self.W2.mv(a1) + self.b2)
            z3 = self.W3.mv(a2) + self.b3
            self.rows.append((x, a1, a2, z3, torch.sigmoid(z3)))
        return {
            "A1": torch.stack([row[1] for row in self.rows]),
            "A2": torch.stack([row[2] for row in self.rows]),
            "A3": torch.stack([row[4] for row in self.rows]),
        }

    def loss(self, Y):
        self.Y = Y
        return sum(F.binary_cross_entropy_with_logits(row[3], y) for row, y in zip(self.rows, Y)) / len(self.rows)

    def backward(self):
        count = self.Y.numel()
        per_row = {name: [] for name in ("dA3", "dZ3", "dA2", "dZ2", "dA1", "dZ1")}
        grads = {f"d{name}": torch.zeros_like(getattr(self, name)) for name in ("W1", "b1", "W2", "b2", "W3", "b3")}
        for (x, a1, a2, z3, a3), y in zip(self.rows, self.Y):
            dA3 = (1 - y) * (1 + torch.exp(z3)) / count - y * (1 + torch.exp(-z3)) / count
            dZ3 = (a3 - y) / count
            dA2 = self.W3.T.mv(dZ3)
            dZ2 = dA2 * a2 * (1 - a2)
            dA1 = self.W2.T.mv(dZ2)
            dZ1 = dA1 * a1 * (1 - a1)
            grads["dW3"] += torch.outer(dZ3, a2)
            grads["dW2"] += torch.outer(dZ2, a1)
            grads["dW1"] += torch.outer(dZ1, x)
            grads["db3"] += dZ3
            grads["db2"] += dZ2
            grads["db1"] += dZ1
            for name, value in zip(per_row, (dA3, dZ3, dA2, dZ2, dA1, dZ1)):
                per_row[name].append(value)
        self.grads = grads
        return {**grads, **{name: torch.stack(rows) for name, rows in per_row.items()}}

    def update(self):
        with torch.no_grad():
            for name in ("W1", "b1", "W2", "b2", "W3", "b3"):
                parameter = getattr(self, name)
                parameter -= self.lr * self.grads[f"d{name}"]
