from __future__ import annotations

import ast
import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.byhand import MEANS, Finding, find_forbidden
from autograder.byhand.rules import RULES, TOO_LONG
from autograder.byhand.scopes import TOKEN_LIMIT, TOO_LONG_WHAT
from autograder.course import Loaded, Source, load_exercise
from autograder.sandbox.calls import Calls, parse_calls

ROOT = Path(__file__).parents[1]

CALLS = parse_calls("net = Net(x)\nd = backward(x, y)\ne = entries(net.gradients())")

HEAD = "import numpy as np\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\n"


def search(source: str, calls: Calls = CALLS, **others: str) -> list[Finding]:
    files = {"answer.py": source.encode(), **{f"{name}.py": text.encode() for name, text in others.items()}}
    return find_forbidden(files, "answer.py", calls)


def found(body: str) -> set[tuple[str, str]]:
    """What is found in the body of a graded function."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return {(one.what, one.means) for one in search(f"{HEAD}\ndef backward(x, y, f):\n{lines}\n")}


# body of a graded function, what, means
FORBIDDEN = {
    "autograd.grad": ("return torch.autograd.grad(y, x)", "torch.autograd.grad", "autograd"),
    "autograd.backward": ("torch.autograd.backward(y)", "torch.autograd.backward", "autograd"),
    "functional": (
        "import torch.autograd.functional as A\nreturn A.jacobian(f, x)",
        "torch.autograd.functional.jacobian",
        "autograd",
    ),
    "gradcheck": ("torch.autograd.gradcheck(f, x)", "torch.autograd.gradcheck", "autograd"),
    "the engine": (
        "torch.autograd.Variable._execution_engine.run_backward(y)",
        "torch.autograd.Variable._execution_engine.run_backward",
        "autograd",
    ),
    "imported name": ("from torch.autograd import grad\nreturn grad(y, x)", "torch.autograd.grad", "autograd"),
    "imported module": ("from torch import autograd as a\nreturn a.grad(y, x)", "torch.autograd.grad", "autograd"),
    "imported star": ("return grad(y, x)\n", "torch.autograd.grad", "autograd"),
    "assigned function": ("g = torch.autograd.grad\nreturn g(y, x)", "torch.autograd.grad", "autograd"),
    "assigned module": ("a = torch.autograd\nreturn a.grad(y, x)", "torch.autograd.grad", "autograd"),
    "assigned in a tuple": ("a, b = torch.autograd, 1\nreturn a.grad(y, x)", "torch.autograd.grad", "autograd"),
    "default": ("def g(t=torch.autograd):\n    return t.grad(y, x)\nreturn g()", "torch.autograd.grad", "autograd"),
    "walrus": ("return (a := torch.autograd).grad(y, x)", "torch.autograd.grad", "autograd"),
    "partial": (
        "import functools\nreturn functools.partial(torch.autograd.grad, y)(x)",
        "torch.autograd.grad",
        "autograd",
    ),
    "given to map": ("return list(map(torch.autograd.grad, y))", "torch.autograd.grad", "autograd"),
    "in a lambda": ("return (lambda t: torch.autograd.grad(t, x))(y)", "torch.autograd.grad", "autograd"),
    "nested function": (
        "def g():\n    return torch.autograd.grad(y, x)\nreturn g()",
        "torch.autograd.grad",
        "autograd",
    ),
    "in a comprehension": ("return [torch.autograd.grad(t, x) for t in y]", "torch.autograd.grad", "autograd"),
    "getattr": ('return getattr(torch.autograd, "grad")(y, x)', "torch.autograd.grad", "autograd"),
    "getattr of a sum": (
        'return getattr(getattr(torch, "auto" + "grad"), "gr" + "ad")(y, x)',
        "torch.autograd.grad",
        "autograd",
    ),
    "getattr of an f-string": (
        'n = "grad"\nreturn getattr(torch.autograd, f"{n}")(y, x)',
        "torch.autograd.grad",
        "autograd",
    ),
    "getattr of a join": ('return getattr(torch.autograd, "".join(["gr", "ad"]))', "torch.autograd.grad", "autograd"),
    "getattr by another name": (
        'look = getattr\nreturn look(torch.autograd, "grad")',
        "torch.autograd.grad",
        "autograd",
    ),
    "import_module": (
        'import importlib\nreturn importlib.import_module("torch." + "autograd").grad(y, x)',
        "torch.autograd.grad",
        "autograd",
    ),
    "__import__": ('return __import__("torch").autograd.grad(y, x)', "torch.autograd.grad", "autograd"),
    "sys.modules": ('import sys\nreturn sys.modules["torch.autograd"].grad(y, x)', "torch.autograd.grad", "autograd"),
    "vars": ('return vars(torch)["autograd"].grad(y, x)', "torch.autograd.grad", "autograd"),
    "__dict__": ('return torch.__dict__["autograd"].__dict__["grad"](y, x)', "torch.autograd.grad", "autograd"),
    "__dict__.get": ('return torch.autograd.__dict__.get("grad")(y, x)', "torch.autograd.grad", "autograd"),
    "globals": ('return globals()["torch"].autograd.grad(y, x)', "torch.autograd.grad", "autograd"),
    "through a library's import": ("return F.torch.autograd.grad(y, x)", "torch.autograd.grad", "autograd"),
    "eval": ('return eval("torch.autograd.grad(y, x)")', "torch.autograd.grad", "autograd"),
    "exec": ('exec("from torch.autograd import grad as g\\ng(y, x)")', "torch.autograd.grad", "autograd"),
    "compile": ('exec(compile("torch.autograd.grad(y, x)", "", "exec"))', "torch.autograd.grad", "autograd"),
    "exec of a joined text": (
        'code = "torch.auto" + "grad.grad(y, x)"\nreturn eval(code)',
        "torch.autograd.grad",
        "autograd",
    ),
    "unbound method": ("torch.Tensor.backward(y)", "torch.Tensor.backward", "autograd"),
    "loss.backward": ("loss = ((x - y) ** 2).sum()\nloss.backward()", "Tensor.backward", "autograd"),
    "backward of a mean": ("(x - y).pow(2).mean().backward()", "Tensor.backward", "autograd"),
    "backward of a torch function": ("e = F.mse_loss(x, y)\ne.backward()", "Tensor.backward", "autograd"),
    "backward of a loss module": (
        "criterion = nn.MSELoss()\nloss = criterion(x, y)\nloss.backward()",
        "Tensor.backward",
        "autograd",
    ),
    "backward of arithmetic": ("L = 0.5 * torch.sum(x) + 1\nL.backward()", "Tensor.backward", "autograd"),
    "backward with options": ("x.backward(retain_graph=True)", "Tensor.backward", "autograd"),
    "backward of what requires a gradient": (
        "W = x.clone().requires_grad_()\n(W @ y - 1).pow(2).backward(y)",
        "Tensor.backward",
        "autograd",
    ),
    "backward by getattr": ('loss = x.sum()\ngetattr(loss, "backward")()', "Tensor.backward", "autograd"),
    "forward mode": (
        "import torch.autograd.forward_ad as fwAD\nwith fwAD.dual_level():\n    pass",
        "torch.autograd.forward_ad.dual_level",
        "forward mode",
    ),
    "func.grad": ("return torch.func.grad(f)(x)", "torch.func.grad", "function transform"),
    "func.jacrev": ("from torch.func import jacrev\nreturn jacrev(f)(x)", "torch.func.jacrev", "function transform"),
    "functorch": ("import functorch\nreturn functorch.vjp(f, x)", "functorch.vjp", "function transform"),
    "jit.script": ("return torch.jit.script(f)(x)", "torch.jit.script", "jit"),
    "compile f": ("return torch.compile(f)(x)", "torch.compile", "jit"),
    "aten": (
        "return torch.ops.aten.sigmoid_backward(y, x)",
        "torch.ops.aten.sigmoid_backward",
        "backward kernel",
    ),
    "_softmax_backward_data": (
        "return torch._softmax_backward_data(y, x, 1, x.dtype)",
        "torch._softmax_backward_data",
        "backward kernel",
    ),
    "nn.grad": ("return nn.grad.conv1d_input(x.shape, y, x)", "torch.nn.grad.conv1d_input", "backward kernel"),
    "_C": ("return torch._C._nn.gelu_backward(y, x)", "torch._C._nn.gelu_backward", "backward kernel"),
    "_VF": ("return torch._VF.native_norm_backward(y)", "torch._VF.native_norm_backward", "backward kernel"),
    "jax": ("import jax\nreturn jax.grad(f)(x)", "jax.grad", "another library"),
    "autograd the library": ("from autograd import grad\nreturn grad(f)(x)", "autograd.grad", "another library"),
    "tensorflow": ("import tensorflow as tf\nt = tf.GradientTape()", "tensorflow.GradientTape", "another library"),
    "sympy": ("import sympy\nreturn sympy.diff(f, x)", "sympy.diff", "another library"),
    "sympy's method": (
        'import sympy as sp\nz = sp.Symbol("z")\nreturn (1 / (1 + sp.exp(-z))).diff(z)',
        "sympy.diff",
        "another library",
    ),
    "numdifftools": ("import numdifftools as nd\nreturn nd.Gradient(f)(x)", "numdifftools.Gradient", "another library"),
    "approx_fprime": (
        "from scipy.optimize import approx_fprime\nreturn approx_fprime(x, f)",
        "scipy.optimize.approx_fprime",
        "numerical differences",
    ),
    "np.gradient": ("return np.gradient(y, x)", "numpy.gradient", "numerical differences"),
    "ctypes": ('import ctypes\nreturn ctypes.CDLL("libtorch.so")', "ctypes.CDLL", "native code"),
    "cpp_extension": (
        "from torch.utils import cpp_extension\ncpp_extension.load_inline(name='a')",
        "torch.utils.cpp_extension.load_inline",
        "native code",
    ),
}
FORBIDDEN["imported star"] = (
    "exec('from torch.autograd import *')\nreturn grad(y, x)",
    "torch.autograd.grad",
    "autograd",
)

# body of a graded function that takes a difference quotient
QUOTIENTS = {
    "central": "h = 1e-5\nreturn (f(x + h) - f(x - h)) / (2 * h)",
    "one-sided": "eps = 1e-6\nreturn (f(x + eps) - f(x)) / eps",
    "a number": "return (f(x + 0.001) - f(x)) / 0.001",
    "an expression for a number": "return (f(x + 10**-4) - f(x)) / 10**-4",
    "a name for a number": "tiny_change = 1e-4\nreturn (f(x + tiny_change) - f(x)) / tiny_change",
    "a scaled step": "t = 1e-4 * (1 + abs(x))\nreturn (f(x + t) - f(x)) / t",
    "locals": "h = 1e-5\nup = f(x + h)\ndown = f(x - h)\nreturn (up - down) / (2 * h)",
    "locals of locals": "h = 1e-5\nxp = x + h\nup = f(xp)\ndifference = up - f(x)\nreturn difference / h",
    "a pair": "h = 1e-5\nup, down = f(x + h), f(x - h)\nreturn (up - down) / (2 * h)",
    "a pair from a generator": "h = 1e-5\nup, down = (f(x + s) for s in (h, -h))\nreturn (up - down) / (2 * h)",
    "a list": "h = 1e-5\nv = [f(x + h), f(x - h)]\nreturn (v[0] - v[1]) / (2 * h)",
    "item": "h = 1e-5\nreturn ((f(x + h) - f(x - h)) / (2 * h)).item()",
    "items": "h = 1e-5\nreturn (f(x + h).item() - float(f(x - h))) / (2 * h)",
    "in place": (
        "h = 1e-5\nfor i in range(3):\n    x[i] += h\n    up = f(x)\n    x[i] -= 2 * h\n"
        "    down = f(x)\n    x[i] += h\n    y[i] = (up - down) / (2 * h)"
    ),
    "divided in place": "h = 1e-5\ng = f(x + h) - f(x - h)\ng /= 2 * h\nreturn g",
    "a half": "h = 1e-5\nreturn 0.5 * (f(x + h) - f(x - h)) / h",
    "times a reciprocal": "h = 1e-5\nreturn (f(x + h) - f(x - h)) * (1 / (2 * h))",
    "torch.div": "h = 1e-5\nreturn torch.div(f(x + h) - f(x - h), 2 * h)",
    "the other way round": "h = 1e-5\nreturn (-f(x - h) + f(x + h)) / (2 * h)",
    "five points": "h = 1e-3\nreturn (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)",
    "torch.sub": "h = 1e-5\nreturn torch.sub(f(x + h), f(x - h)) / (2 * h)",
    "copies": (
        "h = 1e-5\nplus = x.clone()\nplus[0] += h\nminus = x.clone()\nminus[0] -= h\n"
        "return (f(plus) - f(minus)) / (2 * h)"
    ),
    "a lambda": "g = lambda t: (t * y).sum()\nh = 1e-5\nreturn (g(x + h) - g(x)) / h",
    "a nested function": (
        "def g(t, h=1e-5):\n    return (f(t + h) - f(t - h)) / (2 * h)\nreturn [g(one) for one in x]"
    ),
    "a function of torch": "h = 1e-4\nreturn (torch.sigmoid(x + h) - torch.sigmoid(x - h)) / (2 * h)",
    "a loss of torch": "h = 1e-4\nreturn (F.mse_loss(f(x + h), y) - F.mse_loss(f(x - h), y)) / (2 * h)",
    "a reduced difference": "h = 1e-4\nreturn ((f(x + h) - y) ** 2).sum() - 1, (f(x + h) - f(x)).sum() / h",
    "the machine's epsilon": "eps = torch.finfo(x.dtype).eps ** 0.5\nreturn (f(x + eps) - f(x)) / eps",
    "complex step": "h = 1e-20\nreturn f(x + 1j * h).imag / h",
    "complex step of numpy": "h = 1e-20\nreturn np.imag(np.exp(x + 1j * h)) / h",
}

# bodies of a graded function in which nothing is forbidden
LEGITIMATE = {
    "softmax and cross-entropy": "return (torch.softmax(x, 1) - y) / len(y)",
    "own softmax": "return (f(x) - y) / x.shape[0]",
    "difference of own values": "N = len(x)\nreturn (f(x) - f(y)) / N",
    "difference by len": "return (f(x) - f(y)) / len(x)",
    "difference of logarithms": "T = 3\nreturn (np.log(x) - np.log(y)) / T",
    "standardised": "eps = 1e-5\nreturn (x - torch.mean(x)) / (torch.std(x) + eps)",
    "standardised by own functions": "eps = 1e-5\nreturn (x - f(x)) / (f(y) + eps)",
    "batch norm": (
        "eps = 1e-5\nmu, var = x.mean(0), x.var(0)\nhat = (x - mu) / torch.sqrt(var + eps)\n"
        "n = len(x)\nreturn (n * y - y.sum(0) - hat * (y * hat).sum(0)) / (n * torch.sqrt(var + eps))"
    ),
    "cross-entropy's slope": "A2 = f(x)\neps = 1e-8\nreturn (A2 - y) / (A2 * (1 - A2) + eps)",
    "tanh from exponentials": "return (torch.exp(x) - torch.exp(-x)) / (torch.exp(x) + torch.exp(-x))",
    "a difference of known functions over something small": "return (torch.sigmoid(x) - torch.sigmoid(y)) / 0.01",
    "percent": "return (f(x) - f(y)) / 100",
    "a difference of parameters over a step": "lr = 0.01\nreturn (x - y) / lr",
    "a relative error": "return torch.norm(x - y) / (torch.norm(x) + torch.norm(y))",
    "a relative change": "eps = 1e-8\nold, new = f(x), f(y)\nreturn abs(old - new) / max(abs(old), eps)",
    "one call on both sides of a difference": "eps = 1e-8\na = f(x)\nreturn (a * y - a) / eps",
    "hidden values called h": "h = torch.sigmoid(x)\nreturn (y - h) / h, (f(x) - y) / n_h",
    "an error called delta": "delta = f(x) - y\nreturn delta * y / len(x)",
    "a step of descent": "h = 0.01\nreturn x - h * y",
    "no_grad": "with torch.no_grad():\n    return x * y",
    "inference mode": "with torch.inference_mode():\n    return x * y",
    "set_grad_enabled": "torch.set_grad_enabled(False)\ntorch.autograd.set_grad_enabled(False)\nreturn x",
    "requires_grad_": "x.requires_grad_()\nx.requires_grad = True\nreturn x.detach()",
    "grad as an attribute": "x.grad = y\nreturn x.grad",
    "a variable called grad": "grad = x * y\nautograd = grad\nreturn autograd",
    "a variable called backward": "backward = jit = x * y\nreturn backward + jit",
    "a parameter called jax": "g = lambda jax: jax.grad\nreturn g(x)",
    "a dictionary": 'grads = {"grad": x}\nreturn grads["grad"], grads.get("backward")',
    "docstring": '"""Not with torch.autograd.grad(loss, x), loss.backward() or jax.grad."""\nreturn x',
    "comment": "# torch.autograd.grad(loss, x) would be easier\nreturn x",
    "message": 'raise ValueError("torch.autograd.grad is not allowed: (f(x + h) - f(x)) / h")',
    "an import alone": "from torch.autograd import grad\nimport jax, ctypes\nreturn x",
    "a functional import alone": "import torch.autograd.functional as A\nreturn x",
    "shadowed import": "grad = x\nreturn grad * 2",
    "functional": "from torch.nn import functional as F\nreturn F.relu(x), F.one_hot(y), F.linear(x, y)",
    "vmap": "return torch.func.vmap(f)(x)",
    "layers backward": "upstream = y\nfor layer in reversed(x):\n    upstream = layer.backward(upstream)\nreturn upstream",
    "own network's backward": "net = Net(x)\nnet.backward()\nreturn net.dW",
    "a child's backward": "return x.fc.backward(y), x.act.backward(upstream=y)",
    "a list of layers": "layers = [Net(x), Net(y)]\nreturn layers[0].backward(y)",
    "a ModuleList": "layers = nn.ModuleList(x)\nreturn layers[0].backward(y)",
    "a Function of one's own": (
        "class Square(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x * x\n"
        "    @staticmethod\n    def backward(ctx, g):\n        return 2 * g\nreturn Square"
    ),
    "getattr of one's own": 'return getattr(x, "backward")(y), getattr(torch, "relu")(x)',
    "eval of arithmetic": 'return eval("x * y")',
    "compile a pattern": 'import re\nreturn re.compile("torch.autograd.grad")',
    "scipy elsewhere": "from scipy.special import expit\nreturn expit(x)",
    "sympy elsewhere": "import sympy\nreturn sympy.Rational(1, 3), torch.diff(x), x.diff()",
    "an optimizer": "o = torch.optim.SGD([x], lr=0.1)\nx.grad = y\no.step()",
    "a check of shapes": "torch.testing.assert_close(x, y)\nreturn x",
}

# whole modules in which nothing is forbidden
MODULES = {
    "a gradient check that nothing graded uses": (
        "def gradient_check(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h), torch.autograd.grad(f(x), x)\n"
        "def backward(x, y):\n    return x\n"
    ),
    "a gradient check in the main block": (
        "def check(x):\n    x.sum().backward()\n"
        'if __name__ == "__main__":\n    check(1)\n    torch.autograd.grad(1, 2)\n'
    ),
    "an import for types only": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import jax\n    print(jax.Array)\ndef backward(x, y): return x"
    ),
    "a name for what nothing graded uses": "g = torch.autograd.grad\ndef check(x): g(x)\ndef backward(x, y): return x",
    "a partial that nothing graded uses": (
        "import functools\ng = functools.partial(torch.autograd.grad, 1)\ndef check(x): g(x)\ndef backward(x, y): return x"
    ),
    "a lambda that nothing graded uses": "check = lambda x: torch.autograd.grad(x)\ndef backward(x, y): return x",
    "a method that nothing graded uses": (
        "class Net:\n    def __init__(self, x): self.x = x\n    def gradients(self): return {}\n"
        "    def numerical(self, h=1e-5): return (self.loss(h) - self.loss(-h)) / h\n"
        "    def loss(self, t): return torch.autograd.grad(t)\n"
    ),
    "an own engine": (
        "class Value:\n    def __init__(self, x): self.x = x\n    def __mul__(self, o): return Value(torch.mul(self.x, o.x))\n"
        "    def sum(self): return self\n    def backward(self, inputs=None): pass\n"
        "def backward(x, y):\n    loss = (Value(x) * Value(y)).sum()\n    loss.backward()\n    loss.backward(inputs=[x])\n    scaled = Value(x) * torch.ones(2)\n    scaled.backward()\n"
    ),
    "a network of layers": (
        "class Layer:\n    def backward(self, upstream): return upstream\n"
        "class Net(Layer):\n    def __init__(self, x): self.child = Layer()\n"
        "    def gradients(self): return self.child.backward(super().backward(self.backward(1)))\n"
    ),
    "a local name like a function": (
        "def loss(x): return torch.autograd.grad(x)\ndef backward(x, loss):\n    return loss * 2\n"
    ),
}


@pytest.mark.parametrize(("body", "what", "means"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_is_not_by_hand_is_found(body, what, means):
    assert found(body) == {(what, means)}


@pytest.mark.parametrize("body", QUOTIENTS.values(), ids=QUOTIENTS)
def test_difference_quotients_are_found(body):
    assert {means for _, means in found(body)} == {"numerical differences"}


@pytest.mark.parametrize("body", LEGITIMATE.values(), ids=LEGITIMATE)
def test_ordinary_work_is_not_found(body):
    assert found(body) == set()


@pytest.mark.parametrize("source", MODULES.values(), ids=MODULES)
def test_what_no_graded_call_reaches_is_not_found(source):
    assert search(HEAD + source) == []


def test_the_tables_are_as_large_as_they_were_meant_to_be():
    assert len(FORBIDDEN) >= 60
    assert len(LEGITIMATE) + len(MODULES) >= 50
    assert {means for _, _, means in FORBIDDEN.values()} == {means for means, _ in RULES} == set(MEANS) - {TOO_LONG}


def exercise_of(path: Path) -> tuple[str, str]:
    """Assignment and exercise that a file of the tests or of the sample class answers, if it is a student's module."""
    if (path.parent / "expected.toml").exists():
        expected = tomllib.loads((path.parent / "expected.toml").read_text())
        return expected["assignment"], expected["exercise"]
    return (path.parts[-3], path.parts[-2]) if "alternatives" in path.parts else (path.parts[-2], path.stem)


