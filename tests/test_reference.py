from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.cases import make_inputs
from autograder.compare import Match, compare
from autograder.errors import ExerciseError
from autograder.expected import expected_values
from autograder.functional import attention_scores, masked_softmax, merge_heads, rotate_pairs, split_heads
from autograder.reference import differentiate, tensors, trace_reference

NETWORK = """
import torch.nn.functional as F


def inputs(draw, N=5, n_x=3, n_1=4, n_y=2):
    return {
        "X": draw.normal(N, n_x),
        "Y": draw.binary(N, n_y),
        "W1": draw.normal(n_1, n_x),
        "b1": draw.normal(n_1),
        "W2": draw.normal(n_y, n_1),
        "b2": draw.normal(n_y),
    }


def reference(mark, X, Y, W1, b1, W2, b2):
    Z1 = mark("Z1", X @ W1.T + b1)
    A1 = mark("A1", torch.sigmoid(Z1))
    Z2 = mark("Z2", A1 @ W2.T + b2)
    return F.binary_cross_entropy_with_logits(Z2, Y)


EXERCISE = Exercise(
    points={"A1": 1, "loss": 1, "dZ2": 1, "dW2": 1, "db2": 1, "dA1": 1, "dZ1": 1, "dW1": 1, "db1": 1},
    calls="A1, loss, dZ2, dW2, db2, dA1, dZ1, dW1, db1 = entries(f(X, Y, W1, b1, W2, b2))",
    inputs=inputs,
    reference=reference,
    public=[Case("plain"), Case("large", N=40, n_x=30, n_1=25, n_y=10), Case("one", N=1, n_x=1, n_1=1, n_y=1)],
)
"""


def by_hand(X, Y, W1, b1, W2, b2, *, other=False):
    """The network by hand; ``other`` in another algebra: other formulas, other orders of summation."""
    N = Y.numel()
    if other:
        Z1 = torch.einsum("hx,nx->nh", W1, X) + b1
        A1 = 1 / (1 + torch.exp(-Z1))
        Z2 = sum(A1[:, [k]] * W2[:, k] for k in range(A1.shape[1])) + b2
        P = torch.exp(Z2) / (1 + torch.exp(Z2))
        loss = -(Y * torch.log(P) + (1 - Y) * torch.log(1 - P)).sum() / N
        dZ2 = P / N - Y / N
        dW2 = sum(torch.outer(dZ2[n], A1[n]) for n in range(len(X)))
        dA1 = (W2.T @ dZ2.T).T
        dZ1 = dA1 * (A1 - A1**2)
        dW1 = torch.einsum("nh,nx->hx", dZ1, X)
    else:
        A1 = torch.sigmoid(X @ W1.T + b1)
        Z2 = A1 @ W2.T + b2
        loss = torch.nn.functional.binary_cross_entropy(torch.sigmoid(Z2), Y)
        dZ2 = (torch.sigmoid(Z2) - Y) / N
        dW2 = dZ2.T @ A1
        dA1 = dZ2 @ W2
        dZ1 = dA1 * A1 * (1 - A1)
        dW1 = dZ1.T @ X
    found = {"A1": A1, "loss": loss, "dZ2": dZ2, "dW2": dW2, "db2": dZ2.sum(0), "dA1": dA1, "dZ1": dZ1, "dW1": dW1}
    return {name: value.numpy() for name, value in {**found, "db1": dZ1.sum(0)}.items()}


OPERATIONS = (
    lambda a, b: a * b,
    lambda a, b: a + 2 * b,
    lambda a, b: torch.sin(a) - b,
    lambda a, b: torch.tanh(a * a) + 0 * b,
    lambda a, b: a / (1 + b * b),
    lambda a, b: a.cumsum(0) * b.mean(),
)

graphs = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 20), st.integers(0, 20), st.booleans()), min_size=1, max_size=8
)


