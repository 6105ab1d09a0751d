import torch


class DigitsClassifier:
    """With a column of ones beside the inputs a bias is one more row of the weights."""

    def __init__(self, W1, b1, W2, b2):
        self.theta1 = torch.cat([W1, b1[None]])
        self.theta2 = torch.cat([W2, b2[None]])

    W1 = property(lambda self: self.theta1[:-1])
    b1 = property(lambda self: self.theta1[-1])
    W2 = property(lambda self: self.theta2[:-1])
    b2 = property(lambda self: self.theta2[-1])

    @staticmethod
    def _with_ones(A):
        return torch.cat([A, A.new_ones(A.shape[0], 1)], dim=1)

    def _layers(self, X):
        X1 = self._with_ones(X)
        H = torch.tanh(torch.einsum("ni,ij->nj", X1, self.theta1))
        H1 = self._with_ones(H)
        return X1, H, H1, torch.einsum("nj,jc->nc", H1, self.theta2)

    def forward(self, X):
        self.X1, self.H, self.H1, self.Z2 = self._layers(X)
        return self.Z2

    def loss(self, y):
        self.y = y
        self.log_p = self.Z2.log_softmax(1)
        return torch.nn.functional.nll_loss(self.log_p, y)

    def backward(self):
        N, C = self.Z2.shape
        dZ2 = (self.log_p.exp() - torch.eye(C, dtype=self.Z2.dtype)[self.y]) / N
        self.dtheta2 = torch.einsum("nj,nc->jc", self.H1, dZ2)
        dH = torch.einsum("nc,jc->nj", dZ2, self.theta2[:-1])
        dZ1 = torch.einsum("nj,nj,nj->nj", dH, 1 - self.H, 1 + self.H)
        self.dtheta1 = torch.einsum("ni,nj->ij", self.X1, dZ1)
        return {
            "dZ2": dZ2,
            "dW2": self.dtheta2[:-1],
            "db2": self.dtheta2[-1],
            "dH": dH,
            "dZ1": dZ1,
            "dW1": self.dtheta1[:-1],
            "db1": self.dtheta1[-1],
        }

    def update(self, lr):
        self.theta1 = self.theta1 - lr * self.dtheta1
        self.theta2 = self.theta2 - lr * self.dtheta2

    def predict(self, X):
        return torch.stack([scores.argmax() for scores in self._layers(X)[-1]])