def exercise_in(assignment: str, exercise: str) -> Loaded:
    return load_exercise(ROOT / "solutions" / assignment / f"{exercise}.py", assignment=assignment)


def answers() -> list[Path]:
    folders = ("tests/alternatives", "tests/submissions", "sample_class/submitted")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in paths if (ROOT / "solutions" / "/".join(exercise_of(path))).with_suffix(".py").exists()]


@pytest.mark.parametrize("path", sorted(ROOT.glob("solutions/*/*.py")), ids=lambda path: path.stem)
def test_nothing_is_found_in_the_solutions(path):
    files = {path.name: Source.read(path).answer.encode()}
    loaded = exercise_in(path.parent.name, path.stem)
    assert find_forbidden(files, path.name, loaded.calls, loaded.exercise.allowed) == []


def test_nothing_is_found_in_answers_but_in_the_one_by_autograd():
    exercises = {names: exercise_in(*names) for names in {exercise_of(path) for path in answers()}}
    assert len(answers()) > 80
    bad = {}
    for path in answers():
        files = {one.name: one.read_bytes() for one in path.parent.glob("*.py")}
        loaded = exercises[exercise_of(path)]
        findings = find_forbidden(files, path.name, loaded.calls, loaded.exercise.allowed)
        if findings:
            bad[path.parent.name] = [(one.line, one.what) for one in findings]
    assert bad == {"mazur_by_autograd": [(20, "Tensor.backward")]}


