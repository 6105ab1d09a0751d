"""In float32, and a Value hands on as soon as all its uses have done so (Kahn's order)."""

import torch


class Value:

    def __init__(self, data, parents=(), slopes=()):
        self.data = torch.as_tensor(data, dtype=torch.float32)
        self.grad = torch.zeros((), dtype=torch.float32)
        self.parents = parents
        self.slopes = slopes

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent):
        return Value(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def tanh(self):
        t = torch.tanh(self.data)
        return Value(t, (self,), (1 - t * t,))

    def exp(self):
        power = torch.exp(self.data)
        return Value(power, (self,), (power,))

    def relu(self):
        on = float(self.data > 0)
        return Value(on * self.data, (self,), (on,))

    def backward(self):
        uses, seen, stack = {}, {self}, [self]
        while stack:
            for parent in stack.pop().parents:
                uses[parent] = uses.get(parent, 0) + 1
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        self.grad = torch.ones((), dtype=torch.float32)
        ready = [self]
        while ready:
            value = ready.pop()
            for parent, slope in zip(value.parents, value.slopes):
                parent.grad = parent.grad + slope * value.grad
                uses[parent] -= 1
                if not uses[parent]:
                    ready.append(parent)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __truediv__(self, other):
        return self * other**-1

    def __radd__(self, number):
        return self + number

    def __rmul__(self, number):
        return self * number


OPERATIONS = ("leaf", "i + j", "i * j", "i to the power j", "tanh i", "exp i", "relu i", "-i", "i - j", "i / j", "j + i")
# In 'to the power j' and in 'j + i', j is a number itself; everywhere else a node's.


def evaluate(numbers, graph):
    nodes = []
    for number, (operation, i, j) in zip(numbers.tolist(), graph.tolist(), strict=True):
        name = OPERATIONS[operation]
        if name == "leaf":
            node = Value(number)
        elif name == "i + j":
            node = nodes[i] + nodes[j]
        elif name == "i * j":
            node = nodes[i] * nodes[j]
        elif name == "i to the power j":
            node = nodes[i] ** j
        elif name == "tanh i":
            node = nodes[i].tanh()
        elif name == "exp i":
            node = nodes[i].exp()
        elif name == "relu i":
            node = nodes[i].relu()
        elif name == "-i":
            node = -nodes[i]
        elif name == "i - j":
            node = nodes[i] - nodes[j]
        elif name == "i / j":
            node = nodes[i] / nodes[j]
        else:
            node = j + nodes[i]
        nodes.append(node)
    nodes[-1].backward()
    return {
        "values": torch.stack([node.data for node in nodes]),
        "gradients": torch.stack([node.grad for node in nodes]),
    }


