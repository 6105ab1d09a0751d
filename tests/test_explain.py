"""`autograder explain`: the pages on mistakes, wherever the package is installed."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from courses import run
from rich.cells import cell_len
from rich.console import Console

from autograder.diagnosis.mistakes import MISTAKES
from autograder.errors import AutograderError
from autograder.report import mistakes
from autograder.report.mistakes import SHIPPED, find_mistake, pages_folder, show_mistake, show_mistakes

ROOT = Path(__file__).parent.parent


def shown(name: str, width: int = 80, *, colour: bool = False) -> str:
    out = Console(width=width, highlight=False, force_jupyter=False, force_terminal=colour, no_color=not colour)
    with out.capture() as capture:
        show_mistake(name, out)
    return capture.get()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_explained(mistake: str) -> None:
    text = shown(mistake)
    page = (ROOT / "docs" / "mistakes" / f"{mistake}.md").read_text()
    assert text.startswith(page.splitlines()[0].removeprefix("# "))
    assert "How to put it right" in text
    assert ".md" not in text
    prose = [line for line in text.splitlines() if not line.startswith("    ")]
    assert all(cell_len(line) <= 80 for line in prose)  # the hat of x̂ takes no room


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_examples_can_be_pasted_from_a_narrow_terminal(mistake: str) -> None:
    page = (ROOT / "docs" / "mistakes" / f"{mistake}.md").read_text()
    code = [line for line in page.splitlines() if line.startswith((">>> ", "... "))]
    assert code
    lines = [line.strip() for line in shown(mistake, 40).splitlines()]
    assert [line for line in code if line.strip() not in lines] == []


def test_the_list_has_every_mistake_and_what_it_is_called() -> None:
    out = Console(width=100, highlight=False, force_jupyter=False, no_color=True)
    with out.capture() as capture:
        show_mistakes(out)
    lines = [line.split(maxsplit=1) for line in capture.get().splitlines()]
    listed = {line[0]: line[1].strip() for line in lines if len(line) == 2}
    assert {mistake: listed.get(mistake) for mistake in MISTAKES} == {m: known.title for m, known in MISTAKES.items()}


@pytest.mark.parametrize(
    "name", ["wrong_factor", "wrong-factor", "WRONG_FACTOR", "docs/mistakes/wrong_factor.md", " wrong factor "]
)
def test_a_name_is_understood_as_people_write_it(name: str) -> None:
    assert find_mistake(name) == "wrong_factor"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("wrong_facter", "Did you mean wrong_factor?"),
        ("transpose", "Did you mean transposed?"),
        ("the opposite sing", "Did you mean sign?"),
        ("zzz", "`autograder explain` lists all"),
    ],
)
def test_a_name_that_is_none_is_an_error_with_what_is_like_it(name: str, hint: str) -> None:
    with pytest.raises(AutograderError, match="there is no mistake") as found:
        find_mistake(name)
    assert hint in str(found.value)
    assert ("Did you mean" in str(found.value)) == ("Did you mean" in hint)


def test_the_command_explains_lists_and_refuses(tmp_path: Path) -> None:
    page = run("explain", "kink", cwd=tmp_path)
    assert (page.code, page.err) == (0, "")
    assert "\x1b" not in page.out
    assert "ReLU′(0) = 0" in page.out
    everything = run("explain", cwd=tmp_path)
    assert everything.code == 0
    assert all(mistake in everything.out for mistake in MISTAKES)
    typo = run("explain", "knik", cwd=tmp_path)
    assert typo.code == 2
    assert "Error: there is no mistake 'knik'" in typo.err


def test_the_wheel_gets_the_pages_where_the_package_looks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert build["sources"] == {"docs/mistakes": f"autograder/{SHIPPED}"}
    assert "docs/mistakes" in build["only-include"]
    installed = tmp_path / "site-packages" / "autograder"
    shutil.copytree(ROOT / "docs" / "mistakes", installed / SHIPPED)
    assert pages_folder(installed) == installed / SHIPPED
    monkeypatch.setattr(mistakes, "pages_folder", lambda: pages_folder(installed))
    assert shown("sign").startswith("The sign is the other way round")


def test_pages_that_are_missing_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mistakes, "pages_folder", lambda: tmp_path / "nowhere")
    with pytest.raises(AutograderError, match=r"nowhere.*cannot be read"):
        show_mistake("sign", Console())