def test_a_finding_names_file_line_and_the_calls_from_which_it_is_reached():
    source = (
        "from torch.autograd import grad\nclass Net:\n    def __init__(self, x):\n        self.x = x\n"
        "    def gradients(self):\n        return helper(self.x)\ndef helper(x):\n    return grad(x, x)\n"
        "def backward(x, y):\n    return x\n"
    )
    assert search(source) == [Finding("answer.py", 8, "torch.autograd.grad", "autograd", frozenset({2}))]


def test_what_stands_at_the_top_level_is_reached_from_every_call():
    (one,) = search("import torch\nGRADS = torch.autograd.grad(1, 2)\n")
    assert (one.line, one.statements) == (2, {0, 1, 2})


def test_a_constructor_and_an_operator_are_reached_with_their_class():
    source = "import jax\nclass Net:\n    def __init__(self, x): jax.grad(x)\n    def __matmul__(self, o): jax.vjp(o)\n"
    assert [(one.line, one.statements) for one in search(source)] == [(3, {0}), (4, {0})]


def test_a_base_class_of_another_library_calls_forward():
    source = "import torch, jax\nclass Net(torch.nn.Module):\n    def forward(self, x): return jax.grad(x)\n"
    assert [one.statements for one in search(source)] == [{0}]


def test_a_call_may_name_what_was_only_imported():
    (one,) = search("import torch\n\nfrom torch.func import jacrev as backward\n")
    assert (one.line, one.what, one.statements) == (3, "torch.func.jacrev", {1})


