"""Between two exercises of a submission: every setting is put back, and what cannot be put back ends the process.

Each test runs two exercises in a row. The first one changes something; the second one says how it finds it, and whether
it is in the same process (`json.first` is there: nobody looks after that).
"""

from __future__ import annotations

import time

import pytest
from jobs import fault, job, submission, value

from autograder.sandbox import talk
from autograder.sandbox.forking import ForkRunner
from autograder.sandbox.wire import Ready

# What the first exercise does, and what the second one looks at. What it sees must be what a first exercise sees.
SETTINGS = {
    "the default dtype": ("torch.set_default_dtype(torch.float64)", "torch.ones(1).dtype"),
    "the seed of torch": ("torch.manual_seed(7)", "torch.rand(1).item()"),
    "the state of torch's generator": ("torch.rand(3)", "torch.rand(1).item()"),
    "the seed of NumPy": ("np.random.seed(7)", "np.random.rand()"),
    "the state of NumPy's generator": ("np.random.rand(3)", "np.random.rand()"),
    "how torch prints": ("torch.set_printoptions(precision=1, sci_mode=True)", "torch.tensor([0.123456])"),
    "how NumPy prints": ("np.set_printoptions(precision=1)", "np.array([0.123456])"),
    "NumPy's errors": ("np.seterr(all='raise')", "sorted(np.geterr().items())"),
    "grad mode": ("torch.set_grad_enabled(False)", "torch.is_grad_enabled()"),
    "no_grad that is never left": ("torch.no_grad().__enter__()", "torch.is_grad_enabled()"),
    "the number of threads": ("torch.set_num_threads(3)", "torch.get_num_threads()"),
    "deterministic algorithms": (
        "torch._C._set_deterministic_algorithms(True, warn_only=True)",
        "torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()",
    ),
    "anomaly detection": ("torch.autograd.set_detect_anomaly(True)", "torch.is_anomaly_enabled()"),
    "denormal numbers": ("torch.set_flush_denormal(True)", "(torch.tensor([1e-310], dtype=torch.float64) / 2).item()"),
    "the precision of products": (
        "torch.set_float32_matmul_precision('medium')",
        "torch.get_float32_matmul_precision()",
    ),
    "warnings that are errors": ("warnings.simplefilter('error')", "len(warnings.filters), warnings.filters[0][0]"),
    "a list of filters of its own": ("warnings.filters = []", "len(warnings.filters)"),
    "the current folder": ("os.mkdir('sub'); os.chdir('sub')", "os.path.basename(os.getcwd()) in ('0', '1')"),
    "the import path": ("sys.path.insert(0, '/nowhere')", "'/nowhere' in sys.path"),
    "an import path of its own": ("sys.path = ['/nowhere', *sys.path]", "'/nowhere' in sys.path"),
    "the home folder": ("os.environ['HOME'] = '/nowhere'", "os.environ['HOME'] == os.getcwd()"),
    "the folder of temporary files": ("del os.environ['TMPDIR']", "os.environ.get('TMPDIR') == os.getcwd()"),
    "a new environment variable": ("os.environ['NEW'] = '1'", "os.environ.get('NEW'), os.getenv('NEW')"),
    "a variable that is gone": ("del os.environ['PATH']", "os.environ.get('PATH')"),
    "the locale": ("locale.setlocale(locale.LC_ALL, 'C')", "locale.setlocale(locale.LC_ALL)"),
    "the umask": ("os.umask(0)", "[os.umask(0o22), os.umask(0o22)][0]"),
    "the recursion limit": ("sys.setrecursionlimit(77777)", "sys.getrecursionlimit()"),
    "a low recursion limit": ("sys.setrecursionlimit(120)", "sys.getrecursionlimit()"),
    "a signal's handler": (
        "signal.signal(signal.SIGUSR1, lambda *_: None)",
        "signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL",
    ),
    "a signal that is ignored": (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "signal.getsignal(signal.SIGTERM) is signal.SIG_DFL",
    ),
    "a timer": ("signal.setitimer(signal.ITIMER_REAL, 60)", "signal.getitimer(signal.ITIMER_REAL)[0] > 0"),
    "an alarm": ("signal.alarm(60)", "signal.getitimer(signal.ITIMER_REAL)[0] > 0"),
    "a trace function": ("sys.settrace(lambda *_: None)", "sys.gettrace()"),
    "a profile function": ("sys.setprofile(lambda *_: None)", "sys.getprofile() is not None"),
    "the output": ("said = sys.stdout; sys.stdout = io.StringIO()", "type(sys.stdout).__name__"),
    "no output": ("said = sys.stdout; sys.stdout = None", "type(sys.stdout).__name__"),
    "the error output": ("sys.stderr = io.StringIO()", "type(sys.stderr).__name__"),
    "the input": ("sys.stdin = io.StringIO('7')", "type(sys.stdin).__name__"),
    "garbage that is kept": ("gc.disable()", "gc.isenabled()"),
    "a module of the submission": ("import helper; helper.number = 7", "__import__('helper').number"),
    "a module by the name of a file of the other folder": (
        "sys.modules['helper'] = __import__('helper'); sys.modules['helper'].number = 8",
        "__import__('helper').number",
    ),
    "lines that are remembered": ("linecache.cache['x'] = (1, None, ['y'], 'x')", "'x' in linecache.cache"),
    "a file that was handed in": ("open('helper.py', 'w').write('number = 9')", "open('helper.py').read()"),
    "a file that is new": ("open('new', 'w').close()", "os.path.exists('new')"),
    "a file that is gone": ("os.remove('helper.py')", "os.path.exists('helper.py')"),
}

