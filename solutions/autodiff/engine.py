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
        ### BEGIN SOLUTION
        return Value(self.data + other.data, (self, other), (1.0, 1.0))
        ### END SOLUTION

    def __mul__(self, other):
        """Return self * other; `other` is a Value or a number."""
        other = other if isinstance(other, Value) else Value(other)
        ### BEGIN SOLUTION
        return Value(self.data * other.data, (self, other), (other.data, self.data))
        ### END SOLUTION

    def __pow__(self, exponent):
        """Return self ** exponent; `exponent` is a number, not 0 and possibly negative."""
        ### BEGIN SOLUTION
        return Value(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))
        ### END SOLUTION

    def tanh(self):
        """Return the hyperbolic tangent of self."""
        ### BEGIN SOLUTION
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,))
        ### END SOLUTION

    def exp(self):
        """Return e to the power of self."""
        ### BEGIN SOLUTION
        power = math.exp(self.data)
        return Value(power, (self,), (power,))
        ### END SOLUTION

    def relu(self):
        """Return self where it is positive, else 0."""
        ### BEGIN SOLUTION
        on = float(self.data > 0)
        return Value(on * self.data, (self,), (on,))
        ### END SOLUTION

    def backward(self):
        """Set this Value's `grad` to 1, and compute the `grad` of every Value that it was made from."""
        ### BEGIN SOLUTION
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            value, finished = stack.pop()
            if finished:
                order.append(value)
            elif value not in seen:
                seen.add(value)
                stack.append((value, True))
                stack.extend((parent, False) for parent in value.parents)
        self.grad = 1.0
        for value in reversed(order):
            for parent, slope in zip(value.parents, value.slopes, strict=True):
                parent.grad += slope * value.grad
        ### END SOLUTION

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


### BEGIN GRADING
from collections import Counter

import torch

from autograder import Case, Exercise, between

LEAF, ADD, MUL, POW, TANH, EXP, RELU, NEG, SUB, DIV, NUMBER = range(11)
WITH_NODE = (ADD, MUL, SUB, DIV)
GROUPS = ("tree", "functions", "reused", "mixed", "chain")


def primitive(operation, a, b):
    if operation == ADD:
        return torch.add(a, b)
    if operation == MUL:
        return torch.mul(a, b)
    if operation == POW:
        return torch.pow(a, b)
    if operation == TANH:
        return torch.tanh(a)
    if operation == EXP:
        return torch.exp(a)
    return torch.relu(a)


def made(operation, a, b, j):
    """What is given in the class is made of the other operations here as well: a mistake in one of them shows in both."""
    steps = [(operation, "a", "b")]
    known = {"a": a, "b": b, "-1": a.new_tensor(-1.0)}
    if operation in (POW, NUMBER):
        known["b"] = j if operation == POW else a.new_tensor(float(j))
        steps = [(operation if operation == POW else ADD, "a", "b")]
    if operation == NEG:
        steps = [(MUL, "a", "-1")]
    if operation == SUB:
        steps = [(MUL, "b", "-1"), (ADD, "a", "made")]
    if operation == DIV:
        known["inverse"] = -1
        steps = [(POW, "b", "inverse"), (MUL, "a", "made")]
    for step, one, other in steps:
        known["made"] = primitive(step, known[one], known[other])
    return known["made"]


def run(numbers, graph):
    """The values of all nodes. Nodes that are no leaves have the number 0, which is added: its gradient is theirs."""
    graph = [tuple(line) for line in graph.tolist()]
    operands = [() if op == LEAF else (i, j) if op in WITH_NODE else (i,) for op, i, j in graph]
    uses = Counter(n for both in operands for n in both)
    values, handed = [], []
    for k, (number, (op, _, j), used) in enumerate(zip(numbers.unbind(0), graph, operands)):
        value = number
        if used:
            given = [next(handed[n]) for n in used]
            value = number + made(op, given[0], given[-1], j)
        # What is used several times is broadcast to its uses; the derivative of that is their sum.
        values.append(value)
        handed.append(iter(value.expand(uses[k]).unbind(0) if uses[k] > 1 else [value]))
    return values