def graph(steps):
    """A random computation on x and w; each step may use any value before it, some several times."""

    def reference(mark, x, w):
        values = [x, w]
        for number, (operation, one, two, named) in enumerate(steps):
            value = OPERATIONS[operation](values[one % len(values)], values[two % len(values)])
            values.append(mark(f"v{number}", value) if named else value)
        return (values[-1] ** 2).sum() + values[0].sum() * values[-1].mean()

    return reference


@settings(max_examples=60, deadline=None)
@given(graphs, st.integers(0, 1000))
def test_gradients_through_marks_equal_plain_differentiation(steps, seed):
    generator = torch.Generator().manual_seed(seed)
    x, w = (torch.randn(4, dtype=torch.float64, generator=generator) for _ in range(2))
    trace = differentiate(graph(steps), x=x, w=w)
    kept = {}

    def keep(name, tensor):
        if tensor.requires_grad:
            tensor.retain_grad()
        kept[name] = tensor
        return tensor

    leaves = {"x": x.clone().requires_grad_(), "w": w.clone().requires_grad_()}
    loss = graph(steps)(keep, **leaves)
    loss.backward()
    torch.testing.assert_close(trace["loss"], loss.detach())
    for name, leaf in {**leaves, **kept}.items():
        expected = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
        torch.testing.assert_close(trace[f"d{name}"], expected, rtol=1e-10, atol=1e-12)


def test_a_marked_value_that_is_used_twice_gets_both_gradients():
    def reference(mark, x):
        z = mark("z", 2 * x)
        return (z * mark("a", z**2)).sum()

    trace = differentiate(reference, x=torch.tensor([3.0]))
    assert (trace["dz"].item(), trace["da"].item(), trace["dx"].item()) == (3 * 36, 6, 2 * 3 * 36)


def test_an_input_can_be_marked():
    trace = differentiate(lambda mark, x: (mark("z", x) ** 2).sum(), x=torch.tensor([3.0]))
    assert (trace["dz"].item(), trace["dx"].item()) == (6.0, 6.0)


def test_a_mark_that_the_loss_does_not_use_has_gradient_zero():
    def reference(mark, x):
        mark("aside", 5 * x)
        return (x**2).sum()

    trace = differentiate(reference, x=torch.tensor([3.0]))
    assert (trace["daside"].item(), trace["dx"].item()) == (0.0, 6.0)


def test_a_result_that_is_marked_and_returned_as_it_was_before_is_not_counted_twice():
    def reference(mark, x):
        out = x**2
        mark("out", out)
        return out.sum() if out.ndim else out

    assert differentiate(reference, x=torch.tensor(3.0))["dx"].item() == 6.0


def test_a_result_can_be_a_mark():
    trace = differentiate(lambda mark, x: mark("total", (x**2).sum()), x=torch.tensor([3.0]))
    assert (trace["dtotal"].item(), trace["dx"].item()) == (1.0, 6.0)


def test_an_upstream_gradient_weighs_the_result():
    def reference(mark, x):
        return mark("z", x**2)

    upstream = torch.tensor([10.0, 100.0])
    trace = trace_reference(reference, {"x": torch.tensor([1.0, 2.0]), "upstream": upstream}, "upstream")
    assert (trace["dz"].tolist(), trace["dx"].tolist()) == ([10.0, 100.0], [20.0, 400.0])
    assert trace["out"].tolist() == [1.0, 4.0]


def test_a_tensor_as_result_needs_an_upstream_gradient():
    with pytest.raises(ValueError, match="name the input that is its upstream gradient"):
        differentiate(lambda mark, x: x * 2, x=torch.ones(2))


@pytest.mark.parametrize("name", ["z", "x"])
def test_a_name_can_be_marked_only_once(name):
    def reference(mark, x):
        return mark(name, mark("z", x)).sum()

    with pytest.raises(ValueError, match=f"the name '{name}' is marked twice, or is that of an input"):
        differentiate(reference, x=torch.ones(2))


def test_differentiation_works_where_gradients_are_switched_off_and_leaves_inputs_alone():
    x = torch.ones(2)
    with torch.no_grad():
        assert differentiate(lambda mark, x: (x * x).sum(), x=x)["dx"].tolist() == [2.0, 2.0]
    assert (x.requires_grad, x.grad) == (False, None)


