"""Random references, and students who work them by hand in NumPy: right, or wrong where a test says so.

A `Graph` is a small network of marks. It gives the text of an exercise, as an author would write it, and a `Student` works
the same network forwards and backwards with derivatives that are written out here, each step from the student's own values
before it: whatever is changed on the way, all that comes after it is computed rightly from that.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from conftest import HEAD
from hypothesis import assume, currently_in_test_context
from hypothesis import strategies as st

from autograder.course import load_exercise
from autograder.marking import mark_exercise
from autograder.results import ExerciseResult, PartResult
from autograder.sandbox.runner import Outcomes, Values
from autograder.sandbox.wire import Fault, Outcome
from autograder.trials import Exam

Arrays = dict[str, np.ndarray]
Change = Callable[[np.ndarray], np.ndarray]
"""What becomes of a value that a student has worked out."""

LAYERS = ("linear", "matmul", "addmm")
ACTIVATIONS = ("sigmoid", "tanh", "relu")
HEADS = ("mse", "squares", "nll", "cross_entropy", "bce", "bce_logits", "sum", "mean")
LABELS = ("nll", "cross_entropy")

# N, and the lengths of the axes after that, in each case: all different in each generic one.
CASES = {"first": (5, 4, 3, 6, 2, 7, 8, 9), "second": (4, 3, 6, 5, 7, 2, 9, 8), "one row": (1, 3, 5, 4, 2, 6, 8, 7)}


@dataclass(frozen=True)
class Node:
    """A mark: what it is computed by, from which mark or input, and with which other mark where it is of two."""

    kind: str
    x: str
    other: str = ""


@dataclass(frozen=True)
class Graph:
    """Marks ``v1``, ``v2``, … and what the loss is made of the last of them."""

    nodes: tuple[Node, ...]
    head: str
    case_names: tuple[str, ...] = ("first", "second")

    @functools.cached_property
    def marks(self) -> dict[str, Node]:
        return {f"v{number}": node for number, node in enumerate(self.nodes, 1)}

    @property
    def last(self) -> str:
        return f"v{len(self.nodes)}"

    def parameters(self, mark: str) -> tuple[str, ...]:
        """The names of a mark's parameters."""
        number, kind = mark[1:], self.marks[mark].kind
        if kind in LAYERS:
            return (f"W{number}", f"b{number}") if kind != "matmul" else (f"W{number}",)
        return (f"s{number}",) if kind == "gain" else ()

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """Every part, in the order in which a student works."""
        back = [f"d{name}" for mark in reversed(self.marks) for name in (mark, *self.parameters(mark))]
        return (*self.marks, "loss", *back)

    @functools.cached_property
    def axis(self) -> dict[str, int]:
        """Which of the sizes is the length of a mark's last axis."""
        found = {"X": 0}
        for mark, node in self.marks.items():
            found[mark] = max(found.values()) + 1 if node.kind in LAYERS else found[node.x]
        return found

    def users(self, mark: str) -> list[str]:
        """The marks that are computed from one."""
        return [name for name, node in self.marks.items() if mark in (node.x, node.other)]

    def after(self, name: str) -> set[str]:
        """The parts that are computed from one, in whatever number of steps; a superset where a formula may do without."""
        found: set[str] = set()
        if not name.startswith("d"):
            found |= set(self.users(name)) | {"loss"} if name != "loss" else set()
            if name in self.marks:
                for user in self.users(name):
                    node = self.marks[user]
                    found |= {f"d{p}" for p in self.parameters(user)} | {f"d{node.x}", f"d{node.other}"}
                found |= {f"d{self.marks[name].x}", f"d{name}", f"d{self.marks[name].other}"}
        elif name[1:] in self.marks:
            node = self.marks[name[1:]]
            found |= {f"d{p}" for p in self.parameters(name[1:])} | {f"d{node.x}", f"d{node.other}"}
        found &= set(self.names)
        return found.union(*(self.after(other) for other in found - {name}))

    # The author's file.

    def text(self) -> str:
        """The grading section of an exercise that asks for every part."""
        sizes = ["N", *(f"n{number}" for number in range(max(self.axis.values()) + 1))]
        made = ['"X": draw.normal(N, n0)']
        for mark, node in self.marks.items():
            number, k = mark[1:], f"n{self.axis[mark]}"
            if node.kind in LAYERS:
                into = f"n{self.axis[node.x]}"
                shape = f"{k}, {into}" if node.kind == "linear" else f"{into}, {k}"
                made.append(f'"W{number}": draw.normal({shape}, scale={into}**-0.5)')
            if node.kind in ("linear", "addmm"):
                made.append(f'"b{number}": draw.normal({k})')
            if node.kind == "gain":
                made.append(f'"s{number}": draw.uniform({k}, low=0.5, high=1.5)')
        k = f"n{self.axis[self.last]}"
        made.append({
            "bce": f'"Y": draw.binary(N, {k})', "bce_logits": f'"Y": draw.binary(N, {k})',
            "nll": f'"Y": draw.labels(N, classes={k})', "cross_entropy": f'"Y": draw.labels(N, classes={k})',
        }.get(self.head, f'"Y": draw.normal(N, {k})'))  # fmt: skip
        lines = [
            "import torch.nn.functional as F",
            f"def inputs(draw, {', '.join(sizes)}):",
            f"    return {{{', '.join(made)}}}",
            f"def reference(mark, X, Y, {', '.join(p for m in self.marks for p in self.parameters(m))}):",
        ]
        lines += [f'    {mark} = mark("{mark}", {self._formula(mark)})' for mark in self.marks]
        lines.append(f"    return {self._loss()}")
        cases = []
        for name in self.case_names:
            tier = "edge" if name == "one row" else "generic"
            lengths = ", ".join(f"{size}={length}" for size, length in zip(sizes, CASES[name], strict=False))
            cases.append(f'Case("{name}", tier="{tier}", {lengths})')
        points = {name: 1 + number % 3 for number, name in enumerate(self.names)}
        lines += [
            "EXERCISE = Exercise(",
            f"    points={points}, pure=False, inputs=inputs, reference=reference,",
            f'    calls="{", ".join(self.names)} = entries(work(X, Y))",',
            f"    public=[{', '.join(cases)}],",
            ")",
        ]
        return "\n".join(lines) + "\n"

    def _formula(self, mark: str) -> str:
        node, number = self.marks[mark], mark[1:]
        return {
            "linear": f"F.linear({node.x}, W{number}, b{number})",
            "matmul": f"{node.x} @ W{number}",
            "addmm": f"torch.addmm(b{number}, {node.x}, W{number})",
            "gain": f"{node.x} * s{number}",
            "sigmoid": f"torch.sigmoid({node.x})",
            "tanh": f"torch.tanh({node.x})",
            "relu": f"torch.relu({node.x})",
            "softmax": f"torch.softmax({node.x}, dim=1)",
            "log_softmax": f"F.log_softmax({node.x}, dim=1)",
            "add": f"{node.x} + {node.other}",
            "mul": f"{node.x} * {node.other}",
        }[node.kind]

    def _loss(self) -> str:
        z = self.last
        return {
            "mse": f"F.mse_loss({z}, Y)",
            "squares": f"(({z} - Y) ** 2).sum() / 2",
            "nll": f"F.nll_loss({z}, Y)",
            "cross_entropy": f"F.cross_entropy({z}, Y)",
            "bce": f"F.binary_cross_entropy({z}, Y)",
            "bce_logits": f"F.binary_cross_entropy_with_logits({z}, Y)",
            "sum": f"({z} * Y).sum()",
            "mean": f"({z} * Y).mean()",
        }[self.head]


