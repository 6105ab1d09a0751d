"""A small engine for automatic differentiation: numbers that remember what they were computed from.

    a, b = Value(2.0), Value(-3.0)
    loss = (a * b + 1).tanh() + a ** 2
    loss.backward()
    a.grad                              # the derivative of loss with respect to a

A `Value` has a number, `data`, and after `backward` on the last value of a graph its derivative, `grad`: that of the last
value with respect to this one. `grad` is 0.0 for a new Value, and stays 0.0 for one on which the last value does not depend.
All numbers are plain Python floats.

You write the operations `+`, `*` and `**`, the functions `tanh`, `exp` and `relu`, and `backward`. Differences, quotients
and numbers on the left, `2 * v`, are given: they are made of yours. Each operation makes a new Value and tells it its
`parents`, the Values it was computed from, and in the same order its `slopes`, the derivative of its own number with
respect to each of theirs. You may store something else instead, as long as `Value(number)`, `data`, `grad` and the
operations work as described.

What `backward` must be able to do:

- A Value may be used many times, also twice by one operation (`v * v`): its grad is the sum over all uses. It must be
  complete before it is handed on to the parents, so the order matters: every Value after all those that use it.
- A chain of 3000 operations is an ordinary graph. Python allows about 1000 calls within each other: no recursion.
- Every graph is made of new Values, and `backward` is called once on each: nothing may be left over from another graph.

Conventions: the exponent of `**` is a number, not a Value, and is never 0; relu(v) = max(v, 0) has the derivative 0 at 0.

`evaluate` is given. It builds a graph from arrays and calls your `backward`; the grader compares what it returns with
PyTorch. Line k of `graph` (m, 3), whole numbers (int64), says how node k is made: its operation, one of the names in
OPERATIONS by its place there, and two operands i and j, mostly numbers of earlier nodes. `numbers` (m,) has the numbers of
the leaves. Graded are the gradients of all m nodes: in graphs with `+` and `*` in which every node is used once
(`dtree`), in such graphs with the other operations (`dfunctions`), with `+`, `*` and repeated uses (`dreused`), with all of it
(`values`, `dmixed`), and along a chain (`dchain`).

Read on: Karpathy, micrograd, https://github.com/karpathy/micrograd (the same idea, with recursion); Griewank and Walther,
'Evaluating Derivatives' (2008), chapter 3.
"""

import math

import torch


class Value:
    """A number, its derivative, and what it was computed from."""

    def __init__(self, data, parents=(), slopes=()):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.slopes = slopes

    def __add__(self, other):
        """Return self + other; `other` is a Value or a number."""
        other = other if isinstance(other, Value) else Value(other)
        raise NotImplementedError("engine: Value.__add__ is not written yet")

    def __mul__(self, other):
        """Return self * other; `other` is a Value or a number."""
        other = other if isinstance(other, Value) else Value(other)
        raise NotImplementedError("engine: Value.__mul__ is not written yet")

    def __pow__(self, exponent):
        """Return self ** exponent; `exponent` is a number, not 0 and possibly negative."""
        raise NotImplementedError("engine: Value.__pow__ is not written yet")

    def tanh(self):
        """Return the hyperbolic tangent of self."""
        raise NotImplementedError("engine: Value.tanh is not written yet")

    def exp(self):
        """Return e to the power of self."""
        raise NotImplementedError("engine: Value.exp is not written yet")

    def relu(self):
        """Return self where it is positive, else 0."""
        raise NotImplementedError("engine: Value.relu is not written yet")

    def backward(self):
        """Set this Value's `grad` to 1, and compute the `grad` of every Value that it was made from."""
        raise NotImplementedError("engine: Value.backward is not written yet")

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


OPERATIONS = "leaf, i + j, i * j, i to the power j, tanh i, exp i, relu i, -i, i - j, i / j, j + i".split(", ")
# In 'to the power j' and in 'j + i', j is a number itself; everywhere else a node's.


def evaluate(numbers, graph):
    """Return {"values": (m,), "gradients": (m,)} of the m nodes of a graph; the gradients are those of the last node."""
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
        "values": torch.tensor([node.data for node in nodes], dtype=torch.float64),
        "gradients": torch.tensor([node.grad for node in nodes], dtype=torch.float64),
    }