def test_a_name_that_an_earlier_call_gave_is_not_the_module_s():
    calls = parse_calls("loss = forward(x)\nd = backward(loss)")
    assert search("import torch\ndef loss(): torch.autograd.grad()\n", calls) == []


def test_helper_modules_are_followed():
    helper = (
        "import torch\ndef slope(x):\n    return torch.autograd.grad(x, x)\ndef idle():\n    import jax\n    jax.grad\n"
    )
    for source in (
        "from helper import slope\ndef backward(x, y): return slope(x)",
        "from helper import slope as s\ndef backward(x, y): return s(x)",
        "from helper import *\ndef backward(x, y): return slope(x)",
        "import helper as h\ndef backward(x, y): return h.slope(x)",
        "def backward(x, y):\n    import importlib\n    return importlib.import_module('helper').slope(x)",
    ):
        assert search(source, helper=helper) == [
            Finding("helper.py", 3, "torch.autograd.grad", "autograd", frozenset({1}))
        ]
    assert search("def backward(x, y): return x", helper=helper) == []


def test_a_name_that_a_helper_module_passes_on_is_known():
    (one,) = search(
        "from helper import g\ndef backward(x, y): return g(x)", helper="from torch.autograd import grad as g"
    )
    assert (one.file, one.line, one.what) == ("answer.py", 2, "torch.autograd.grad")