@st.composite
def graphs(draw: st.DrawFn, *, kinds: Sequence[str] = (), heads: Sequence[str] = HEADS, most: int = 6) -> Graph:
    """Graphs of two to six marks, each computed from the one before it and perhaps from one further back."""
    head = draw(st.sampled_from(heads))
    end = {"nll": "log_softmax", "bce": "sigmoid"}.get(head)
    nodes = [Node(draw(st.sampled_from([k for k in LAYERS if k in (kinds or LAYERS)])), "X")]
    for number in range(1, draw(st.integers(2, most)) - bool(end)):
        known = Graph(tuple(nodes), head)
        x = f"v{number}"
        others = [m for m in known.marks if m != x and known.axis[m] == known.axis[x]]
        positive = nodes[-1].kind in ("sigmoid", "relu", "softmax")
        choice = [*LAYERS, *ACTIVATIONS[:2], "gain", *([] if positive else ["relu", "softmax"])]
        choice += ["add", "mul"] * 3 if others else []
        kind = draw(st.sampled_from([kind for kind in choice if not kinds or kind in kinds]))
        nodes.append(Node(kind, x, draw(st.sampled_from(others)) if kind in ("add", "mul") else ""))
    if end:
        nodes.append(Node(end, f"v{len(nodes)}"))
    return Graph(tuple(nodes), head)


