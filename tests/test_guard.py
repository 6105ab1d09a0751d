"""Derivatives out of reach: what is blocked or noted, under which name, and that nothing else changes.

Each mode has one process, warm and guarded, from which every case is forked, and both are forks of one that has loaded the
exercises and seen what is legitimate without the guard; this file is its program as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PRELUDE = """\
import importlib, sys, warnings
import torch
import torch.nn.functional as F

x = torch.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
u = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


def f(a):
    return (a * a).sum()


def attempt():
"""
LINE = PRELUDE.count("\n") + 1

# A route: what it is noted as, and its statements (the first line of several is none that is noted).
FORBIDDEN = {
    "backward": ("Tensor.backward", "f(x).backward(); return x.grad"),
    "autograd.grad": ("torch.autograd.grad", "return torch.autograd.grad(f(x), x)"),
    "autograd.backward": ("torch.autograd.backward", "torch.autograd.backward([f(x)]); return x.grad"),
    "create_graph": ("torch.autograd.grad", "return torch.autograd.grad(f(x), x, create_graph=True)"),
    "in grad mode of its own": ("torch.autograd.grad", "with torch.enable_grad(): return torch.autograd.grad(f(x), x)"),
    "as an argument": ("torch.autograd.grad", "return list(map(torch.autograd.grad, [f(x)], [x]))"),
    "partial": ("torch.autograd.grad", "import functools; return functools.partial(torch.autograd.grad, f(x))(x)"),
    "getattr": ("torch.autograd.grad", "return getattr(getattr(torch, 'auto' + 'grad'), 'gr' + 'ad')(f(x), x)"),
    "functional.jacobian": ("torch.autograd.functional.jacobian", "return torch.autograd.functional.jacobian(f, u)"),
    "functional.hessian": ("torch.autograd.functional.hessian", "return torch.autograd.functional.hessian(f, u)"),
    "functional.vjp": ("torch.autograd.functional.vjp", "return torch.autograd.functional.vjp(f, u)"),
    "functional.jvp": ("torch.autograd.functional.jvp", "return torch.autograd.functional.jvp(f, u, u)"),
    "gradcheck": (
        "torch.autograd.gradcheck",
        "return torch.autograd.gradcheck(f, x.detach().double().requires_grad_())",
    ),
    "the engine itself": (
        "torch._C._ImperativeEngine.run_backward",
        "torch.autograd.Variable._execution_engine.run_backward("
        "(f(x),), (torch.ones(()),), False, False, (), allow_unreachable=True, accumulate_grad=True); return x.grad",
    ),
    "an engine of one's own": (
        "torch._C._ImperativeEngine.run_backward",
        "torch._C._ImperativeEngine().run_backward("
        "(f(x),), (torch.ones(()),), False, False, (), allow_unreachable=True, accumulate_grad=True); return x.grad",
    ),
    "the engine's method": (
        "torch._C._ImperativeEngine.run_backward",
        "return torch._C._ImperativeEngine.__dict__['run_backward'](torch.autograd.Variable._execution_engine, "
        "(f(x),), (torch.ones(()),), False, False, (x,), allow_unreachable=True, accumulate_grad=False)",
    ),
    "a node": ("SigmoidBackward0.__call__", "return torch.sigmoid(x).grad_fn(u)"),
    "a node's method": ("MulBackward0.__call__", "return (x * 2).grad_fn.__call__(u)"),
    "the type of a node": ("MulBackward0.__call__", "n = (x * 2).grad_fn; return type(n).__call__(n, u)"),
    "the next node": ("MulBackward0.__call__", "return (x * 2).sum().grad_fn.next_functions[0][0](u)"),
    "a node and map": ("TanhBackward0.__call__", "return list(map(torch.tanh(x).grad_fn, [u]))"),
    "torch.func.grad": ("torch.func.grad", "return torch.func.grad(f)(u)"),
    "torch.func.grad_and_value": ("torch.func.grad_and_value", "return torch.func.grad_and_value(f)(u)"),
    "torch.func.vjp": ("torch.func.vjp", "return torch.func.vjp(f, u)[1](torch.ones(()))"),
    "torch.func.jvp": ("torch.func.jvp", "return torch.func.jvp(f, (u,), (u,))"),
    "torch.func.jacrev": ("torch.func.jacrev", "return torch.func.jacrev(f)(u)"),
    "torch.func.jacfwd": ("torch.func.jacfwd", "return torch.func.jacfwd(f)(u)"),
    "torch.func.hessian": ("torch.func.jacfwd", "return torch.func.hessian(f)(u)"),
    "torch.func.linearize": ("torch.func.linearize", "return torch.func.linearize(f, u)[1](u)"),
    "vmap of grad": ("torch.func.grad", "return torch.vmap(torch.func.grad(f))(u)"),
    "functorch": ("torch.func.grad", "import functorch; return functorch.grad(f)(u)"),
    "a level of grad": (
        "torch._C._functorch._grad_increment_nesting",
        "return torch._C._functorch._grad_increment_nesting()",
    ),
    "forward mode": (
        "torch.autograd.forward_ad.dual_level",
        """
        import torch.autograd.forward_ad as fa
        with fa.dual_level():
            return fa.unpack_dual(f(fa.make_dual(u, u))).tangent
        """,
    ),
    "a dual level": ("torch._C._enter_dual_level", "return torch._C._enter_dual_level()"),
    "torch.jit.script": (
        "torch.jit.script",
        """
        def g(a: torch.Tensor):
            return torch.sigmoid(a)
        return torch.jit.script(g)(u)
        """,
    ),
    "torch.jit.trace": ("torch.jit.trace", "return torch.jit.trace(f, (u,))(u)"),
    "CompilationUnit": (
        "torch._C.ScriptFunction.__call__",
        "return torch.jit.CompilationUnit('def g(a):\\n    y = (a * a).sum()\\n    y.backward()\\n').g(x) or x.grad",
    ),
    "a graph": (
        "torch._C.parse_ir",
        "return torch._C.parse_ir('graph(%a : Tensor):\\n  %b : Tensor = aten::tanh(%a)\\n  return (%b)')",
    ),
    "aten.sigmoid_backward": (
        "torch.ops.aten.sigmoid_backward",
        "return torch.ops.aten.sigmoid_backward(u, x.detach())",
    ),
    "an overload": ("torch.ops.aten.tanh_backward", "return torch.ops.aten.tanh_backward.default(u, x.detach())"),
    "an out overload": (
        "torch.ops.aten.tanh_backward.grad_input",
        "return torch.ops.aten.tanh_backward.grad_input(u, x.detach(), grad_input=torch.empty(2, 2))",
    ),
    "a redispatch": (
        "torch.ops.aten.tanh_backward",
        "return torch.ops.aten.tanh_backward.default.redispatch("
        "torch._C.DispatchKeySet(torch._C.DispatchKey.CPU), u, x.detach())",
    ),
    "a call through the dispatcher": (
        "torch.ops.aten.tanh_backward",
        "return torch._C._dispatch_call_boxed("
        "torch._C._dispatch_find_schema_or_throw('aten::tanh_backward', ''), u, x.detach())",
    ),
    "a found operation": (
        "torch.ops.aten.tanh_backward",
        "return torch._C._jit_get_operation('aten::tanh_backward')[0](u, x.detach())",
    ),
    "a kernel below vmap": (
        "torch.ops.aten.mse_loss_backward",
        "return torch.vmap(lambda a: torch.ops.aten.mse_loss_backward(a, a, a, 0))(u)",
    ),
    "aten.convolution_backward": (
        "torch.ops.aten.convolution_backward",
        "return torch.ops.aten.convolution_backward("
        "u.view(1, 1, 4), u.view(1, 1, 4), torch.ones(1, 1, 1), None, [1], [0], [1], False, [0], 1, [True, True, False])",
    ),
    "aten.threshold_backward": (
        "torch.ops.aten.threshold_backward",
        "return torch.ops.aten.threshold_backward(u, x.detach(), 0)",
    ),
    "_softmax_backward_data": (
        "torch._softmax_backward_data",
        "return torch._softmax_backward_data(u, x.detach(), 0, torch.float32)",
    ),
    "_VF": (
        "torch._log_softmax_backward_data",
        "return torch._VF._log_softmax_backward_data(u, x.detach(), 0, torch.float32)",
    ),
    "torch.nn.grad": (
        "torch.nn.grad.conv1d_input",
        "import torch.nn.grad as g; return g.conv1d_input((1, 1, 3), torch.ones(1, 1, 2), torch.ones(1, 1, 2))",
    ),
    "aten.grad": ("torch.ops.aten.grad", "return torch.ops.aten.grad([f(x)], [x])"),
    "aten.backward": ("torch.ops.aten.backward", "torch.ops.aten.backward(f(x)); return x.grad"),
    "aten._backward": ("torch.ops.aten._backward", "torch.ops.aten._backward(f(x), [x]); return x.grad"),
    "a formula in Python": (
        "torch._decomp.decompositions.sigmoid_backward",
        "import torch._decomp.decompositions as d; return d.sigmoid_backward(u, x.detach())",
    ),
    "a formula in the table": (
        "torch._decomp.decompositions.tanh_backward",
        "from torch._decomp import decomposition_table as t; return t[torch.ops.aten.tanh_backward.default](u, x.detach())",
    ),
    "a copy of a formula": (
        "torch._decomp.decompositions.tanh_backward",
        """
        import gc, types
        old = [g for g in gc.get_objects() if type(g) is types.FunctionType and g.__qualname__ == 'tanh_backward']
        assert old
        return [types.FunctionType(g.__code__, g.__globals__, closure=g.__closure__)(u, x.detach()) for g in old]
        """,
    ),
    "ctypes": ("ctypes", "import ctypes; return str(ctypes.CDLL(None))"),
    "pythonapi": ("ctypes", "import ctypes; return str(ctypes.pythonapi.PyLong_FromLong)"),
    "memory": ("ctypes", "import ctypes; return ctypes.c_char.from_address(id(x)).value"),
}

# The same when what is noted is the Python formula that vmap uses in place of the kernel.
RECORDED_AS = {"a kernel below vmap": "torch._decomp.decompositions.mse_loss_backward"}

# To get back what was there; None where PyTorch itself does not bear it and nothing is noted.
RESTORED = {
    "torch.autograd again": ("torch.autograd", "importlib.reload(torch.autograd); return torch.autograd.grad(f(x), x)"),
    "torch._tensor again": (None, "t = importlib.reload(torch._tensor); y = f(x); t.Tensor.backward(y); return x.grad"),
    "the engine's module again": (
        "torch._C._ImperativeEngine.run_backward",
        "importlib.reload(torch._C); return torch._C._ImperativeEngine().run_backward("
        "(f(x),), (torch.ones(()),), False, False, (x,), allow_unreachable=True, accumulate_grad=False)",
    ),
    "torch anew": (
        None,
        """
        for name in [name for name in sys.modules if name.split('.')[0] == 'torch' and name != 'torch._C']:
            del sys.modules[name]
        import torch as anew
        return anew.autograd.grad(f(x), x)
        """,
    ),
    "the C module anew": (
        "import of anew._C",
        """
        import importlib.machinery as m, importlib.util as util
        loader = m.ExtensionFileLoader('anew._C', torch._C.__file__)
        return util.module_from_spec(util.spec_from_loader('anew._C', loader))
        """,
    ),
    "formulas again": (
        "torch._decomp",
        "import torch._decomp.decompositions as d; importlib.reload(d); return d.tanh_backward(u, u)",
    ),
    "formulas from their file": (
        "torch._decomp",
        "import runpy, torch._decomp.decompositions as d; return runpy.run_path(d.__file__)['tanh_backward'](u, u)",
    ),
    "the functions of a reloaded file": (
        "torch._tensor.grad",
        "import inspect; s = {'__name__': 'torch._tensor', 'torch': torch}; "
        "exec(inspect.getsource(torch.autograd.grad), vars(torch.autograd) | s, s); return s['grad'](f(x), x)",
    ),
    "the compiler of backward passes": (
        "torch.ops.aten.grad",
        "torch._C._dynamo.compiled_autograd.set_autograd_compiler(None, False); return torch.ops.aten.grad([f(x)], [x])",
    ),
    "what gc finds": (
        "torch._C._functorch._grad_increment_nesting",
        """
        import gc, types
        found = [o for o in gc.get_objects() if isinstance(o, (types.BuiltinFunctionType, types.MethodDescriptorType))]
        calls = [o for o in found if o.__name__ in ('run_backward', '_grad_increment_nesting', '_enter_dual_level')]
        assert calls
        for call in calls:
            try:
                call()
            except BaseException as error:
                assert type(error).__name__ == 'ForbiddenError', (call, error)
                last = error
            else:
                return call
        raise last
        """,
    ),
    "another interpreter": ("another interpreter", "import _xxsubinterpreters as s; return s.create()"),
}

LEGITIMATE = {
    "sigmoid": "return torch.sigmoid(x)",
    "functional": "return [g(u - 2) for g in (F.relu, F.gelu, F.elu, F.softplus, F.silu, F.leaky_relu, F.tanh, F.hardtanh)]",
    "softmax": "return F.softmax(u, 1), F.log_softmax(u, 0), torch.logsumexp(u, 1)",
    "losses": "return F.mse_loss(u, u + 1), F.cross_entropy(u, torch.tensor([0, 1])), F.binary_cross_entropy(u / 9, u / 8)",
    "convolution": "return F.conv2d(torch.arange(32.0).view(1, 2, 4, 4), torch.ones(3, 2, 2, 2)), F.max_pool1d(u[None], 2)",
    "normalisation": "return F.layer_norm(u, (2,)), F.batch_norm(u, None, None, training=True), F.normalize(u)",
    "attention": "return F.scaled_dot_product_attention(u[None], u[None], u[None])",
    "modules": """
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))
        return net(u), [p.grad for p in net.parameters()]
        """,
    "LSTM": "torch.manual_seed(0); return torch.nn.LSTM(2, 3)(u[None])",
    "embedding": "return F.embedding(torch.tensor([0, 1, 1]), u), F.one_hot(torch.tensor([0, 2]))",
    "no_grad": "with torch.no_grad(): return (x * 2).requires_grad",
    "set_grad_enabled": "torch.set_grad_enabled(False); y = (x * 2).requires_grad; torch.set_grad_enabled(True); return y",
    "inference_mode": "with torch.inference_mode(): return (x * 2).is_inference()",
    "no_grad as a decorator": "return torch.no_grad()(lambda: (x * 2).requires_grad)()",
    "requires_grad_": "y = u.clone().requires_grad_(); return y.is_leaf, (y * 2).requires_grad, y.grad is None",
    "retain_grad": "y = x * 2; y.retain_grad(); return y.retains_grad",
    "an update of a leaf": """
        try:
            x[0, 0] = 1
        except RuntimeError as error:
            return str(error)
        """,
    "an update of a leaf without grad": "with torch.no_grad(): x.sub_(u, alpha=0.1); return x",
    "numpy of a leaf": """
        try:
            x.numpy()
        except RuntimeError as error:
            return str(error)
        """,
    "the graph, looked at": """
        node = (x * 2).sum().grad_fn
        return node.name(), [type(n).__name__ for n, _ in node.next_functions], str(x * 2), node is None
        """,
    "Function": """
        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx, a):
                ctx.save_for_backward(a)
                return a * a

            @staticmethod
            @torch.autograd.function.once_differentiable
            def backward(ctx, upstream):
                return 2 * ctx.saved_tensors[0] * upstream
        y = Square.apply(x)
        return y, Square.backward(y.grad_fn, u)
        """,
    "a class with backward": """
        class Layer:
            def backward(self, upstream): return upstream * 2
        grad = Layer().backward(u)
        return grad
        """,
    "hooks": "h = x.register_hook(print); h.remove(); return torch.nn.Linear(2, 1).register_full_backward_hook(print) is None",
    "grad by hand": "x.grad = u.clone(); x.grad.zero_(); return x.grad, x.grad is None",
    "SGD": """
        o = torch.optim.SGD([x], lr=0.1, momentum=0.9)
        o.zero_grad()
        x.grad = u.clone()
        o.step()
        return x
        """,
    "Adam": "o = torch.optim.Adam([x], lr=0.1); x.grad = u.clone(); o.step(); return x",
    "vmap": "return torch.vmap(lambda a, b: a @ b + F.softmax(a, 0))(u, u), torch.func.vmap(torch.sum)(u)",
    "Function below vmap": """
        class Double(torch.autograd.Function):
            generate_vmap_rule = True
            @staticmethod
            def forward(a): return a * 2
            @staticmethod
            def setup_context(ctx, inputs, output): pass
            @staticmethod
            def backward(ctx, upstream): return upstream * 2
        return torch.vmap(Double.apply)(u)
        """,
    "functional_call": "n = torch.nn.Linear(2, 1); return torch.func.functional_call(n, {'weight': u[:1], 'bias': u[0, :1]}, u)",
    "save and load": """
        import io
        file = io.BytesIO()
        torch.save({'u': u, 'x': x}, file)
        file.seek(0)
        return torch.load(file)
        """,
    "pickle": "import pickle; return pickle.loads(pickle.dumps(u))",
    "deepcopy": "import copy; return copy.deepcopy(x), copy.copy(u), copy.deepcopy(torch.nn.Linear(2, 1)) is None",
    "numpy": "import numpy; return torch.from_numpy(u.numpy() * 2), numpy.exp(u), torch.as_tensor(numpy.ones(2)), x.tolist()",
    "printing": "return str(u), repr(x), f'{x.sum():.3f}', str(torch.nn.Linear(2, 1)), repr(x * 2)",
    "einsum": "return torch.einsum('ij,kj->ik', u, u), torch.tensordot(u, u, dims=1), torch.bmm(u[None], u[None])",
    "linalg": "return torch.linalg.inv(u), torch.linalg.svd(u), torch.linalg.norm(u), torch.linalg.solve(u, u), torch.fft.fft(u)",
    "assert_close": """
        torch.testing.assert_close(u, u + 1e-9)
        try:
            torch.testing.assert_close(u, u + 1)
        except AssertionError as error:
            return str(error)
        """,
    "random numbers": "torch.manual_seed(3); return torch.randn(3), torch.rand(2), F.dropout(u), torch.nn.init.xavier_uniform_(u)",
    "distributions": "torch.manual_seed(3); d = torch.distributions.Normal(0.0, 1.0); return d.sample(), d.log_prob(u)",
    "scatter": "return torch.zeros(3).index_add(0, torch.tensor([0, 2]), u[0]), u.gather(1, torch.tensor([[0], [1]]))",
    "sort and friends": "return u.sort(descending=True), u.topk(1), u.cumsum(0), u.prod(), u.std(), u.median(), u.unique()",
    "aten forward": "return torch.ops.aten.add(u, u), torch.ops.aten.mm.default(u, u), torch.ops.aten.sum.dim_IntList(u, [0])",
    "a warning": """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            (x * 2).grad
            torch.nn.Softmax()(u)
        return [(w.category.__name__, str(w.message)[:60]) for w in caught]
        """,
    "an error": """
        try:
            u @ torch.ones(3)
        except RuntimeError as error:
            return str(error)
        """,
    "a checkpoint": "from torch.utils.checkpoint import checkpoint; return checkpoint(torch.sigmoid, x, use_reentrant=False)",
    "data": "from torch.utils.data import DataLoader, TensorDataset; return list(DataLoader(TensorDataset(u), batch_size=1))",
    "clipping": "x.grad = u * 10; n = torch.nn.utils.clip_grad_norm_([x], 1.0); return n, x.grad",
    "complex and half": "return torch.view_as_real(torch.exp(1j * u)), u.half() * 2, u.bfloat16() @ u.bfloat16(), u.double() / 3",
    "ctypes of a library": "import numpy.ctypeslib; return numpy.ctypeslib.as_array(u.numpy()).tolist()",
    "torch.utils": "return torch.utils._pytree.tree_map(torch.neg, {'u': u}), torch.broadcast_shapes((2, 1), (1, 3))",
    "threads": """
        from concurrent.futures import ThreadPoolExecutor
        return list(ThreadPoolExecutor(2).map(torch.sigmoid, [u, u]))
        """,
}


def source(code: str) -> str:
    return PRELUDE + textwrap.indent(textwrap.dedent(code).strip(), "    ") + "\n"


# The program: everything below runs in the warm process and its forks


def serve(folder: Path) -> None:
    """Print a line of JSON for each mode: for each case how it went, and without the guard how the legitimate went."""
    import torch

    from autograder.sandbox import guard

    torch.set_num_threads(1)
    exams = solutions()
    answers = {
        "plain": {name: forked(guard, folder, code) for name, code in LEGITIMATE.items()},
        "solved": {name: forked(guard, folder, exam) for name, exam in exams.items()},
    }
    for mode in ("block", "record"):
        with (folder / mode).open("w+") as file:
            if os.fork() == 0:
                json.dump({**answers, **guarded(guard, mode, folder, exams)}, file)
                file.close()
                os._exit(0)
            os.wait()
            file.seek(0)
            sys.stdout.write(file.read() + "\n")


def guarded(guard, mode: str, folder: Path, exams: dict) -> dict:
    """How each case goes with the guard."""
    guard.install(mode)
    cases = FORBIDDEN | (RESTORED if mode == "block" else {})
    return {
        "legitimate": {name: forked(guard, folder, code) for name, code in LEGITIMATE.items()},
        "solutions": {name: forked(guard, folder, exam) for name, exam in exams.items()},
        "forbidden": {name: forked(guard, folder, code) for name, (_, code) in cases.items()},
        "odd": {name: forked(guard, folder, code) for name, code in ODD.items()},
    }


def solutions() -> dict:
    """A call for each exercise of this repository that runs its model solution on its public cases."""
    from autograder.course import load_exercise
    from autograder.sandbox.runner import InProcessRunner
    from autograder.trials import Exam

    def solve(loaded):
        job = Exam(loaded, None).job({loaded.module: loaded.source.answer.encode()})
        return lambda: [(run.outcome.faults, run.arrays) for run in InProcessRunner().run(job).runs]

    paths = [path for path in sorted(ROOT.glob("solutions/*/*.py")) if not path.name.startswith("_")]
    exercises = [load_exercise(path, assignment=path.parent.name) for path in paths]
    # Where autograd is allowed there is no guard.
    return {loaded.name: solve(loaded) for loaded in exercises if "autograd" not in loaded.exercise.allowed}


def forked(guard, folder: Path, code) -> dict:
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe, contextlib.redirect_stdout(sys.stderr):
            json.dump(attempt(guard, folder, code), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.wait()
    return json.loads(text) if text else {"error": f"ended with {status}", "uses": [], "value": None}


def attempt(guard, folder: Path, code) -> dict:
    value = error = None
    file = folder / "answer.py"
    guard.watch(folder)
    try:
        if isinstance(code, str):
            names: dict = {"__name__": "answer"}
            file.write_text(source(code))  # TorchScript reads it
            exec(compile(source(code), str(file), "exec"), names)
            code = names["attempt"]
        value = canonical(code())
    except BaseException as problem:
        error = f"{type(problem).__name__}: {problem}"
    return {"value": value, "error": error, "uses": [[u.what, u.file, u.line, u.function] for u in guard.taken()]}


def canonical(value) -> str:
    """Every bit of it, as text."""
    import numpy as np
    import torch

    if isinstance(value, torch.Tensor):
        raw = value.detach().contiguous().flatten().view(torch.uint8).tolist()
        return f"{value.dtype} {tuple(value.shape)} {value.requires_grad} {raw}"
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {value.tobytes().hex()}"
    if isinstance(value, dict):
        return str({key: canonical(item) for key, item in value.items()})
    return str([canonical(item) for item in value]) if isinstance(value, (list, tuple)) else repr(value)


# Cases of their own: what is noted, and how
ODD = {
    "twice on a line": "for _ in range(3):\n    try: f(x).backward()\n    except BaseException: pass",
    "on two lines": "for g in (f, torch.sum):\n    try:\n        g(x).backward()\n    except BaseException:\n"
    "        pass\ntry: torch.autograd.grad(f(x), x)\nexcept BaseException: pass",
    "in a function of one's own": "def inner():\n    return f(x).backward()\nclass A:\n    def __call__(self):\n"
    "        return inner()\nA()()",
    "swallowed as an Exception": "try:\n    f(x).backward()\nexcept Exception:\n    return 'swallowed'",
    "in a thread": "import threading\nt = threading.Thread(target=torch.autograd.grad, args=(f(x), x))\n"
    "threading.excepthook = lambda *_: None\nt.start(); t.join()",
    "after another folder": "from autograder.sandbox import guard\nfrom pathlib import Path\n"
    "try: f(x).backward()\nexcept BaseException: pass\nguard.watch(Path('/nowhere'))",
    "after it was blocked": "try: torch.func.grad(f)(u)\nexcept BaseException: pass\nreturn torch.vmap(torch.sin)(u), f(x)",
}


pytestmark = pytest.mark.xdist_group("guard")  # what all of it asks of PyTorch is asked once, in a process of its own


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    command = [sys.executable, __file__, str(tmp_path_factory.mktemp("guard"))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(("block", "record"), map(json.loads, done.stdout.splitlines()[-2:]), strict=True))


@pytest.fixture(scope="module", params=["block", "record"])
def answers(request, asked):
    return {"mode": request.param, **asked[request.param]}


@pytest.fixture(scope="module")
def blocked(asked):
    return asked["block"]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_derivative_is_blocked_or_recorded(answers, name):
    found = answers["forbidden"][name]
    what, code = FORBIDDEN[name]
    assert found["uses"], found
    assert found["uses"][0][0] == (what if answers["mode"] == "block" else RECORDED_AS.get(name, what))
    assert found["uses"][0][1] == "answer.py"
    if answers["mode"] == "block":
        assert found["error"] == f"ForbiddenError: {what} is not available here: derive the gradients by hand"
        assert found["value"] is None
    else:
        assert found["error"] is None
        assert found["value"] != "None" or "increment" in code
    if code.startswith("return"):
        assert found["uses"][0][2:] in ([LINE, "attempt"], [LINE, "attempt.<locals>.<lambda>"])


@pytest.mark.parametrize("name", RESTORED)
def test_the_original_does_not_come_back(blocked, name):
    what, _ = RESTORED[name]
    found = blocked["forbidden"][name]
    assert found["value"] is None
    assert found["error"] is not None
    if what is not None:
        assert what in [use[0] for use in found["uses"]], found


@pytest.mark.parametrize("name", LEGITIMATE)
def test_what_is_legitimate_works_as_without_the_guard(answers, name):
    assert answers["legitimate"][name] == answers["plain"][name]
    assert answers["plain"][name]["error"] is None
    assert answers["legitimate"][name]["uses"] == []


def test_model_solutions_give_the_same_bits(answers):
    assert answers["solutions"] == answers["solved"]
    assert len(answers["solutions"]) >= 10
    assert {answer["error"] for answer in answers["solutions"].values()} == {None}
    assert not [use for answer in answers["solutions"].values() for use in answer["uses"]]


def test_a_use_is_noted_once_a_line(answers):
    assert answers["odd"]["twice on a line"]["uses"] == [["Tensor.backward", "answer.py", LINE + 1, "attempt"]]


def test_uses_are_noted_in_their_order(answers):
    assert answers["odd"]["on two lines"]["uses"] == [
        ["Tensor.backward", "answer.py", LINE + 2, "attempt"],
        ["torch.autograd.grad", "answer.py", LINE + 5, "attempt"],
    ]


def test_the_innermost_function_of_the_student_s_is_named(answers):
    found = answers["odd"]["in a function of one's own"]
    assert found["uses"] == [["Tensor.backward", "answer.py", LINE + 1, "attempt.<locals>.inner"]]


def test_except_exception_does_not_swallow_it(blocked):
    assert blocked["odd"]["swallowed as an Exception"]["error"].startswith("ForbiddenError: ")


def test_a_use_without_a_line_of_the_student_s_is_noted_without_one(answers):
    assert answers["odd"]["in a thread"]["uses"] == [["torch.autograd.grad", "", None, ""]]


def test_watching_another_folder_forgets_the_uses(answers):
    assert answers["odd"]["after another folder"]["uses"] == []


def test_what_is_legitimate_works_after_something_was_blocked(blocked):
    assert blocked["odd"]["after it was blocked"]["error"] is None


def test_forward_operations_are_the_same_objects():
    code = (
        "import torch\nbefore = [torch.matmul, torch.sigmoid, torch.Tensor.__mul__, torch.nn.functional.relu]\n"
        "from autograder.sandbox import guard\nguard.install('block')\n"
        "after = [torch.matmul, torch.sigmoid, torch.Tensor.__mul__, torch.nn.functional.relu]\n"
        "assert all(a is b for a, b in zip(before, after))\n"
        "assert 'PyObject' not in repr(torch.sigmoid) and torch.sigmoid.__self__ is before[1].__self__\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
