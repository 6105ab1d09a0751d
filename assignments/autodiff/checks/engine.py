"""Public cases of autodiff/engine, for `autograder check`. Generated: changes are lost.

The reference computes the true gradients with PyTorch's own differentiation. Your marks come from these
cases and from others that only your instructor has.
"""

### BEGIN GRADING
ASSIGNMENT = "autodiff"
STUB = "151b763ea2bf24f7"
MORE_CASES = True

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
)
