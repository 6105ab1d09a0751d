from __future__ import annotations

import pytest

from autograder.sandbox.calls import parse_calls

# text, needs, gives, spoils of one statement
STATEMENTS = {
    "a call": ("Z = forward(X, W)", {"forward", "X", "W"}, ("Z",), {"Z"}),
    "an object": ("net = Net(W1)", {"Net", "W1"}, ("net",), {"net"}),
    "a method": ("A = net.forward(X)", {"net", "X"}, ("A",), {"A"}),
    "an attribute": ("new_W = net.W", {"net"}, ("new_W",), {"new_W"}),
    "several names": ("Z, cache = forward(X)", {"forward", "X"}, ("Z", "cache"), {"Z", "cache"}),
    "a chain of assignments": ("a = b = f(x)", {"f", "x"}, ("a", "b"), {"a", "b"}),
    "entries": ("dW, db = entries(backward(dZ))", {"backward", "dZ"}, ("dW", "db"), {"dW", "db"}),
    "one entry": ("dW = entries(backward(dZ))", {"backward", "dZ"}, ("dW",), {"dW"}),
    "entries of a name": ("z, h = entries(TABLE)", {"TABLE"}, ("z", "h"), {"z", "h"}),
    "a call alone": ("net.update(lr)", {"net", "lr"}, (), {"net"}),
    "a comprehension": ("xs = [f(x, k) for x in X]", {"f", "X", "k"}, ("xs",), {"xs"}),
    "a lambda": ("d = numeric(lambda w: f(w, X), W)", {"numeric", "f", "X", "W"}, ("d",), {"d"}),
    "a loop": (
        "for k in range(steps):\n    losses.append(step(net, k))",
        {"range", "steps", "losses", "step", "net"},
        ("k",),
        {"k", "losses"},
    ),
    "a loop that carries a value": (
        "for _ in range(2):\n    W = step(W)",
        {"range", "step", "W"},
        ("_", "W"),
        {"_", "W"},
    ),
}

REFUSED = {
    "import": ("import os", "line 1 of the calls: only assignments, calls and for loops are understood"),
    "in line 2": (
        "a = f(x)\nwhile a: pass",
        "line 2 of the calls: only assignments, calls and for loops are understood",
    ),
    "function": ("def f(): pass", "line 1 of the calls: only assignments, calls and for loops are understood"),
    "augmented": ("a += 1", "line 1 of the calls: only assignments, calls and for loops are understood"),
    "attribute": ("net.a, b = entries(f(x))", "line 1 of the calls: the left side of entries(...) must be plain names"),
    "star": ("*a, b = entries(f(x))", "line 1 of the calls: the left side of entries(...) must be plain names"),
}


@pytest.mark.parametrize(("text", "needs", "gives", "spoils"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_knows_what_it_needs_gives_and_spoils(text, needs, gives, spoils):
    (statement,) = parse_calls(text).statements
    assert (set(statement.needs), sorted(statement.gives), set(statement.spoils)) == (needs, sorted(gives), spoils)


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused_with_its_line(text, message):
    with pytest.raises(SyntaxError) as caught:
        parse_calls(text)
    assert caught.value.msg == message


def test_entries_with_two_targets_is_refused_or_gives_both():
    try:
        gives = parse_calls("a = b = entries(f(x))").gives
    except SyntaxError:
        return
    assert set(gives) == {"a", "b"}


def test_names_that_come_from_outside_are_those_that_no_earlier_line_gives():
    calls = parse_calls("net = Net(W)\nA = net.forward(X)\ndW, db = entries(net.backward(A))")
    assert calls.needs == {"Net", "W", "X"}


def test_a_name_that_is_given_only_later_comes_from_outside():
    assert "b" in parse_calls("a = f(b)\nb = g(a)").needs


def test_the_names_given_are_listed_once_in_their_order():
    assert parse_calls("a = f(x)\nb = g(a)\na = f(b)").gives == ("a", "b")


def test_the_text_may_be_indented_as_it_stands_in_an_exercise():
    calls = parse_calls("""
        a = f(x)
        for _ in range(3):
            g(a)
    """)
    assert [statement.text for statement in calls.statements] == ["f(x)", "for _ in range(3):\n    g(a)"]


def test_a_statement_is_shown_without_its_left_side():
    assert [s.text for s in parse_calls("a, b = entries(f(x))\nc = g( x )").statements] == ["f(x)", "g(x)"]


def test_no_text_is_no_statement():
    assert parse_calls("\n").statements == ()
