"""How calls run on a student's module. In this process: what runs in a fork is the same code, see test_runner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from jobs import X, fault, job, value

from autograder.sandbox.runner import InProcessRunner, Run


def run(*args, **options):
    return InProcessRunner().run(job(*args, **options))


# what f returns, and what arrives: dtype on the wire, the student's own dtype, value
USABLE = {
    "a float64 tensor": ("x", "float64", None, [1.0, 2.0, 3.0]),
    "a float32 tensor": ("x.float()", "float32", None, [1.0, 2.0, 3.0]),
    "a bfloat16 tensor": ("x.to(torch.bfloat16)", "float32", "bfloat16", [1.0, 2.0, 3.0]),
    "a float16 tensor": ("x.half()", "float16", None, [1.0, 2.0, 3.0]),
    "a tensor that requires grad": ("torch.ones(2, requires_grad=True)", "float32", None, [1.0, 1.0]),
    "a tensor of no axes": ("x.sum()", "float64", None, 6.0),
    "an integer tensor": ("torch.tensor([1, 2])", "int64", None, [1, 2]),
    "a boolean tensor": ("x > 1", "bool", None, [False, True, True]),
    "a NumPy array": ("numpy.array([1.5])", "float64", None, [1.5]),
    "unsigned integers": ("numpy.arange(2, dtype='uint32')", "int64", "uint32", [0, 1]),
    "a NumPy number": ("numpy.float64(2)", "float64", None, 2.0),
    "a number": ("2.5", "float64", None, 2.5),
    "a whole number": ("3", "int64", None, 3),
    "a truth value": ("True", "bool", None, True),
    "a list of numbers": ("[1.0, 2.0]", "float64", None, [1.0, 2.0]),
    "a list of lists": ("[[1.0], [2.0]]", "float64", None, [[1.0], [2.0]]),
    "a list of tensors": ("[x[0], x[1]]", "float64", None, [1.0, 2.0]),
    "an array without elements": ("numpy.zeros((0, 3))", "float64", None, []),
}

# what f returns: type and message of the fault
UNUSABLE = {
    "a string": ("'1.0'", "str", "its elements are of type <U3"),
    "a dictionary": ("{'y': 1}", "dict", "its elements are of type object"),
    "a function": ("f", "function", "its elements are of type object"),
    "complex numbers": ("x + 1j", "Tensor", "complex numbers (complex128)"),
    "a complex number": ("1j", "complex", "complex numbers (complex128)"),
    "rows of different lengths": ("[[1.0], [1.0, 2.0]]", "list", "rows of different lengths"),
    "a sparse tensor": ("torch.eye(2).to_sparse()", "Tensor", "a torch.sparse_coo tensor on cpu"),
    "a tensor without data": ("torch.empty(2, device='meta')", "Tensor", "a torch.strided tensor on meta"),
    "a whole number without bound": ("10**100", "int", "its elements are of type object"),
    "sizes that no elements fill": ("torch.zeros(2**47, 0)", "Tensor", "no elements, shape (140737488355328, 0)"),
    "a list in itself": ("loop", "list", ""),
    "an object whose conversion fails": ("Odd()", "Odd", ""),
}

RAISED = {
    "ValueError": "raise ValueError('too many')",
    "SystemExit": "raise SystemExit('too many')",
    "BaseException": "raise BaseException('too many')",
}


@pytest.mark.parametrize(("expression", "dtype", "own", "values"), USABLE.values(), ids=USABLE)
def test_numbers_of_many_kinds_are_arrays(expression, dtype, own, values):
    outcomes = run(f"import numpy, torch\ndef f(x):\n    return {expression}")
    assert value(outcomes) == values
    assert str(outcomes.runs[0].arrays["y"].dtype) == dtype
    assert outcomes.runs[0].outcome.dtypes.get("y") == own


@pytest.mark.parametrize(("expression", "type_", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_not_an_array_of_numbers_is_unusable(expression, type_, message):
    code = f"""
    import torch
    loop = []
    loop.append(loop)
    class Odd:
        def __array__(self, dtype=None, copy=None):
            raise ValueError("no")
    def f(x):
        return {expression}
    """
    found = fault(run(code))
    assert (found.kind, found.type, found.message) == ("unusable", type_, message)


def test_an_array_of_the_other_byte_order_is_the_same_numbers():
    assert value(run("import numpy\ndef f(x):\n    return numpy.arange(2, dtype='>f8')")) == [0.0, 1.0]


def test_a_value_over_the_bound_of_a_result_is_unusable():
    found = fault(run("import torch\ndef f(x):\n    return torch.zeros((1 << 18) + 1)", result_mib=1))
    assert (found.kind, found.message) == ("unusable", "1048580 bytes")


@pytest.mark.parametrize("line", RAISED.values(), ids=RAISED)
def test_an_exception_is_a_fault_with_its_type_message_line_and_function(line):
    found = fault(run(f"def f(x):\n    {line}\n"))
    assert (found.kind, found.message, found.line, found.function) == ("raised", "too many", 2, "f")
    assert found.type == line.split()[1].split("(")[0]
    assert found.statement == "f(x)"
    assert found.trace.startswith('  File "answer.py", line 2, in f\n')


def test_ctrl_c_passes_through_when_checking():
    with pytest.raises(KeyboardInterrupt):
        run("def f(x):\n    raise KeyboardInterrupt")


def test_an_exception_whose_text_cannot_be_made_is_still_a_fault():
    code = "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\ndef f(x):\n    raise Odd"
    assert fault(run(code)).message == "(its message could not be read)"


def test_an_exception_message_is_cut():
    assert len(fault(run("def f(x):\n    raise ValueError('m' * 10**6)")).message) == 600


def test_the_path_of_the_working_copy_is_in_no_message():
    found = fault(run("def f(x):\n    raise ValueError(__file__)"))
    assert (found.message, "autograder-" in found.trace) == ("answer.py", False)


def test_endless_recursion_is_a_fault():
    assert fault(run("def f(x):\n    return f(x)")).type == "RecursionError"


def test_a_blank_is_not_attempted():
    assert fault(run("def f(x):\n    raise NotImplementedError('f is not written yet')")).kind == "not_attempted"


@pytest.mark.parametrize(
    ("code", "type_", "line"),
    [
        ("def f(x)\n    return x", "SyntaxError", 1),
        ("x = 1\nimport nothing_of_that_name", "ModuleNotFoundError", 2),
        ("1 / 0", "ZeroDivisionError", 1),
        ("raise NotImplementedError", "NotImplementedError", 1),
        ("import sys\nsys.exit(0)", "SystemExit", 2),
    ],
)
def test_a_module_that_cannot_be_loaded_is_an_import_fault_of_every_name(code, type_, line):
    outcomes = run(code, "y = f(x)\nz = g(x)")
    for name in ("y", "z"):
        found = fault(outcomes, name)
        assert (found.kind, found.type, found.line) == ("import", type_, line)


def test_bytes_that_are_no_source_text_are_an_import_fault():
    outcomes = run("", files={"answer.py": b"\x00\xff\xfe"})
    assert fault(outcomes).kind == "import"


def test_a_function_that_is_not_there_is_undefined():
    found = fault(run("def g(x):\n    return x"))
    assert (found.kind, found.message) == ("undefined", "f")


def test_a_function_that_returns_nothing_has_no_value():
    assert fault(run("def f(x):\n    x * 2")).kind == "missing"


def test_a_missing_entry_costs_only_itself():
    outcomes = run("def f(x):\n    return {'a': 1.0}", "a, b = entries(f(x))")
    assert value(outcomes, "a") == 1.0
    assert (fault(outcomes, "b").kind, fault(outcomes, "b").message) == ("missing", "key")


def test_an_entry_that_is_still_none_is_not_attempted():
    outcomes = run("TABLE = {'a': 1.0, 'b': None}", "a, b = entries(TABLE)")
    assert (value(outcomes, "a"), fault(outcomes, "b").kind, fault(outcomes, "b").type) == (
        1.0,
        "not_attempted",
        "NoneType",
    )


def test_entries_of_what_is_no_dictionary_are_unusable():
    found = fault(run("def f(x):\n    return x, x", "a, b = entries(f(x))"), "b")
    assert (found.kind, found.type, found.message) == ("unusable", "tuple", "dict")


@pytest.mark.parametrize(
    ("returned", "kind", "type_"),
    [
        ("x", "count", "Tensor"),
        ("x[:2]", "count", "Tensor"),  # two rows for two names
        ("x[:2].numpy()", "count", "ndarray"),
        ("'ab'", "count", "str"),
        ("(x,)", "count", "tuple of 1"),
        ("[x, x, x]", "count", "list of 3"),
        ("{'a': x, 'b': x}", "count", "dict"),
        ("1.0", "count", "float"),
        ("(x for _ in range(9))", "count", "generator"),
        ("None", "missing", "NoneType"),
    ],
)
def test_of_other_than_as_many_things_as_asked_for_none_is_taken(returned, kind, type_):
    outcome = run(f"def f(x):\n    return {returned}", "a, b = f(x)\nc = 2 * b")
    assert [(fault(outcome, name).kind, fault(outcome, name).type) for name in "ab"] == [(kind, type_)] * 2
    assert (fault(outcome, "c").kind, fault(outcome, "c").cause) == ("skipped", kind)


@pytest.mark.parametrize("returned", ["x, 2 * x", "[x, 2 * x]", "(n * x for n in (1, 2))"])
def test_as_many_things_as_asked_for_are_taken_in_order(returned):
    outcomes = run(f"def f(x):\n    return {returned}", "a, b = f(x)")
    assert (value(outcomes, "a"), value(outcomes, "b")) == ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])


def test_entries_of_nothing_are_missing():
    found = fault(run("def f(x):\n    pass", "a = entries(f(x))"), "a")
    assert (found.kind, found.message) == ("missing", "dict")


def test_more_entries_than_asked_for_do_not_matter():
    assert value(run("def f(x):\n    return {'a': 1.0, 'b': 'text'}", "a = entries(f(x))"), "a") == 1.0


def test_a_failed_line_takes_down_only_what_needs_it():
    code = """
    def first(x):
        raise ValueError("broken")
    def second(a):
        return a
    def third(x):
        return x * 2
    """
    outcomes = run(code, "a = first(x)\nb = second(a)\nc = third(x)")
    assert value(outcomes, "c") == [2.0, 4.0, 6.0]
    found = fault(outcomes, "b")
    assert (found.kind, found.statement, found.type, found.message) == ("skipped", "first(x)", "ValueError", "broken")


def test_what_needs_a_blank_is_not_attempted_either():
    code = "def first(x):\n    raise NotImplementedError\ndef second(a):\n    return a"
    assert fault(run(code, "a = first(x)\nb = second(a)"), "b").kind == "not_attempted"


def test_a_loop_that_carries_a_value_on_is_skipped_when_the_value_could_not_be_had():
    code = "def first(x):\n    raise ValueError('broken')\ndef step(w):\n    return w"
    found = fault(run(code, "w = first(x)\nfor _ in range(2):\n    w = step(w)\nv = step(w)"), "v")
    assert (found.kind, found.type, found.statement) == ("skipped", "ValueError", "first(x)")


def test_an_object_whose_method_failed_is_the_reason_why_a_later_method_fails():
    code = """
    class Net:
        def forward(self, x):
            self.cache = x.nothing
        def backward(self):
            return self.cache
    """
    found = fault(run(code, "net = Net()\na = net.forward(x)\nb = net.backward()", wanted=("a", "b")), "b")
    assert (found.kind, found.statement, found.type) == ("skipped", "net.forward(x)", "AttributeError")


def test_a_failed_update_spoils_the_object_that_it_was_to_change():
    code = """
    class Net:
        W = 1.0
        def update(self):
            raise ValueError
    """
    outcomes = run(code, "net = Net()\nbefore = net.W\nnet.update()\nafter = net.W", wanted=("before", "after"))
    assert (value(outcomes, "before"), fault(outcomes, "after").kind) == (1.0, "skipped")


def test_a_name_that_is_given_twice_is_judged_by_the_second_time():
    outcomes = run("def f(x):\n    return x\ndef g(x):\n    return 2 * x", "y = f(x)\ny = g(x)")
    assert value(outcomes) == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("second", ["raise ValueError", "return 'text'", "return None"])
def test_a_name_whose_second_time_fails_has_a_fault_and_no_value(second):
    outcomes = run(f"def f(x):\n    return x\ndef g(x):\n    {second}", "y = f(x)\ny = g(x)")
    assert ("y" in outcomes.runs[0].outcome.faults, "y" in outcomes.runs[0].arrays) == (True, False)


def test_a_loop_can_train():
    code = "def step(w, lr):\n    return w - lr * w"
    outcomes = run(
        code,
        "ws = []\nfor _ in range(steps):\n    w = step(w, lr)\n    ws.append(w)\ntrajectory = ws",
        runs=[Run({"w": np.array(1.0), "steps": 3, "lr": 0.5})],
        wanted=("trajectory",),
    )
    assert value(outcomes, "trajectory") == [0.5, 0.25, 0.125]


def test_a_lambda_can_stand_in_the_calls():
    assert value(run("def f(g, x):\n    return g(x)", "y = f(lambda t: 2 * t, x)")) == [2.0, 4.0, 6.0]


def test_a_comprehension_sees_inputs_and_earlier_names():
    assert value(run("def f(x):\n    return x", "k = f(2.0)\ny = [f(v) * k for v in x]", wanted=("y",))) == [2, 4, 6]


def test_a_comprehension_in_a_loop_sees_the_loop_variable():
    assert value(
        run("def f(v):\n    return v", "for i in range(3):\n    y = [f(v) * i for v in x]", wanted=("y",))
    ) == [
        2.0,
        4.0,
        6.0,
    ]


def test_a_value_is_taken_as_it_is_when_its_line_has_run():
    code = "def f(x):\n    return x * 1\ndef g(y):\n    y.zero_()\n    return y"
    assert value(run(code, "y = f(x)\nz = g(y)"), "y") == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "line",
    ["x += 1", "x.zero_()", "x[0] = 9", "x.resize_(1)", "x.t_() if x.ndim > 1 else x.neg_()", "x[0] = float('nan')"],
)
def test_an_input_that_is_changed_in_place_is_reported(line):
    outcomes = run(f"def f(x, w):\n    {line}\n    return 1.0", "y = f(x, w)", runs=[Run({"x": X, "w": X})])
    assert outcomes.runs[0].outcome.changed == {"y": ("x",)}


def test_an_input_that_is_changed_for_what_is_no_part_counts_for_what_is_made_of_it():
    code = "def f(x):\n    x.zero_()\n    return {'a': 1.0, 'b': 2.0}\ndef g(x):\n    return 3.0"
    outcomes = run(code, "found = f(x)\na = found['a']\nz = g(x)", wanted=("a", "z"))
    assert outcomes.runs[0].outcome.changed == {"a": ("x",)}


def test_an_input_that_is_changed_in_place_is_put_back_for_the_lines_that_follow():
    code = "def f(x):\n    x.zero_()\n    return 1.0\ndef g(x):\n    return x"
    outcomes = run(code, "y = f(x)\nz = g(x)")
    assert (value(outcomes, "z"), outcomes.runs[0].outcome.changed) == ([1.0, 2.0, 3.0], {"y": ("x",)})


def test_an_input_with_nan_that_is_left_alone_is_not_reported():
    outcomes = run("def f(x):\n    return x", runs=[Run({"x": np.array([np.nan, 1.0])})])
    assert outcomes.runs[0].outcome.changed == {}


def test_an_input_that_was_made_to_require_grad_is_not_the_end():
    outcomes = run("def f(x):\n    x.requires_grad_()\n    return 2 * x")
    assert value(outcomes) == [2.0, 4.0, 6.0]


def test_an_object_may_update_the_parameters_that_it_was_made_with():
    code = """
    class Net:
        def __init__(self, w):
            self.w = w
        def update(self):
            self.w -= 1
    """
    outcomes = run(code, "net = Net(w)\nnet.update()\nnew_w = net.w", runs=[Run({"w": X})], wanted=("new_w",))
    assert (value(outcomes, "new_w"), outcomes.runs[0].outcome.changed) == ([0.0, 1.0, 2.0], {})


def test_the_grader_s_own_arrays_cannot_be_changed():
    given = X.copy()
    run("def f(x):\n    x.zero_()\n    return x", runs=[Run({"x": given})])
    assert (given == X).all()


def test_numpy_exercises_get_numpy_arrays():
    assert value(run("import numpy\ndef f(x):\n    return isinstance(x, numpy.ndarray)", arrays="numpy")) is True


def test_inputs_keep_dtype_and_scalars_keep_type():
    code = "def f(*a):\n    return [str(v.dtype) == d if d else type(v).__name__ == 'int' for v, d in zip(a, ['torch.float64', 'torch.int64', ''])]"
    inputs = {"x": X, "labels": np.array([1, 2]), "steps": 3}
    assert value(run(code, "y = f(x, labels, steps)", runs=[Run(inputs)])) == [True, True, True]


def test_every_run_loads_the_module_afresh():
    code = "count = 0\ndef f(x):\n    global count\n    count += 1\n    return count"
    outcomes = run(code, runs=3)
    assert [value(outcomes, run=k) for k in range(3)] == [1, 1, 1]


def test_every_run_loads_helper_modules_afresh():
    helper = {"helper.py": b"count = 0\ndef up():\n    global count\n    count += 1\n    return count\n"}
    outcomes = run("import helper\ndef f(x):\n    return helper.up()", runs=2, files=helper)
    assert [value(outcomes, run=k) for k in range(2)] == [1, 1]


def test_the_second_of_two_calls_counts_in_the_variant_again():
    code = "count = 0\ndef f(x):\n    global count\n    count += 1\n    return count"
    assert value(run(code, runs=[Run({"x": X}, "again")])) == 2


def test_the_variant_strided_gives_inputs_that_are_not_contiguous_and_have_the_same_values():
    code = "def f(x, w):\n    return [x.is_contiguous(), w.is_contiguous()]\ndef g(x, w):\n    return w[:, 0] * 1"
    w = np.arange(6.0).reshape(3, 2)
    outcomes = run(code, "y = f(x, w)\nz = g(x, w)", runs=[Run({"x": X, "w": w}, "strided")])
    assert (value(outcomes), value(outcomes, "z")) == ([False, False], [0.0, 2.0, 4.0])


def test_the_variant_interleaved_runs_another_case_in_between():
    code = "seen = []\ndef forward(x):\n    seen.append(x)\n    return x\ndef backward(a):\n    return seen[-1]"
    calls = "a = forward(x)\nd = backward(a)"
    plain = run(code, calls, runs=[Run({"x": X})])
    mixed = run(code, calls, runs=[Run({"x": X}, "interleaved", {"x": 10 * X})])
    assert (value(plain, "d"), value(mixed, "a"), value(mixed, "d")) == (
        [1.0, 2.0, 3.0],
        [1.0, 2.0, 3.0],
        [10.0, 20.0, 30.0],
    )


def test_a_module_whose_lookup_of_names_fails_is_not_the_end():
    code = "def __getattr__(name):\n    raise SystemExit('no')\ndef f(x):\n    return x"
    outcomes = run(code, "y = f(x)\nz = g(x)")
    assert (value(outcomes), fault(outcomes, "z").kind in ("raised", "undefined")) == ([1.0, 2.0, 3.0], True)


# What a check in the student's own process must leave as it was.


def test_what_the_code_prints_is_kept_and_counted(capsys):
    outcomes = run("import sys\ndef f(x):\n    print('here')\n    print('there', file=sys.stderr)\n    return x")
    assert (outcomes.output, outcomes.printed, capsys.readouterr().out) == ("here\nthere\n", 11, "")


def test_text_that_no_terminal_can_show_is_not_the_end():
    assert value(run("def f(x):\n    print('\\udcff')\n    return x")) == [1.0, 2.0, 3.0]


def test_closing_the_output_is_not_the_end():
    assert value(run("import sys\ndef f(x):\n    sys.stdout.close()\n    return x")) == [1.0, 2.0, 3.0]


def test_the_current_folder_and_the_import_path_are_as_before():
    before = (Path.cwd(), list(sys.path))
    run("import os, sys\nos.chdir('/')\nsys.path.insert(0, '/nowhere')\ndef f(x):\n    return x")
    assert (Path.cwd(), sys.path) == before


def test_the_student_s_own_imported_modules_are_as_before(tmp_path, monkeypatch):
    (tmp_path / "answer.py").write_text("MINE = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    import answer

    try:
        run("def f(x):\n    return x")
        assert sys.modules["answer"] is answer
    finally:
        sys.modules.pop("answer", None)


def test_no_module_of_the_submission_stays_loaded():
    run("import helper\ndef f(x):\n    return x", files={"helper.py": b""})
    assert {"answer", "helper"} & set(sys.modules) == set()


def test_a_helper_of_the_same_name_that_is_already_loaded_is_not_taken_instead(tmp_path, monkeypatch):
    (tmp_path / "helper.py").write_text("NUMBER = 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    import helper

    assert helper.NUMBER == 1.0
    try:
        code = "import helper\ndef f(x):\n    return helper.NUMBER"
        assert value(run(code, files={"helper.py": b"NUMBER = 2.0\n"})) == 2.0
    finally:
        sys.modules.pop("helper", None)


def test_the_child_side_starts_without_the_rest_of_the_package():
    code = (
        "import sys, autograder.sandbox.execute\nprint(*sorted(m for m in sys.modules if m.startswith('autograder')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "autograder",
        "autograder.sandbox",
        "autograder.sandbox.calls",
        "autograder.sandbox.execute",
        "autograder.sandbox.wire",
    ]


def test_an_input_that_a_failing_statement_has_changed_is_put_back_for_the_next():
    code = "def first(x):\n    x *= 2\n    raise ValueError\ndef second(x):\n    return x * 1"
    outcomes = run(code, "a = first(x)\nb = second(x)")
    assert value(outcomes, "b") == [1.0, 2.0, 3.0]
    assert outcomes.runs[0].outcome.changed == {"a": ("x",)}


def test_the_dtype_of_a_name_that_is_given_twice_is_that_of_the_second_value():
    code = "import torch\ndef f(x):\n    return x.to(torch.bfloat16)\ndef g(x):\n    return x"
    assert run(code, "y = f(x)\ny = g(x)").runs[0].outcome.dtypes == {}
