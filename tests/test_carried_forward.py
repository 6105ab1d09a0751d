"""An error is counted once, and a spoiled value earns nothing: properties of marking, on random references.

What is promised, and why it holds, is in docs/carried-forward.md. Every example costs a diagnosis of each wrong answer:
FUZZ_EXAMPLES=500 tries more of them than a run of all tests has the time for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from fuzzing import fuzz
from graphs import ACTIVATIONS, LAYERS, SLOPES, Arrays, Change, Graph, Node, Student, examine, graded, graphs
from hypothesis import assume, event, given
from hypothesis import strategies as st

from autograder.course import call_with_known
from autograder.reference import one_thread, tensors
from autograder.results import PartResult
from autograder.trials import Exam

seeds = st.integers(0, 1 << 16)
ways = st.sampled_from([ACTIVATIONS, ()])  # derivatives of activations by their value, or by their argument


@pytest.fixture(autouse=True)
def _single_thread() -> Iterator[None]:
    with one_thread():
        yield


# What a student may have at a part in the place of what follows from the values before it.


def noise(seed: int) -> Change:
    """Every element by another factor below 1: full rank, and a probability stays one."""
    return lambda value: value * np.random.RandomState(seed).uniform(0.3, 0.9, value.shape)


def times(seed: int) -> Change:
    """The whole by one factor that is no size and no simple fraction."""
    return lambda value: value * (0.31 + 0.003 * (seed % 150))


MISTAKES: tuple[Callable[[int], Change], ...] = (noise, times)

WRONG_SLOPES: Mapping[str, tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], set[str]]] = {
    "1": (lambda x, y: np.ones_like(y), {"activation_derivative_missing"}),
    "that of the sigmoid": (lambda x, y: y * (1 - y), {"other_activation"}),
    "that of the tanh": (lambda x, y: 1 - y * y, {"other_activation"}),
    "that of the relu": (lambda x, y: (x > 0) * 1.0, {"other_activation", "activation_derivative_missing"}),
    "the value": (lambda x, y: y, {"wrong_operand", "dropped_term"}),
    "its square": (lambda x, y: (y * (1 - y)) ** 2, set()),
}


def is_truth(name: str, works: Mapping[str, Arrays], truth: Mapping[str, Arrays]) -> bool:
    """Whether a part is right in every case."""
    return all(
        name in works[case]
        and works[case][name].shape == truth[case][name].shape
        and np.allclose(works[case][name], truth[case][name], rtol=1e-5, atol=1e-9)
        for case in truth
    )


def everywhere(exam: Exam, work: Callable[[Mapping[str, Any]], Arrays]) -> dict[str, Arrays]:
    return {name: work(inputs) for name, inputs in exam.inputs.items()}


def expected_statuses(exam: Exam, graph: Graph, student: Student, broken: set[str]) -> dict[str, str]:
    """Broken links are wrong, what has other values by them is carried forward, and all else is correct."""
    works, truth = everywhere(exam, student.work), everywhere(exam, Student(graph).work)
    return {
        name: "wrong" if name in broken else "correct" if is_truth(name, works, truth) else "carried_forward"
        for name in graph.names
    }


def check(exam: Exam, graph: Graph, student: Student, broken: set[str]) -> dict[str, PartResult]:
    """An error costs its own part, and no other."""
    result, parts = graded(exam, student.work)
    assert {name: part.status for name, part in parts.items()} == expected_statuses(exam, graph, student, broken)
    assert {name: part.score for name, part in parts.items()} == {
        name: 0.0 if name in broken else part.points for name, part in parts.items()
    }
    assert result.score == result.points - sum(parts[name].points for name in broken)
    return parts


# A right answer earns everything.


@fuzz(60)
@given(graphs(), ways)
def test_a_right_backward_by_hand_earns_everything_and_nothing_is_carried(
    graph: Graph, by_value: tuple[str, ...]
) -> None:
    exam = examine(graph)
    check(exam, graph, Student(graph, by_value=by_value), set())


@fuzz(30)
@given(graphs())
def test_the_gradients_of_plain_automatic_differentiation_earn_everything(graph: Graph) -> None:
    """The same graph without marks: PyTorch walks it whole."""
    exam = examine(graph)

    def work(inputs: Mapping[str, Any]) -> Arrays:
        found, leaves = {}, tensors(inputs)
        named = {name: leaf.requires_grad_() for name, leaf in leaves.items() if leaf.is_floating_point()}

        def keep(name: str, value: Any) -> Any:
            value.retain_grad()
            found[name] = named[name] = value
            return value

        loss = call_with_known(exam.loaded.exercise.reference, keep, known=leaves)
        loss.backward()
        gradients = {f"d{name}": value.grad for name, value in named.items()}
        return {name: np.asarray(({**found, "loss": loss, **gradients})[name].detach()) for name in graph.names}

    result, parts = graded(exam, work)
    assert {part.status for part in parts.values()} == {"correct"}
    assert result.score == result.points


# An error is counted once.


@fuzz(20)
@given(graphs(), ways, st.sampled_from(MISTAKES), seeds, st.data())
def test_one_spoiled_value_costs_its_own_points_and_no_others(graph, by_value, mistake, seed, data) -> None:
    exam = examine(graph)
    place = data.draw(st.sampled_from(graph.names))
    student = Student(graph, {place: mistake(seed)}, by_value=by_value)
    statuses = expected_statuses(exam, graph, student, {place})
    assert {name for name, status in statuses.items() if status == "carried_forward"} <= graph.after(place)
    event(f"{'carries' if 'carried_forward' in statuses.values() else 'is the last'}")
    check(exam, graph, student, {place})


@fuzz(16)
@given(graphs(kinds=(*ACTIVATIONS, "linear", "addmm", "add")), st.sampled_from(sorted(WRONG_SLOPES)), st.data())
def test_a_wrong_derivative_is_found_where_it_is_made_and_named(graph: Graph, slope: str, data: st.DataObject) -> None:
    activations = [mark for mark, node in graph.marks.items() if node.kind in SLOPES]
    assume(activations)
    mark = data.draw(st.sampled_from(activations))
    wrong, names = WRONG_SLOPES[slope]
    exam = examine(graph)
    student = Student(graph, slopes={mark: wrong})
    place = f"d{graph.marks[mark].x}"
    assume(not is_truth(place, everywhere(exam, student.work), everywhere(exam, Student(graph).work)))
    parts = check(exam, graph, student, {place})
    assert not names or parts[place].mistake in names


@fuzz(16)
@given(graphs(), ways, st.tuples(*2 * [st.sampled_from(MISTAKES)]), seeds, st.data())
def test_two_spoiled_values_cost_the_points_of_both_and_no_others(graph, by_value, mistakes, seed, data) -> None:
    exam = examine(graph)
    places = data.draw(st.lists(st.sampled_from(graph.names), min_size=2, max_size=2, unique=True))
    changes = {place: mistake(seed + n) for n, (place, mistake) in enumerate(zip(places, mistakes, strict=True))}
    check(exam, graph, Student(graph, changes, by_value=by_value), set(places))


@fuzz(12)
@given(graphs(), seeds, st.sampled_from([0.0, 0.5, 0.25]), st.data())
def test_a_course_may_give_carried_parts_a_share_of_their_points(graph, seed, share, data) -> None:
    exam = examine(graph)
    place = data.draw(st.sampled_from(graph.names))
    _, parts = graded(exam, Student(graph, {place: noise(seed)}).work, carried_forward=share)
    shares = {"wrong": 0.0, "correct": 1.0, "carried_forward": share}
    assert [part.score for part in parts.values()] == [shares[part.status] * part.points for part in parts.values()]
    statuses = expected_statuses(exam, graph, Student(graph, {place: noise(seed)}), {place})
    assert {name: part.status for name, part in parts.items()} == statuses


# Nobody gains by spoiling a value.


def sparse(value: np.ndarray) -> np.ndarray:
    """All zeros but one element."""
    found = np.zeros_like(value)
    at = int(np.abs(value).argmax())
    found.flat[at] = value.flat[at]
    return found


def copy_of(name: str) -> Callable[[np.ndarray, Mapping[str, Any]], np.ndarray]:
    def copy(value: np.ndarray, known: Mapping[str, Any]) -> np.ndarray:
        other = known.get(name)
        return other if isinstance(other, np.ndarray) and other.shape == value.shape else value

    return copy


Strategy = Callable[[np.ndarray, Mapping[str, Any]], np.ndarray]

NOTHING: Mapping[str, Strategy] = {
    "zeros": lambda value, _: np.zeros_like(value),
    "ones": lambda value, _: np.ones_like(value),
    "a constant": lambda value, _: np.full_like(value, 0.37),
    "nan": lambda value, _: value * np.nan,
    "one nan": lambda value, _: np.where(np.arange(value.size).reshape(value.shape) == 0, np.nan, value),
    "infinity": lambda value, _: value + np.inf,
    "another shape": lambda value, _: value[..., None],
}
"""What says nothing: no later part may earn anything by it."""

CHAIN = (*LAYERS, *ACTIVATIONS, "softmax", "gain")
"""Marks that are computed from one mark alone."""

SPOILS: Mapping[str, Strategy] = {
    **NOTHING,
    "twice": lambda value, _: 2 * value,
    "a thousand times": lambda value, _: 1000 * value,
    "the opposite": lambda value, _: -value,
    "one element": lambda value, _: sparse(value),
    "random": lambda value, _: np.random.RandomState(7).standard_normal(value.shape),
}


def spoiled(exam: Exam, honest: Student, place: str, strategy: Strategy) -> Student:
    """The same code, but for one part."""
    works = {name: honest.work(inputs) for name, inputs in exam.inputs.items()}
    known = {name: {**exam.inputs[name], **work} for name, work in works.items()}

    def change(value: np.ndarray) -> np.ndarray:
        case = next(name for name in known if known[name][place].shape == value.shape)
        return strategy(known[case][place], known[case])

    return Student(honest.graph, {**honest.changes, place: change}, honest.slopes, honest.by_value)


def visible(exam: Exam, student: Student, place: str) -> bool:
    """Whether each mistake but that at one place still shows in the values that a student has."""
    wrong = {*student.changes, *(f"d{student.graph.marks[mark].x}" for mark in student.slopes)} - {place}
    shown = set()
    for inputs in exam.inputs.values():
        found, local = student.steps(inputs)
        shown |= {
            name
            for name in wrong
            if name not in found or not np.allclose(found[name], local[name], rtol=1e-3, atol=1e-12, equal_nan=True)
        }
    return shown == wrong


@st.composite
def students(draw: st.DrawFn, graph: Graph) -> Student:
    """Students with up to three mistakes of their own."""
    places = draw(st.lists(st.sampled_from(graph.names), max_size=2, unique=True))
    activations = [mark for mark, node in graph.marks.items() if node.kind in SLOPES]
    marks = draw(st.lists(st.sampled_from(activations), max_size=1)) if activations else []
    changes = {place: draw(st.sampled_from(MISTAKES))(draw(seeds)) for place in places}
    slopes = {mark: WRONG_SLOPES[draw(st.sampled_from(sorted(WRONG_SLOPES)))][0] for mark in marks}
    return Student(graph, changes, slopes, draw(ways))


@fuzz(20)
@given(graphs(), st.data())
def test_a_spoiled_value_earns_no_more_than_an_honest_one(graph: Graph, data: st.DataObject) -> None:
    """Never more than everything but the part's own points; never more than the honest answer at this part earns.

    The second holds as long as every mistake that the student makes elsewhere still shows in the values that come of it.
    """
    exam = examine(graph)
    honest = data.draw(students(graph))
    place = data.draw(st.sampled_from(graph.names))
    before, _ = graded(exam, honest.work)
    truth = everywhere(exam, Student(graph).work)
    copies = {f"a copy of {name}": copy_of(name) for name in (*graph.names, *exam.inputs["first"])}
    names = data.draw(st.lists(st.sampled_from([*SPOILS, *copies]), min_size=4, max_size=4, unique=True))
    for name in names:
        student = spoiled(exam, honest, place, {**SPOILS, **copies}[name])
        works = everywhere(exam, student.work)
        if is_truth(place, works, truth) or is_truth(place, works, everywhere(exam, honest.work)):
            continue
        after, parts = graded(exam, student.work)
        event(f"{name[:6]}")
        assert parts[place].score == 0, name
        assert after.score <= after.points - parts[place].points, name
        if visible(exam, student, place) and place not in honest.slopes:
            assert after.score <= before.score, name


@fuzz(24)
@given(graphs(kinds=CHAIN), ways, st.data())
def test_what_says_nothing_carries_nothing(graph: Graph, by_value: tuple[str, ...], data: st.DataObject) -> None:
    """In a chain: what is made of another value as well follows from that."""
    exam = examine(graph)
    place = data.draw(st.sampled_from(graph.names))
    copies = {name: copy_of(name) for name, value in exam.inputs["first"].items() if isinstance(value, np.ndarray)}
    strategies = {**NOTHING, **copies}
    truth = everywhere(exam, Student(graph).work)
    for name in data.draw(st.lists(st.sampled_from(sorted(strategies)), min_size=4, max_size=4, unique=True)):
        student = spoiled(exam, Student(graph, by_value=by_value), place, strategies[name])
        if is_truth(place, everywhere(exam, student.work), truth):
            continue
        _, parts = graded(exam, student.work)
        assert parts[place].score == 0
        assert [part for part in parts.values() if part.status == "carried_forward"] == [], name


# Ways to make a value that hides what comes after it, each by hand. Expected to fail where they still work.

RELU = Graph((Node("linear", "X"), Node("relu", "v1"), Node("linear", "v2")), "squares")
SIGMOID = Graph((Node("linear", "X"), Node("sigmoid", "v1"), Node("linear", "v2")), "squares")


def ones(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.ones_like(y)


def one_is_huge(value: np.ndarray) -> np.ndarray:
    found = value.copy()
    found.flat[0] = 1e12
    return found


def right_in_one(value: np.ndarray) -> np.ndarray:
    found = np.random.RandomState(0).standard_normal(value.shape)
    found.flat[0] = value.flat[0]
    return found


def an_eighth_where_on(gradient: np.ndarray, known: Mapping[str, Any]) -> np.ndarray:
    found = np.zeros_like(gradient)
    on = np.flatnonzero(known["v1"] > 0)[: -(-gradient.size // 8)]
    found.flat[on] = 1.7 + np.arange(len(on))
    return found


FAN_OUT = Graph((Node("matmul", "X"), Node("sigmoid", "v1"), Node("sigmoid", "v2"), Node("add", "v3", "v1"),
                 Node("sigmoid", "v4")), "bce")  # fmt: skip

HIDDEN_BY = {
    "zeros on one way of two": (Student(FAN_OUT, slopes={"v2": ones}), NOTHING["zeros"]),
    "one huge element: the others may be anything": (
        Student(SIGMOID, {"dv1": right_in_one}),
        lambda g, _: one_is_huge(g),
    ),
    "a copy of the relu's value: zero where the unit is off": (Student(RELU, slopes={"v2": ones}), copy_of("v2")),
    "few elements, none of them where a unit is off": (Student(RELU, slopes={"v2": ones}), an_eighth_where_on),
}


@pytest.mark.parametrize("hides", HIDDEN_BY)
def test_no_value_hides_the_mistake_in_the_step_after_it(hides: str) -> None:
    honest, strategy = HIDDEN_BY[hides]
    exam = examine(honest.graph)
    before, _ = graded(exam, honest.work)
    after, parts = graded(exam, spoiled(exam, honest, "dv2", strategy).work)
    assert (parts["dv2"].status, parts["dv2"].score) == ("wrong", 0)
    assert after.score <= before.score


@pytest.mark.parametrize(
    ("graph", "off"),
    [(RELU, lambda value: -np.abs(value) - 1), (SIGMOID, lambda value: 1e5 * value)],
    ids=["relu", "sigmoid"],
)
def test_zeros_behind_units_that_were_switched_off_on_purpose_earn_nothing(graph: Graph, off: Change) -> None:
    zeros = dict.fromkeys(("dv1", "dW1", "db1"), np.zeros_like)
    _, parts = graded(examine(graph), Student(graph, {"v1": off, **zeros}).work)
    assert [parts[name].score for name in ("v1", *zeros)] == [0] * 4


SOFTMAX = Graph((Node("linear", "X"), Node("softmax", "v1"), Node("linear", "v2")), "squares")
LOG_SOFTMAX = Graph((Node("linear", "X"), Node("log_softmax", "v1")), "nll")
CLIPPED = Graph((Node("linear", "X"), Node("sigmoid", "v1")), "bce")


@pytest.mark.parametrize("by_value", [ACTIVATIONS, ()], ids=["by its value", "by its argument"])
@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_an_activation_may_be_differentiated_by_its_own_wrong_value(kind: str, by_value: tuple[str, ...]) -> None:
    graph = Graph((Node("linear", "X"), Node(kind, "v1"), Node("linear", "v2")), "squares")
    check(examine(graph), graph, Student(graph, {"v2": lambda v: noise(1)(v) + 0.05}, by_value=by_value), {"v2"})


@pytest.mark.parametrize("graph", [SOFTMAX, LOG_SOFTMAX], ids=["softmax", "log_softmax"])
def test_a_softmax_may_be_differentiated_by_its_own_wrong_value(graph: Graph) -> None:
    check(examine(graph), graph, Student(graph, {"v2": noise(1)}, by_value=("softmax", "log_softmax")), {"v2"})


def test_the_gradient_of_a_loss_is_carried_from_an_output_that_is_no_probability() -> None:
    student = Student(CLIPPED, {"v2": lambda value: 1.9 * value})
    _, parts = graded(examine(CLIPPED), student.work)
    assert {name: parts[name].status for name in ("v2", "dv2", "dv1")} == {
        "v2": "wrong", "dv2": "carried_forward", "dv1": "carried_forward"
    }  # fmt: skip


def test_the_same_mistake_forwards_and_backwards_is_one_mistake() -> None:
    """Tanh for the relu, differentiated as the tanh that it is: it costs the value and nothing else."""
    exam = examine(RELU)
    honest = Student(RELU)
    student = spoiled(exam, honest, "v2", lambda _, known: np.tanh(known["v1"]))
    _, parts = graded(exam, Student(RELU, student.changes, {"v2": SLOPES["tanh"]}).work)
    assert {name for name, part in parts.items() if part.status == "wrong"} == {"v2"}
    assert (parts["v2"].mistake, parts["dv1"].status) == ("other_activation", "carried_forward")