def test_integers_and_scalars_reach_the_reference_and_have_no_gradient():
    trace = differentiate(
        lambda mark, x, labels, n: (x[labels] * n).sum(), x=torch.ones(3), labels=torch.tensor([1]), n=4
    )
    assert trace["dx"].tolist() == [0.0, 4.0, 0.0]
    assert "dlabels" not in trace
    assert "dn" not in trace


def test_a_trace_lists_values_and_gradients():
    trace = differentiate(lambda mark, x: mark("z", x).sum(), x=torch.ones(1))
    assert (sorted(trace), len(trace)) == (["dx", "dz", "loss", "z"], 4)
    with pytest.raises(KeyError):
        trace["dq"]


# Tolerance.


@pytest.fixture
def network(make_exercise):
    return make_exercise(NETWORK)


def judge(loaded, case, answer):
    inputs = numbers(loaded, case)
    expected = expected_values(loaded, case, inputs)
    return {part: compare(answer(part, inputs, expected), expected[part]) for part in loaded.exercise.parts}


def numbers(loaded, case):
    return make_inputs(loaded, case, None)


@pytest.mark.parametrize("other", [False, True], ids=["as the reference", "another algebra"])
@pytest.mark.parametrize("index", range(3))
def test_right_answers_in_float64_pass_and_are_not_marked_float32(network, index, other):
    verdicts = judge(
        network,
        network.exercise.cases[index],
        lambda part, inputs, expected: by_hand(**tensors(inputs), other=other)[part],
    )
    assert set(verdicts.values()) == {Match()}


@pytest.mark.parametrize("back", [False, True], ids=["float32", "float32, cast back to float64"])
@pytest.mark.parametrize("other", [False, True], ids=["as the reference", "another algebra"])
@pytest.mark.parametrize("index", range(2))
def test_right_answers_in_float32_pass_and_are_marked_float32(network, index, other, back):
    def answer(part, inputs, expected):
        value = by_hand(**tensors(inputs, torch.float32), other=other)[part]
        return value.astype(np.float64) if back else value

    verdicts = judge(network, network.exercise.cases[index], answer)
    assert all(isinstance(verdict, Match) for verdict in verdicts.values()), verdicts
    assert {verdict.float32 for verdict in verdicts.values()} == {not back}
    assert {verdict.rounded for verdict in verdicts.values()} == {True}


@pytest.mark.parametrize("index", range(3))
def test_a_relative_error_of_1e_4_fails_in_every_part(network, index):
    verdicts = judge(
        network, network.exercise.cases[index], lambda part, _, expected: expected[part].value * (1 + 1e-4)
    )
    assert not [part for part, verdict in verdicts.items() if isinstance(verdict, Match)]


@pytest.mark.parametrize("index", range(3))
def test_zero_is_never_right_here(network, index):
    verdicts = judge(
        network, network.exercise.cases[index], lambda part, _, expected: np.zeros_like(expected[part].value)
    )
    assert not [part for part, verdict in verdicts.items() if isinstance(verdict, Match)]


SCALES = """
def inputs(draw):
    return {"x": torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64), "s": torch.tensor([1e3, 1.0, 1e-3], dtype=torch.float64)}


def reference(mark, x, s):
    return (s * torch.sin(x)).sum()


EXERCISE = Exercise(
    points={"dx": 1}, calls="dx = f(x, s)", inputs=inputs, reference=reference, public=[Case("plain")]
)
"""


# The least element is a millionth of the greatest: rounding in its row hides a ten-thousandth of it, but not a half.
@pytest.mark.parametrize(
    ("element", "factor"), [*((e, f) for e in range(3) for f in (0.0, -1.0, 1.5)), (0, 1 + 1e-4), (1, 1 + 1e-4)]
)
def test_a_tiny_element_beside_large_ones_is_still_judged(make_exercise, element, factor):
    loaded = make_exercise(SCALES)

    def answer(part, inputs, expected):
        value = expected[part].value.copy()
        value[element] *= factor
        return value

    verdict = judge(loaded, loaded.exercise.cases[0], answer)["dx"]
    assert (verdict.kind, verdict.wrong, verdict.index) == ("values", 1, (element,))


