"""Every Value keeps a function that hands its gradient on, as in micrograd; the order is that of creation."""

import itertools
import math

import torch

NUMBERS = itertools.count()


class Value:
    def __init__(self, data, parents=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.number = next(NUMBERS)
        self.hand_on = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def hand_on():
            self.grad += out.grad
            other.grad += out.grad

        out.hand_on = hand_on
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def hand_on():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.hand_on = hand_on
        return out

    def of_one(self, data, slope):
        out = Value(data, (self,))

        def hand_on():
            self.grad += slope * out.grad

        out.hand_on = hand_on
        return out

    def __pow__(self, n):
        return self.of_one(self.data**n, n * self.data**n / self.data)

    def tanh(self):
        return self.of_one(math.tanh(self.data), 1 / math.cosh(self.data) ** 2)

    def exp(self):
        return self.of_one(math.exp(self.data), math.exp(self.data))

    def relu(self):
        return self.of_one(max(self.data, 0.0), 1.0 if self.data > 0 else 0.0)

    def backward(self):
        found, waiting = {self.number: self}, [self]
        while waiting:
            for parent in waiting.pop().parents:
                if parent.number not in found:
                    found[parent.number] = parent
                    waiting.append(parent)
        self.grad = 1.0
        for number in sorted(found, reverse=True):
            found[number].hand_on()


def apply(name, nodes, i, j):
    a, b = nodes[i], nodes[j] if name in ("add", "mul", "sub", "div") else None
    if name == "add":
        return a + b
    if name == "mul":
        return a * b
    if name == "pow":
        return a**j
    if name == "neg":
        return a * -1.0
    if name == "sub":
        return a + b * -1.0
    if name == "div":
        return a * b**-1
    if name == "number":
        return a + j
    return getattr(a, name)()


NAMES = ("leaf", "add", "mul", "pow", "tanh", "exp", "relu", "neg", "sub", "div", "number")


def evaluate(numbers, graph):
    nodes = []
    for number, (operation, i, j) in zip(numbers.tolist(), graph.tolist()):
        nodes.append(apply(NAMES[operation], nodes, i, j) if operation else Value(number))
    nodes[-1].backward()
    return {
        "values": torch.tensor([node.data for node in nodes], dtype=torch.float64),
        "gradients": torch.tensor([node.grad for node in nodes], dtype=torch.float64),
    }
