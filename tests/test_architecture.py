"""Each module imports only rooms before it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import autograder

PACKAGE = Path(autograder.__file__).parent

ORDER = (
    "errors",
    "text",
    "sandbox.calls",
    "sandbox.wire",
    "sandbox.kernel",
    "sandbox.syscalls",
    "sandbox.jail",
    "sandbox.state",
    "sandbox.guard",
    "sandbox.execute",
    "sandbox.zygote",
    "sandbox.runner",
    "sandbox.talk",
    "sandbox.forking",
    "protections",
    "doctor",
    "byhand.rules",
    "byhand.scopes",
    "byhand.names",
    "byhand.quotients",
    "byhand.search",
    "byhand",
    "exercise",
    "course",
    "skeleton",
    "cases",
    "reference",
    "expected",
    "compare",
    "trials",
    "functional",
    "diagnosis.swap",
    "diagnosis.rules.records",
    "diagnosis.rules.network",
    "diagnosis.rules.steps",
    "diagnosis.rules.activations",
    "diagnosis.rules.tensors",
    "diagnosis.rules.normalization",
    "diagnosis.rules.convolution",
    "diagnosis.rules.pooling",
    "diagnosis.rules.sequences",
    "diagnosis.rules.attention",
    "diagnosis.rules.higher",
    "diagnosis.rules",
    "diagnosis.candidate",
    "diagnosis.detectors.seen",
    "diagnosis.detectors.factors",
    "diagnosis.detectors.values",
    "diagnosis.detectors.shapes",
    "diagnosis.detectors.tensors",
    "diagnosis.detectors.layers",
    "diagnosis.detectors.convolution",
    "diagnosis.detectors",
    "diagnosis.bench",
    "diagnosis.lab",
    "diagnosis.attempt",
    "diagnosis.search",
    "diagnosis.explain",
    "diagnosis.mistakes",
    "diagnosis",
    "syllabus",
    "messages",
    "results",
    "submission",
    "walkthrough",
    "release",
    "answers",
    "marking",
    "store",
    "pool",
    "grade",
    "checking",
    "mutation.mutant",
    "mutation.page",
    "mutation.names",
    "mutation.rules",
    "mutation.edits",
    "mutation.values",
    "mutation.mistakes",
    "mutation.campaign",
    "mutation.words",
    "mutation",
    "verify",
    "report.common",
    "report.mistakes",
    "report.terminal",
    "report.progress",
    "report.html",
    "report.doctor",
    "notebook",
    "gradebook.config",
    "gradebook",
    "gradebook.cells",
    "gradebook.book",
    "gradebook.desk",
    "gradebook.preprocess",
    "gradebook.release",
    "gradebook.shelf",
    "cli",
)

CHILD_SIDE = (
    "sandbox.calls",
    "sandbox.wire",
    "sandbox.kernel",
    "sandbox.syscalls",
    "sandbox.jail",
    "sandbox.state",
    "sandbox.guard",
    "sandbox.execute",
    "sandbox.zygote",
)

# What student code runs on: nothing else may be needed to import the child side. The filter is built before that.
CHILD_LIBRARIES = {"msgspec", "numpy", "torch"}
OF_THE_FILTER = {"sandbox.syscalls": {"pyseccomp"}}

# What a student's own `check` runs has nothing of the jail: it is for any operating system.
JAIL = {f"sandbox.{name}" for name in ("kernel", "syscalls", "jail", "state", "guard", "zygote", "talk", "forking")}

# Imports inside these functions may go to later rooms: a command loads what it needs, a result knows how it is shown.
LATE = {"cli": None, "checking": {"_repr_html_", "__repr__"}}

# `__init__` re-exports, and so stands outside the order; that of a package through which others import is in it.
INITS = {"__init__", "sandbox", "report"}


def modules() -> dict[str, Path]:
    names = {path: ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in sorted(PACKAGE.rglob("*.py"))}
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def imports(path: Path, late: set[str] | None = frozenset()) -> set[str]:
    """Every module that a file imports, anywhere in it but in the functions named ``late`` (None: in any function)."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (late is None or node.name in late):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: line {node.lineno}: a relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            known = {f"autograder.{name}" for name in modules()}
            found.update(names & known or {node.module})
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text()))
    return found


def own(found: set[str]) -> set[str]:
    return {name.removeprefix("autograder.") for name in found if name.split(".")[0] == "autograder"}


def test_every_module_has_its_place_in_the_order():
    assert set(modules()) - INITS == set(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_a_module_imports_only_rooms_before_it(name):
    found = own(imports(modules()[name], LATE.get(name, set())))
    assert found <= set(ORDER[: ORDER.index(name)])


@pytest.mark.parametrize("name", LATE)
def test_late_imports_are_of_this_package_s_rooms(name):
    assert own(imports(modules()[name])) <= set(ORDER)


@pytest.mark.parametrize("name", CHILD_SIDE)
def test_the_child_side_imports_nothing_else_of_the_package(name):
    assert own(imports(modules()[name])) <= set(CHILD_SIDE)


@pytest.mark.parametrize("name", CHILD_SIDE)
def test_the_child_side_needs_only_the_libraries_of_student_code(name):
    foreign = {module.split(".")[0] for module in imports(modules()[name])} - set(sys.stdlib_module_names)
    assert foreign <= CHILD_LIBRARIES | OF_THE_FILTER.get(name, set()) | {"autograder", "__future__"}


def test_checking_one_s_own_answers_loads_nothing_of_the_jail():
    code = "import sys, autograder.checking\nprint(*sorted(m for m in sys.modules if m.startswith('autograder.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert own(set(done.stdout.split())) & JAIL == set()


@pytest.mark.parametrize("name", sorted(set(modules()) - INITS))
def test_no_module_but_the_bridge_to_it_imports_nbgrader(name):
    imported = {module.split(".")[0] for module in imports(modules()[name])}
    assert "nbgrader" not in imported or name.startswith("gradebook.")


def test_no_answer_of_a_child_is_unpickled():
    banned = {"pickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "multiprocessing"}
    for name, path in modules().items():
        # The pool's processes are the grader itself; a child's bytes reach them as frames, and leave them as results.
        own = {"multiprocessing"} if name == "pool" else set()
        assert not {module.split(".")[0] for module in imports(path)} & banned - own, name


def test_init_only_re_exports():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    names = {"Case", "Exercise", "__version__", "between", "check", "differentiate", "score", "when_written"}
    assert set(autograder.__all__) == names
    assert all(getattr(autograder, name) is not None for name in autograder.__all__)
    assert not [node for node in tree.body if isinstance(node, (ast.ClassDef, ast.For, ast.While))]


def test_a_name_that_the_package_has_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'autograder' has no attribute 'Exercises'"):
        _ = autograder.Exercises
