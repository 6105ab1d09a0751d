"""Text that came from outside, made safe to show, and numbers as a person wants to read them."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from fractions import Fraction
from pathlib import Path

__all__ = ["clean", "clean_lines", "counted", "file_name", "measured", "number", "path_text", "percent", "shape_text"]

NAME_LIMIT = 200

ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")


def clean(text: str, limit: int = 300) -> str:
    """One line without control, format or surrogate characters; addresses, which differ from run to run, are masked."""
    kept = "".join(
        c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else " " for c in text[: 4 * limit]
    )
    kept = ADDRESS.sub("0x…", " ".join(kept.split()))
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def file_name(name: str) -> str:
    """A name as that of a file without its ending: one that is too long for the file system is cut, with a digest."""
    if len(name.encode()) <= NAME_LIMIT:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name.encode()[:NAME_LIMIT].decode(errors='ignore')}~{digest}"


def counted(number: int, what: str) -> str:
    """A number of things: 1 score, 2 scores."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def path_text(path: Path | str) -> str:
    """A path as a person who is here needs it: from here on, where it lies below."""
    return os.path.relpath(path) if Path(path).is_relative_to(Path.cwd()) else str(path)


def clean_lines(text: str, limit: int) -> str:
    """Like `clean`, but lines stay lines."""
    lines = [clean(line.replace("\t", "    ").rstrip(), 400) if line.strip() else "" for line in text.splitlines()]
    kept = "\n".join(lines)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def number(value: float | Fraction | None) -> str:
    """``2``, ``1.2``, ``0.333``; ``—`` where there is none."""
    if value is None:
        return "—"
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


def measured(value: float) -> str:
    """A value of a tensor with six significant digits."""
    return f"{value:.6g}"


def percent(part: float, whole: float) -> str:
    """``85%``; ``—`` of nothing."""
    return f"{100 * part / whole:.0f}%" if whole else "—"


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as the student writes it; a scalar in words."""
    return str(shape) if shape else "() (a single number)"
