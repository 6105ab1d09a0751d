"""What the documents show is what the code does."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest
from rich.console import Console

from autograder import check
from autograder.cases import Secret
from autograder.course import load_assignment
from autograder.release import handout, write_handout
from autograder.report.terminal import show_exercise
from autograder.results import STATUSES, ExerciseResult, PartResult, SubmissionResult, TierResult
from autograder.sandbox.forking import ForkRunner
from autograder.store import CSV_FIELDS
from autograder.verify import verify

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
RESULTS = (ROOT / "docs/results.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def test_the_exercise_in_contributing_verifies_and_can_be_released(tmp_path: Path, fork_runner: ForkRunner) -> None:
    example = re.search(r"```python\n(.*?)\n *```", CONTRIBUTING, re.DOTALL)
    assert example is not None
    path = tmp_path / "solutions" / "example" / "neuron.py"
    path.parent.mkdir(parents=True)
    path.write_text(dedent("   " + example[1].lstrip()))
    assignment = load_assignment(tmp_path, "example")
    findings = verify(assignment.exercises[0], Secret(b"a secret of the tests", "the tests"), fork_runner)
    assert [finding for finding in findings if not finding.holds] == []
    assert set(handout(assignment)) == {"neuron.py", "checks/neuron.py", "example.ipynb"}


def test_the_readme_opens_with_the_two_commands() -> None:
    first_block = README.split("```")[1]
    assert re.findall(r"^make \w+", first_block, re.MULTILINE) == ["make grade", "make test"]
    assert README.index("make grade") < 40


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make (\w+)", README + CONTRIBUTING, re.MULTILINE))))
def test_every_make_target_in_the_documents_exists(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("record", [SubmissionResult, ExerciseResult, PartResult, TierResult])
def test_every_key_of_the_record_is_described(record: type) -> None:
    names = [field.name for field in dataclasses.fields(record)]
    assert [name for name in names if f"`{name}`" not in RESULTS] == []


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_described(status: str) -> None:
    assert f"| `{status}` |" in RESULTS


def test_the_check_in_the_readme_is_what_a_check_of_the_sample_class_shows(tmp_path: Path) -> None:
    example = re.search(r"```text\n\$ autograder check gradient_norms\n(.*?)```", README, re.DOTALL)
    assert example is not None
    write_handout(handout(load_assignment(ROOT, "gradient_flow")), tmp_path)
    shutil.copy(ROOT / "sample_class/submitted/kamala/gradient_flow/gradient_norms.py", tmp_path)
    out = Console(width=96, highlight=False, no_color=True, force_jupyter=False)
    with out.capture() as capture:
        show_exercise(check("gradient_norms", folder=tmp_path).results[0], out)
    found = "\n".join(line.rstrip() for line in capture.get().splitlines()).strip()
    assert found == example[1].strip()


def test_the_columns_of_the_grades_are_described() -> None:
    assert f"`{', '.join(CSV_FIELDS)}`" in RESULTS


@pytest.mark.parametrize("assignment", sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir()))
def test_the_readme_names_every_assignment(assignment: str) -> None:
    assert f"| `{assignment}` |" in README