WITHOUT = """
def inputs(draw):
    return {"x": draw.normal(3)}


def reference(mark, x):
    return REFERENCE


def outputs(trace, x):
    return {"table": OUTPUT}


EXERCISE = Exercise(
    points={"table": 1, "dx": 1}, calls="table, dx = entries(f(x))", inputs=inputs, reference=reference, outputs=outputs,
    public=[Case("plain")],
)
"""


def expected_of(make_exercise, reference="(x**2).sum()", output="x * 2", points='{"table": 1, "dx": 1}'):
    text = WITHOUT.replace("REFERENCE", reference).replace("OUTPUT", output)
    loaded = make_exercise(text.replace('{"table": 1, "dx": 1}', points))
    case = loaded.exercise.cases[0]
    return expected_values(loaded, case, numbers(loaded, case))


def test_outputs_give_further_parts(make_exercise):
    expected = expected_of(make_exercise, output='x - 0.5 * trace["dx"]')
    assert np.abs(expected["table"].value).max() < 1e-15
    assert expected["dx"].value.shape == (3,)


def test_integers_must_be_met_exactly(make_exercise):
    expected = expected_of(make_exercise, output="torch.tensor([1, 2, 3])")["table"]
    assert compare(np.array([1.0, 2.0, 3.0]), expected) == Match()
    assert compare(np.array([1.0, 2.0, 3.0 + 1e-9]), expected).kind == "values"


def test_a_part_that_neither_reference_nor_outputs_give_is_an_exercise_error(make_exercise):
    loaded = make_exercise(NETWORK.replace('mark("A1", torch.sigmoid(Z1))', "torch.sigmoid(Z1)"))
    case = loaded.exercise.cases[0]
    with pytest.raises(ExerciseError) as caught:
        expected_values(loaded, case, numbers(loaded, case))
    assert caught.value.problem == "neither the reference nor outputs give the part 'A1'"
    assert caught.value.advice == "A part is a mark's or output's name, or 'd' and the name of a mark or input."


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("(x / 0).sum()", "the reference is not finite in case 'plain': dx"),
        ("x @ torch.zeros(2, dtype=x.dtype)", "the reference raised RuntimeError in case 'plain': "),
        ("x", "the reference raised ValueError in case 'plain': the reference returns a tensor"),
        ("x.sum().item()", "the reference raised AttributeError in case 'plain': "),
    ],
)
def test_a_reference_that_cannot_be_used_is_an_exercise_error(make_exercise, reference, problem):
    with pytest.raises(ExerciseError) as caught:
        expected_of(make_exercise, reference=reference)
    assert caught.value.problem.startswith(problem)


def test_a_kink_that_the_author_put_there_stays_where_it_is(make_exercise):
    expected = expected_of(make_exercise, reference="torch.relu(x * 0).sum() + x.sum()")["dx"]
    assert expected.tolerance.max() < 1e-4


def test_the_steps_of_attention_are_what_pytorch_computes():
    generator = torch.Generator().manual_seed(0)
    Q, K, V = (torch.randn(2, 4, 6, dtype=torch.float64, generator=generator) for _ in range(3))
    visible = torch.ones(4, 4, dtype=torch.bool).tril()
    heads = [split_heads(one, 3) for one in (Q, K, V)]
    expected = torch.nn.functional.scaled_dot_product_attention(*heads, attn_mask=visible)
    torch.testing.assert_close(masked_softmax(attention_scores(*heads[:2]), visible) @ heads[2], expected)
    torch.testing.assert_close(merge_heads(heads[0]), Q)
    quarter = torch.full((3,), torch.pi / 2, dtype=torch.float64)
    torch.testing.assert_close(rotate_pairs(Q, quarter)[..., 0::2], -Q[..., 1::2])
    torch.testing.assert_close(rotate_pairs(Q, quarter)[..., 1::2], Q[..., 0::2])