def reference(
    mark, tree, tree_graph, functions, functions_graph, reused, reused_graph, mixed, mixed_graph, chain, chain_graph
):
    given = [(tree, tree_graph), (functions, functions_graph), (reused, reused_graph)]
    given += [(mixed, mixed_graph), (chain, chain_graph)]
    found = []
    for numbers, graph in given:
        found.append(run(numbers, graph))
    last = mark("values", torch.stack(found[3]))[-1]
    return last + sum(found[n][-1] for n in (0, 1, 2, 4))


def value_of(op, a, b, j):
    return float(made(op, torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64), j))


def fits(op, a, b, j):
    """Whether an operation on these numbers is well conditioned, and leaves a gradient."""
    if op == POW:
        return 0.4 < abs(a) < 1.5
    if op == RELU:
        return a > 0.2
    if op == DIV:
        return abs(b) > 0.4 and 0.1 < abs(a / b) < 3
    if op == TANH:
        return abs(a) < 1
    if op == EXP:
        return -1 < a < 1
    return 0.1 < abs(value_of(op, a, b, j)) < 4


def along_a_spine(draw, leaves, operations, reuse, spine=True):
    """A graph whose every node uses the one before it; so there is one order only in which to go back.

    Without reuse the other operand is a leaf that was not used before. Off the spine one operand is the node that has waited
    longest for a use, and the other any.
    """
    graph = [(LEAF, 0, 0)] * leaves
    values = ((0.5 + draw.uniform(leaves)) * draw.signs(leaves)).tolist()
    fresh = list(range(1, leaves))
    unused = list(range(leaves))
    last = 0
    for op in operations:
        for _ in range(200):
            if op not in WITH_NODE:
                j = {POW: (2, 3, -1)[draw.integer(0, 2)], NUMBER: draw.integer(1, 2)}.get(op, 0)
                i, b = last if spine else unused[0], 0.0
            else:
                other = draw.integer(0, len(values) - 1) if reuse else fresh[0]
                i = last if spine else unused[0]
                i, j = (i, other) if draw.integer(0, 1) else (other, i)
                if spine and reuse and op in (SUB, DIV):
                    i, j = other, last  # what is negated or inverted is on the spine as well
                b = values[j]
            if fits(op, values[i], b, j) and not (op in (SUB, DIV) and i == j):
                break
        else:
            op, i, j, b = TANH, last, 0, 0.0
        if op in WITH_NODE and not reuse:
            fresh.pop(0)
        graph.append((op, i, j))
        values.append(value_of(op, values[i], b, j))
        last = len(values) - 1
        unused = [n for n in unused if n not in (i, j if op in WITH_NODE else i)] + [last]
    return graph, values[:leaves]


def switched_off_at_the_end(graph, leaves):
    """The last leaf made negative, and its relu subtracted: one that is off, beside all those that are on."""
    leaf, last = len(leaves) - 1, len(graph) - 1
    return [*graph, (RELU, leaf, 0), (SUB, last, last + 1)], [*leaves[:-1], -abs(leaves[-1])]


def long_chain(length):
    """v * a, then + b, and so on: with a just below 1 no value and no gradient is ever small or large."""
    graph = [(LEAF, 0, 0)] * 3
    for step in range(length):
        graph.append((ADD, len(graph) - 1, 2) if step % 2 else (MUL, 0 if not step else len(graph) - 1, 1))
    return graph, [1.5, 1 - 2.0**-10, 2.0**-10]


def arrays(**graphs):
    found = {}
    for name, (graph, leaves) in graphs.items():
        numbers = torch.zeros(len(graph), dtype=torch.float64)
        numbers[: len(leaves)] = torch.tensor(leaves, dtype=torch.float64)
        found |= {name: numbers, f"{name}_graph": torch.tensor(graph)}
    return found


def shuffled(draw, operations):
    return [operations[n] for n in draw.permutation(len(operations)).tolist()]


def inputs(draw, length=6, times=1, spine=True):
    functions = shuffled(draw, [POW, TANH, EXP, RELU, NEG, SUB, DIV, NUMBER])
    everything = [ADD, MUL, SUB, DIV, TANH, ADD, MUL, EXP, RELU, POW, NEG, MUL] * times
    return arrays(
        tree=along_a_spine(draw, 5, shuffled(draw, [ADD, MUL, MUL, ADD]), reuse=False),
        functions=switched_off_at_the_end(*along_a_spine(draw, 4, functions, reuse=False)),
        reused=along_a_spine(draw, 2, [MUL, ADD, *shuffled(draw, [MUL, MUL, ADD, ADD])], reuse=True, spine=spine),
        mixed=along_a_spine(draw, 4, shuffled(draw, everything), reuse=True, spine=spine),
        chain=long_chain(length),
    )