def test_a_file_called_like_torch_does_not_take_its_place():
    assert search("import torch\ndef backward(x, y): return torch.autograd.grad(x)", torch="autograd = None")


def test_a_file_called_like_another_library_does():
    assert not search("import micrograd\ndef backward(x, y): return micrograd.f(x)", micrograd="def f(x): return x")


def test_permitted_means_are_left_out():
    files = {"answer.py": b"import torch, jax\ndef backward(x, y): return torch.autograd.grad(x), jax.grad(x)"}
    found = find_forbidden(files, "answer.py", CALLS, allowed=("autograd",))
    assert [one.means for one in found] == ["another library"]


UNREADABLE = {
    "a syntax error": b"def backward(:",
    "null bytes": b"import torch\0torch.autograd.grad",
    "Latin-1": b"# \xe9\nimport torch",
    "UTF-16": "import torch".encode("utf-16"),
    "an unknown encoding": b"# coding: nonsense\nimport torch",
    "brackets": b"(" * 39_000,
    "nothing": b"",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_parsed_gives_no_finding_and_no_error(content):
    assert find_forbidden({"answer.py": content}, "answer.py", CALLS) == []


DEEP = {
    "signs": b"x = " + b"-" * 39_000 + b"1",
    "a sum": b"x = 1" + b"+1" * 19_000,
    "attributes": b"x = a" + b".b" * 19_000,
    "lambdas": b"x = " + b"lambda:" * 19_000 + b"1",
}


@pytest.mark.parametrize("content", DEEP.values(), ids=DEEP)
def test_what_is_too_deep_to_be_parsed_here_is_a_finding(content):
    found = find_forbidden({"answer.py": content}, "answer.py", CALLS)
    assert [(one.what, one.means) for one in found] == [("an expression too deep to be searched", TOO_LONG)]


LONG = "x = [" + "1, " * (TOKEN_LIMIT // 2) + "]\n"


def test_a_file_that_is_too_long_to_be_searched_is_a_finding_in_its_line_1_reached_from_all_calls():
    assert search(f"import torch\n{LONG}def backward(x, y): return torch.autograd.grad(y, x)\n") == [
        Finding("answer.py", 1, "more than 40,000 words and signs", "too long to search", frozenset({0, 1, 2}))
    ]


@pytest.mark.parametrize("size", [0, 1])
def test_a_file_is_too_long_from_the_first_word_or_sign_beyond_the_limit(size):
    assert len(search("x\n" * (TOKEN_LIMIT // 2 - 1) + ";" * size + "x\n")) == size


@pytest.mark.parametrize("content", [b"(" * 100_000, b"-" * 100_000, b"\xe9 " * 50_000, b"\0 " * 50_000])
def test_a_file_that_is_too_long_is_not_even_parsed(content):
    assert [one.what for one in find_forbidden({"answer.py": content}, "answer.py", CALLS)] == [TOO_LONG_WHAT]


def test_a_file_that_only_a_deeper_stack_can_parse_is_a_finding():
    # The student's process may raise its limit and run it.
    deep = "def slope(f, x):\n    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6\ndef idle(x):\n    return x" + "+x" * 5_000
    source = "import sys\nsys.setrecursionlimit(20_000)\nimport deep\ndef backward(x, y): return deep.slope(y, x)"
    assert [one.what for one in search(source, deep=deep.replace("+x" * 5_000, ""))] == ["difference quotient of f"]
    assert search(source, deep=deep) == [
        Finding("deep.py", 1, "an expression too deep to be searched", TOO_LONG, frozenset({0, 1, 2}))
    ]


@pytest.mark.parametrize(
    "source",
    [
        "import long\ndef backward(x, y): return x",
        "from long import *\ndef backward(x, y): return x",
        "def backward(x, y):\n    from long import slope\n    return slope(x)",
        "def backward(x, y): return slope(x)\ndef slope(x): return __import__('long').slope(x)",
    ],
)
def test_a_long_file_that_reached_code_imports_is_a_finding_for_all_calls(source):
    assert search(source, long=LONG) == [Finding("long.py", 1, TOO_LONG_WHAT, TOO_LONG, frozenset({0, 1, 2}))]


def test_a_long_file_that_no_reached_code_imports_is_not_found():
    source = "def check(x):\n    import long\n    return long.slope(x)\ndef backward(x, y): return x"
    assert search(source, long=LONG) == []


def test_files_that_are_too_long_together_are_found_as_well():
    half = "x\n" * (TOKEN_LIMIT // 3)
    assert [one.file for one in search(f"import helper\n{half}", helper=half)] == ["helper.py"]


def test_a_string_to_run_that_is_too_long_is_found_where_it_is_run():
    doubled = "".join(f"s{k + 1} = s{k} + s{k}\n" for k in range(14))
    (one,) = search(f's0 = "1;1;"\n{doubled}exec(s14)\n')
    assert (one.line, one.what, one.means) == (16, TOO_LONG_WHAT, TOO_LONG)


def test_what_is_found_in_other_files_is_found_beside_one_that_is_too_long():
    found = search("import torch, long\ndef backward(x, y): return torch.autograd.grad(y, x)", long=LONG)
    assert [(one.file, one.means) for one in found] == [("answer.py", "autograd"), ("long.py", TOO_LONG)]


def test_a_file_that_is_too_long_can_be_permitted():
    assert find_forbidden({"answer.py": LONG.encode()}, "answer.py", CALLS, allowed=(TOO_LONG,)) == []


@pytest.mark.parametrize(
    "encode", [lambda s: b"\xef\xbb\xbf" + s, lambda s: s.replace(b"\n", b"\r\n")], ids=["BOM", "CRLF"]
)
def test_byte_order_marks_and_line_ends_do_not_matter(encode):
    content = encode(b"import torch\ndef backward(x, y):\n    return torch.autograd.grad(y, x)\n")
    assert [one.line for one in find_forbidden({"answer.py": content}, "answer.py", CALLS)] == [3]


def test_a_doubtful_escape_is_no_warning():
    assert search('import torch\nS = "\\d"\ndef backward(x, y): return torch.autograd.grad(x)')


def test_the_module_may_be_missing():
    assert find_forbidden({}, "answer.py", CALLS) == []


LARGE = 1 << 20

HOSTILE = {
    "statements": "a=b\n",
    "names": "x\n",
    "calls": "f()\n",
    "method chains": "x" + ".get('a')" * 900 + "\n",
    "attribute chains": "torch" + ".torch" * 900 + "\n",
    "calls of calls": "f" + "()" * 900 + "\n",
    "getattr": "x=" + "getattr(" * 60 + "x" + ",'a')" * 60 + "\n",
    "backward": "x.backward()\n",
    "sums of calls": "x=" + "+".join(["f().sum()"] * 300) + "\nx.backward()\n",
    "quotients": "a=f(a+h)-f(a-h);b=(a-f(b))/h\n",
    "nested quotients": "a=" + "(" * 60 + "f(x)-f(y)" + ")/h" * 60 + "\n",
    "products": "a=" + "*".join(["a"] * 900) + "/h\n",
    "doubled strings": "s=s+s\neval(s)\n",
    "texts to run": 'eval("' + "f(x)+" * 50 + 'f(x)")\n',
    "classes": "class A(A):\n def backward(A): A.A.A(A)\n",
    "lambdas": "a=" + "lambda a:" * 600 + "a\n",
    "deep names": "a=" + "lambda a:" * 600 + "[" + "b," * 9000 + "]\n",
    "names by the thousand": "".join(f"a{k}=a{k + 1}.b\n" for k in range(4000)),
    "functions by the thousand": "".join(f"def f{k}(x): return f{k + 1}(x).sum().backward()\n" for k in range(1200)),
    "imports of oneself": "from answer import a as b, b as a\na.b.a.b()\n",
    "one comprehension": "x=" + "[" * 60 + "x" + " for x in x]" * 60 + "\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_takes_about_a_second_at_most(text):
    tokens = len(re.findall(r"\w+|[^\s\w]|\n", text))
    longest = text * ((TOKEN_LIMIT - 2000) // tokens)  # what is longer is not even parsed
    for source in (longest, text * (LARGE // len(text))):
        begin = time.process_time()
        search(source)
        assert time.process_time() - begin < 4  # about a second here; the rest is for slower machines


def nodes(source: str) -> list[str]:
    return [ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.expr, ast.stmt))]


PIECES = sorted(
    {piece for body in [*(body for body, *_ in FORBIDDEN.values()), *QUOTIENTS.values()] for piece in nodes(body)}
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6))
def test_no_arrangement_of_code_is_an_error(pieces):
    search("\n".join(pieces))
    search("x = " + " + ".join(piece for piece in pieces if "\n" not in piece))