# Students.


@dataclass(frozen=True)
class Student:
    """Works a graph in NumPy, each step from own values.

    ``changes`` are made to values by their names, as soon as they are worked out; ``slopes`` take the place of the
    derivatives of activations, ``slope(x, y)``, by mark. Those ``by_value`` are written with the activation's value, as in
    ``y (1 - y)``, others with its argument.
    """

    graph: Graph
    changes: Mapping[str, Change] = field(default_factory=dict)
    slopes: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = field(default_factory=dict)
    by_value: Sequence[str] = ACTIVATIONS

    def work(self, inputs: Mapping[str, Any]) -> Arrays:
        """Every part; those of which nothing can be made are left out."""
        return self.steps(inputs)[0]

    def steps(self, inputs: Mapping[str, Any]) -> tuple[Arrays, Arrays]:
        """Every part, and what a right step makes of the values before it."""
        found: Arrays = {}
        local: Arrays = {}
        right = replace(self, slopes={})
        known: dict[str, Any] = dict(inputs)

        def keep(name: str, step: Callable[[Student], np.ndarray]) -> None:
            try:
                local[name] = np.asarray(step(right))
                known[name] = found[name] = np.asarray(self.changes.get(name, np.asarray)(np.asarray(step(self))))
            except (ValueError, IndexError, KeyError):  # shapes that do not fit, or nothing to compute it from
                pass

        with np.errstate(all="ignore"):
            for mark in self.graph.marks:
                keep(mark, lambda who, mark=mark: who._forward(mark, known))  # type: ignore[misc]
            keep("loss", lambda who: who._loss(known))
            for mark in reversed(self.graph.marks):
                keep(f"d{mark}", lambda who, mark=mark: who._gradient(mark, known))  # type: ignore[misc]
                for one in self.graph.parameters(mark):
                    keep(f"d{one}", lambda who, one=one, mark=mark: who._back(mark, known)[one])  # type: ignore[misc]
        return found, local

    def _forward(self, mark: str, known: Mapping[str, Any]) -> np.ndarray:
        node, number = self.graph.marks[mark], mark[1:]
        x = known[node.x]
        match node.kind:
            case "linear":
                return x @ known[f"W{number}"].T + known[f"b{number}"]
            case "matmul":
                return x @ known[f"W{number}"]
            case "addmm":
                return x @ known[f"W{number}"] + known[f"b{number}"]
            case "gain":
                return x * known[f"s{number}"]
            case "sigmoid":
                return 1 / (1 + np.exp(-x))
            case "tanh":
                return np.tanh(x)
            case "relu":
                return np.maximum(x, 0)
            case "softmax":
                return softmax(x)
            case "log_softmax":
                return x - x.max(1, keepdims=True) - np.log(np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True))
            case "add":
                return x + known[node.other]
            case _:
                return x * known[node.other]

    def _loss(self, known: Mapping[str, Any]) -> np.ndarray:
        z, y = known[self.graph.last], known["Y"]
        match self.graph.head:
            case "mse":
                return ((z - y) ** 2).mean()
            case "squares":
                return ((z - y) ** 2).sum() / 2
            case "nll":
                return -z[np.arange(len(z)), y].mean()
            case "cross_entropy":
                return -np.log(softmax(z)[np.arange(len(z)), y]).mean()
            case "bce":
                return -(y * np.log(z) + (1 - y) * np.log(1 - z)).mean()
            case "bce_logits":
                return (np.log1p(np.exp(z)) - y * z).mean()
            case "sum":
                return (z * y).sum()
            case _:
                return (z * y).mean()

    def _gradient(self, mark: str, known: Mapping[str, Any]) -> np.ndarray:
        if mark != self.graph.last:
            return sum((self._back(user, known)[mark] for user in self.graph.users(mark)), np.zeros(()))
        z, y = known[mark], known["Y"]
        if self.graph.head in LABELS:
            y = np.eye(z.shape[1])[y]
        match self.graph.head:
            case "mse":
                return 2 * (z - y) / z.size
            case "squares":
                return z - y
            case "nll":
                return -y / len(z)
            case "cross_entropy":
                return (softmax(z) - y) / len(z)
            case "bce":
                return (z - y) / (z * (1 - z)) / z.size
            case "bce_logits":
                return (1 / (1 + np.exp(-z)) - y) / z.size
            case "sum":
                return y + 0 * z
            case _:
                return (y + 0 * z) / z.size

    def _back(self, mark: str, known: Mapping[str, Any]) -> Arrays:
        """What the gradient of a mark gives to those of all that it is computed from."""
        node, number = self.graph.marks[mark], mark[1:]
        x, g = known[node.x], known[f"d{mark}"]
        y = known[mark] if node.kind in self.by_value else self._forward(mark, known)
        match node.kind:
            case "linear":
                w = known[f"W{number}"]
                return {node.x: g @ w, f"W{number}": g.T @ x, f"b{number}": g.sum(0)}
            case "matmul" | "addmm":
                w = known[f"W{number}"]
                return {node.x: g @ w.T, f"W{number}": x.T @ g, f"b{number}": g.sum(0)}
            case "gain":
                return {node.x: g * known[f"s{number}"], f"s{number}": (g * x).sum(0)}
            case "sigmoid" | "tanh" | "relu":
                return {node.x: g * self.slopes.get(mark, SLOPES[node.kind])(x, y)}
            case "softmax":
                return {node.x: y * (g - (g * y).sum(1, keepdims=True))}
            case "log_softmax":
                return {node.x: g - np.exp(y) * g.sum(1, keepdims=True)}
            case "add":
                return {node.x: g, node.other: g} if node.x != node.other else {node.x: 2 * g}
            case _:
                return {node.x: g * known[node.other], node.other: g * x}


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