def on_paper(draw):
    leaf = (LEAF, 0, 0)
    return arrays(
        # 2 · (-3) + 10
        tree=([leaf, leaf, leaf, (MUL, 0, 1), (ADD, 3, 2)], [2.0, -3.0, 10.0]),
        # exp(tanh(8 - 2³)): slopes 12, -1, 1, 1 and 1
        functions=([leaf, (POW, 0, 3), (NEG, 1, 0), (NUMBER, 2, 8), (TANH, 3, 0), (EXP, 4, 0)], [2.0]),
        # y = x · x, z = y + x, z · y, for x = 3
        reused=([leaf, (MUL, 0, 0), (ADD, 1, 0), (MUL, 2, 1)], [3.0]),
        # r = relu(b), then (a / r) · b + a + r, for a = -2 and b = 4
        mixed=([leaf, leaf, (RELU, 1, 0), (DIV, 0, 2), (MUL, 3, 1), (ADD, 4, 0), (ADD, 5, 2)], [-2.0, 4.0]),
        # (v · a + b) · a with v = 1, a = 2, b = 3
        chain=([leaf, leaf, leaf, (MUL, 0, 1), (ADD, 3, 2), (MUL, 4, 1)], [1.0, 2.0, 3.0]),
    )


def switched_off(draw):
    """relu at 0, below 0, and above; the last node alone; leaves that are not used."""
    leaf = (LEAF, 0, 0)
    return arrays(
        tree=([leaf], [draw.integer(2, 5) / 2]),
        functions=([leaf, leaf, (RELU, 0, 0), (SUB, 1, 2)], [-0.5, draw.integer(2, 5) / 2]),
        reused=([leaf, leaf, (ADD, 1, 1)], [1.5, -0.5]),
        mixed=([leaf, leaf, (RELU, 0, 0), (ADD, 2, 0), (RELU, 1, 0), (ADD, 4, 3)], [0.0, -draw.integer(1, 3) / 2]),
        chain=long_chain(2),
    )


EXERCISE = Exercise(
    order=6,
    difficulty=4,
    hours=4.0,
    builds_on=("expression_graph",),
    points={"dtree": 2, "dfunctions": 4, "dreused": 4, "values": 1, "dmixed": 2, "dchain": 3},
    calls="""
        dtree = evaluate(tree, tree_graph)["gradients"]
        dfunctions = evaluate(functions, functions_graph)["gradients"]
        dreused = evaluate(reused, reused_graph)["gradients"]
        everything = evaluate(mixed, mixed_graph)
        values = everything["values"]
        dmixed = everything["gradients"]
        dchain = evaluate(chain, chain_graph)["gradients"]
    """,
    inputs=inputs,
    reference=reference,
    public=[
        Case("random graphs", length=7),
        Case(
            "worked on paper",
            inputs=on_paper,
            known={
                "dtree": ["-3", "2", "1", "1", "1"],
                "dfunctions": ["-12", "-1", "1", "1", "1", "1"],
                "dreused": ["135", "21", "9", "1"],
                "values": ["-2", "4", "4", "-0.5", "-2", "-4", "0"],
                "dmixed": ["2", "1", "1.5", "4", "1", "1", "1"],
                "dchain": ["4", "7", "2", "2", "2", "1"],
            },
        ),
        Case("relu at 0, and nodes that nothing uses", tier="edge", inputs=switched_off),
        Case("a chain of 3000", length=3000, diagnosed=False),
    ],
    ### BEGIN HIDDEN TESTS
    hidden=[
        Case("other random graphs", length=between(8, 12)),
        Case("larger random graphs", length=between(8, 12), times=2),
        Case("random graphs with branches", length=between(8, 12), times=3, spine=False, diagnosed=False),
        Case("off, unused, and alone", tier="edge", inputs=switched_off),
    ],
    ### END HIDDEN TESTS
)