# What the first exercise does, and what the process then says of itself.
DIRT = {
    "a function of torch": ("torch.add = torch.sub", "torch.add was changed"),
    "a function that was deleted": ("del torch.sigmoid", "torch.sigmoid was changed"),
    "a new name in torch": ("torch.answer = 42", "torch.answer was changed"),
    "a method of tensors": ("torch.Tensor.sum = torch.Tensor.mean", "Tensor.sum was changed"),
    "an operator of tensors": ("torch.Tensor.__matmul__ = torch.Tensor.__mul__", "Tensor.__matmul__ was changed"),
    "the C functions of torch": ("torch._C.answer = 42", "torch._C.answer was changed"),
    "a function of torch.nn": ("torch.nn.functional.relu = torch.sigmoid", "torch.nn.functional.relu was changed"),
    "a layer of torch.nn": ("torch.nn.Linear = None", "torch.nn.Linear was changed"),
    "what every layer is": ("torch.nn.Module.forward = None", "Module.forward was changed"),
    "a function of torch.linalg": ("torch.linalg.norm = None", "torch.linalg.norm was changed"),
    "a function of torch.autograd": ("torch.autograd.grad = None", "torch.autograd.grad was changed"),
    "a function of NumPy": ("np.dot = np.outer", "numpy.dot was changed"),
    "a function of numpy.linalg": ("np.linalg.norm = None", "numpy.linalg.norm was changed"),
    "a built-in": ("builtins.sum = max", "builtins.sum was changed"),
    "a new built-in": ("builtins.answer = 42", "builtins.answer was changed"),
    "how files are opened": ("io.open = None", "io.open was changed"),
    "a function of math": ("math.exp = math.log", "math.exp was changed"),
    "a function of os": ("os.listdir = print", "os.listdir was changed"),
    "a function of time": ("time.time = lambda: 0", "time.time was changed"),
    "a function of random": ("random.random = lambda: 0", "random.random was changed"),
    "the handler of exceptions": ("sys.excepthook = print", "sys.excepthook was changed"),
    "a dictionary of modules of its own": ("sys.modules = dict(sys.modules)", "sys.modules was changed"),
    "a thread": ("threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", "threads were left running"),
    "a thread that nobody knows": (
        "_thread.start_new_thread(time.sleep, (60,)); time.sleep(0.1)",
        "threads were left running",
    ),
    "a function mode": ("Mode().__enter__()", "a function mode of PyTorch was left on"),
    "a default device": ("torch.set_default_device('meta')", "a function mode of PyTorch was left on"),
    "a dispatch mode": (
        "torch._C._push_on_torch_dispatch_stack(Dispatch())",
        # PyTorch changes itself when a function is called in such a mode for the first time.
        "a dispatch mode of PyTorch was left on | torch.manual_seed was changed",
    ),
    "inference mode": ("mode = torch.inference_mode(); mode.__enter__()", "the inference mode of PyTorch was left on"),
    "a module of its own making": ("sys.modules['evil'] = sys", "a module evil was made that no file holds"),
    "a module in the place of another": ("sys.modules['math'] = type(sys)('math')", "math was replaced"),
    "a finder of modules": ("sys.meta_path.insert(0, print)", "the import system was changed"),
    "a finder of modules in folders": ("sys.path_hooks.clear()", "the import system was changed"),
    "nothing to work with": ("locale.setlocale = None", "its state could not be put back (TypeError)"),
}