SLOPES: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "sigmoid": lambda x, y: y * (1 - y),
    "tanh": lambda x, y: 1 - y * y,
    "relu": lambda x, y: (y > 0) * 1.0,
}


def examine(graph: Graph) -> Exam:
    """The exam of a graph's exercise, which is loaded from a file as any other is.

    As `autograder.verify` does, it refuses exercises in which a part is zero in some case (all its units are off).
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.py"
        path.write_text(HEAD + graph.text())
        exam = Exam(load_exercise(path, assignment="graphs"), None)
    if currently_in_test_context():
        assume(all(one.value.any() for trial in exam.trials for one in exam.expected(trial.case).values()))
    return exam


def outcomes(exam: Exam, work: Callable[[Mapping[str, Any]], Arrays]) -> Outcomes:
    """What a process would report of a student who works like this."""
    runs = []
    for trial in exam.trials:
        arrays = work(exam.inputs[trial.case.name])
        absent = {name: Fault("missing") for name in exam.loaded.exercise.parts if name not in arrays}
        runs.append(Values(arrays, Outcome(absent)))
    return Outcomes(runs)


def graded(
    exam: Exam, work: Callable[[Mapping[str, Any]], Arrays], carried_forward: float = 1.0
) -> tuple[ExerciseResult, dict[str, PartResult]]:
    """The result, and its parts by name."""
    result = mark_exercise(exam, outcomes(exam, work), carried_forward=carried_forward)
    return result, {part.part: part for part in result.parts}
