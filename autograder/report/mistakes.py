"""The pages on mistakes, for who has the package and not the repository: ``docs/mistakes``, which the wheel holds as well."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from autograder.diagnosis.mistakes import MISTAKES
from autograder.errors import AutograderError
from autograder.report.common import explain_command
from autograder.text import clean

__all__ = ["find_mistake", "pages_folder", "show_mistake", "show_mistakes"]

PACKAGE = Path(__file__).parent.parent
SHIPPED = "mistake_pages"
"""Where the wheel has the pages, in the package; ``pyproject.toml`` puts them there."""

WIDTH = 100

LINK = re.compile(r"\[([^\]]+)\]\((\w+)\.md\)")

THEME = Theme({"markdown.code": "bold", "markdown.h1": "bold", "markdown.h2": "bold"})


def pages_folder(package: Path = PACKAGE) -> Path:
    """Where the pages are: in the package, or where that lies in a checkout, in its documents."""
    shipped = package / SHIPPED
    return shipped if shipped.is_dir() else package.parent / "docs" / "mistakes"


def find_mistake(name: str) -> str:
    """The mistake of that name, with or without a path and an ending. Raises AutograderError where there is none."""
    stem = name.strip().replace("\\", "/").rpartition("/")[2].removesuffix(".md")
    wanted = stem.lower().replace("-", "_").replace(" ", "_")
    if wanted in MISTAKES:
        return wanted
    titles = {known.title.replace(" ", "_"): mistake for mistake, known in MISTAKES.items()}
    near = difflib.get_close_matches(wanted, [*MISTAKES, *titles], n=3, cutoff=0.75)
    close = list(dict.fromkeys(titles.get(one, one) for one in near))
    hint = f"Did you mean {' or '.join(close)}? " if close else ""
    raise AutograderError(
        f"there is no mistake '{clean(name, 60)}'", advice=f"{hint}`autograder explain` lists all {len(MISTAKES)}."
    )


def show_mistake(name: str, out: Console) -> None:
    """The page on a mistake. Raises AutograderError where there is none of that name."""
    path = pages_folder() / f"{find_mistake(name)}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise AutograderError(
            f"cannot be read: {error.strerror}", path=path, advice="Install the package again: its pages are missing."
        ) from None
    # Links lead to other pages, which are read in the same way.
    text = LINK.sub(lambda link: f"{link[1]} (`{explain_command(link[2])}`)", text)
    with out.use_theme(THEME):
        out.print(_Page(text, hyperlinks=False), width=min(out.width, WIDTH), crop=False)


def show_mistakes(out: Console) -> None:
    """Every mistake by name, with what it is called."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for mistake, known in MISTAKES.items():
        table.add_row(mistake, known.title)
    out.print(table)
    out.print()
    out.print(Text(f"{explain_command('MISTAKE')} shows the page on one of them."))


class _Heading(Heading):
    """At the left, and underlined for who sees no bold."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text
        yield Text(("=" if self.tag == "h1" else "-") * min(self.text.cell_len, options.max_width), "dim")


class _Code(CodeBlock):
    """Indented, in the terminal's own colours, and in whole lines that can be pasted, however narrow it is."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = str(self.text).rstrip().splitlines()
        yield Text("\n".join(f"    {line}".rstrip() for line in lines), no_wrap=True, overflow="ignore")


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
    }