IMPORTS = (
    "import _thread, builtins, gc, io, json, linecache, locale, math, os, random, signal, sys, threading, time, warnings\n"
    "import numpy as np\nimport torch\n"
    "class Mode(torch.overrides.TorchFunctionMode):\n"
    "    def __torch_function__(self, function, types, args=(), kwargs=None):\n"
    "        return function(*args, **kwargs or {})\n"
    "class Dispatch(torch.utils._python_dispatch.TorchDispatchMode):\n"
    "    def __torch_dispatch__(self, function, types, args=(), kwargs=None):\n"
    "        return function(*args, **kwargs or {})\n"
)
CLOSE = "def f(x):\n    return 2 * x\n"
HELPER = {"helper.py": b"number = 1"}


def first(change: str) -> str:
    return f"{IMPORTS}json.first = True\n{change}\n{CLOSE}"


def second(probe: str) -> str:
    return f"{IMPORTS}saw = repr(({probe}))\nprint(getattr(json, 'first', False), saw)\n{CLOSE}"


def both(runner: ForkRunner, change: str, probe: str) -> tuple[str, str]:
    """What two exercises print, of which the first makes a change."""
    one = job(first(change), exercise="one", files=HELPER)
    two = job(second(probe), exercise="two", files=HELPER)
    outcomes = runner.run_all(submission(one, two))
    assert value(outcomes[1]) == [2.0, 4.0, 6.0]
    return outcomes[0].output, outcomes[1].output.strip()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What student processes say of themselves when they are to begin an exercise; empty where all is well."""
    heard: list[str] = []
    decode = talk.decode_message

    def listen(text, kind):
        message = decode(text, kind)
        if isinstance(message, Ready):
            heard.append(message.dirt)
        return message

    monkeypatch.setattr(talk, "decode_message", listen)
    return heard


@pytest.mark.parametrize("what", SETTINGS)
def test_a_setting_is_put_back_for_the_next_exercise(any_runner, said, what):
    change, probe = SETTINGS[what]
    (fresh,) = any_runner.run_all([job(second(probe), exercise="two", files=HELPER)])
    assert fresh.output.startswith("False ")
    del said[:]
    _, saw = both(any_runner, change, probe)
    assert said == ["", ""]
    assert saw == fresh.output.strip().replace("False ", "True ", 1)


@pytest.mark.parametrize("what", SETTINGS)
def test_a_setting_that_is_not_put_back_would_be_seen(fork_runner, what):
    change, probe = SETTINGS[what]
    alone = f"{IMPORTS}said = sys.stdout\nbefore = repr(({probe}))\n"
    seen = f"{alone}{change}\nafter = repr(({probe}))\nprint(before != after, file=said)\n{CLOSE}"
    if (
        what.startswith(("the state of", "a module", "the seed")) or what == "the umask"
    ):  # to look changes it: compare with a fresh look
        seen = f"{IMPORTS}{change}\nafter = repr(({probe}))\nprint(after)\n{CLOSE}"
        fresh = fork_runner.run(job(second(probe), files=HELPER)).output
        assert fork_runner.run(job(seen, files=HELPER)).output.strip() not in fresh
        return
    assert fork_runner.run(job(seen, files=HELPER)).output == "True\n"


@pytest.mark.parametrize("what", DIRT)
def test_what_cannot_be_put_back_ends_the_process_and_the_next_exercise_has_a_fresh_one(any_runner, said, what):
    change, words = DIRT[what]
    _, saw = both(any_runner, change, "torch.add(2, 2).item(), math.exp(0), int(np.dot([1, 2], [3, 4])), sum([1, 2])")
    first_one, dirt, next_one = said
    assert (first_one, next_one) == ("", "")
    assert dirt in words.split(" | ")
    assert saw == "False (4, 1.0, 11, 3)"


def test_a_process_that_cannot_go_on_waits_to_be_let_go(any_runner, said, monkeypatch):
    """The grader asks ahead: it is to read of the dirt, and not to find a broken pipe, however late it asks."""
    ask = talk.Talk.ask

    def late(self, *rest):
        time.sleep(0.5)  # the process has long said that it cannot turn to the second exercise
        ask(self, *rest)

    monkeypatch.setattr(talk.Talk, "ask", late)
    change, words = DIRT["nothing to work with"]
    _, saw = both(any_runner, change, "sum([1, 2])")
    assert said == ["", words, ""]
    assert saw == "False 3"


def test_autocast_that_is_left_on_does_not_reach_the_next_exercise(any_runner):
    _, saw = both(
        any_runner, "mode = torch.autocast('cpu'); mode.__enter__()", "(torch.ones(1, 1) @ torch.ones(1, 1)).dtype"
    )
    assert saw.endswith("torch.float32")


@pytest.mark.parametrize("draw", ["random.random()", "np.random.rand()", "torch.rand(1).item()"])
def test_every_exercise_begins_with_the_same_random_numbers_in_whatever_process_it_runs(limits_runner, draw):
    _, second_in_line = both(limits_runner, "pass", draw)
    with ForkRunner("limits") as another:
        alone = another.run(job(second(draw))).output
    assert alone.strip().replace("False", "True") == second_in_line


def test_a_helper_that_was_changed_by_way_of_a_function_of_its_own_is_loaded_afresh(fork_runner):
    one = job("import helper\nhelper.number = 7\ndef f(x):\n    return helper.number", exercise="one", files=HELPER)
    two = job("import helper\ndef f(x):\n    return helper.number", exercise="two", files=HELPER)
    assert [value(one) for one in fork_runner.run_all(submission(one, two))] == [7, 1]


@pytest.mark.parametrize(
    "change", ["pass", "import helper", "import torch.optim, torch.fft, colorsys", "raise ValueError"]
)
def test_what_every_exercise_does_leaves_the_process_in_use(any_runner, said, change):
    one = job(f"import torch\ndef f(x):\n    {change}\n    return torch.sigmoid(x)", exercise="one", files=HELPER)
    two = job("def f(x):\n    return 2 * x", exercise="two", files=HELPER)
    assert value(any_runner.run_all(submission(one, two, one))[1]) == [2.0, 4.0, 6.0]
    assert said == ["", "", ""]


def test_warnings_that_were_made_errors_do_not_reach_the_next_exercise(fork_runner):
    warns = "import warnings\ndef f(x):\n    warnings.warn('careful')\n    return x"
    one = job("import warnings\nwarnings.simplefilter('error')\n" + warns, exercise="one")
    outcomes = fork_runner.run_all(submission(one, job(warns, exercise="two")))
    assert fault(outcomes[0]).type == "UserWarning"
    assert value(outcomes[1]) == [1.0, 2.0, 3.0]
