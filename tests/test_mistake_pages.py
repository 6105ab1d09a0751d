"""Every mistake has a page, the index leads to all of them, and what their examples show is what Python prints."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "docs" / "mistakes"
INDEX = (FOLDER / "README.md").read_text()
PAGES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md"}
SECTIONS = ["What it looks like", "Why it is wrong", "A small example", "How to find it", "How to put it right"]


def title(page: str) -> str:
    return page.splitlines()[0].removeprefix("# ")


def links(text: str) -> list[tuple[str, str]]:
    """The words and the target of each link; words may be broken over two lines."""
    return [(" ".join(words.split()), target) for words, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", text)]


def examples(name: str) -> doctest.DocTest:
    """The ``>>>`` examples of the page's blocks of Python, with the numbers of their lines."""
    lines, inside = [], False
    for line in PAGES[name].splitlines():
        fence = line.startswith("```")
        lines.append(line if inside and not fence else "")
        inside = line == "```python" or (inside and not fence)
    return doctest.DocTestParser().get_doctest("\n".join(lines), {}, name, str(FOLDER / f"{name}.md"), 0)


def failures(test: doctest.DocTest) -> str:
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return "".join(said)


def test_there_are_pages() -> None:
    assert len(PAGES) >= 32


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_title_and_its_sections_and_is_short(name: str) -> None:
    page = PAGES[name]
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    assert re.match(r"# [A-Z][^\n]*[^\n.]\n\n", page)
    assert re.findall(r"^#+ (.*)$", prose, re.MULTILINE) == [title(page), *SECTIONS]
    assert 20 <= len(page.splitlines()) <= 40


def test_no_two_pages_have_the_same_title() -> None:
    assert len({title(page) for page in PAGES.values()}) == len(PAGES)


def test_the_index_links_every_page_once_by_its_title_and_nothing_else() -> None:
    assert sorted(links(INDEX)) == sorted((title(page), f"{name}.md") for name, page in PAGES.items())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_links_only_to_other_pages_by_their_titles(name: str) -> None:
    others = {(title(page), f"{other}.md") for other, page in PAGES.items() if other != name}
    assert set(links(PAGES[name])) <= others


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_page_print_what_it_shows(name: str) -> None:
    test = examples(name)
    assert any(example.want for example in test.examples)
    assert failures(test) == ""


def test_an_example_that_prints_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAGES, "sign", PAGES["sign"].replace("-1.0\n", "1.0\n"))
    assert "Expected:\n    1.0\nGot:\n    -1.0\n" in failures(examples("sign"))
