"""Answers that stand elsewhere than in the exercise's module, where that is blank or not there.

A cell of the notebook that is tagged with the exercise's name serves students who never leave the notebook; a file in which
another course keeps all its functions (`Exercise.also`) serves those who bring their code along. Where module and cell are
both filled, the module counts, and the record says so.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.course import Loaded, Source
from autograder.release import digest, stub
from autograder.submission import Submission
from autograder.walkthrough import notebook_name

__all__ = ["with_answers_from_elsewhere"]


def with_answers_from_elsewhere(submission: Submission, exercises: Sequence[Loaded]) -> Submission:
    """A submission in which modules that are blank, or not there, are what another file or the notebook holds."""
    tagged = _tagged(submission.files.get(notebook_name(submission.assignment)))
    files = dict(submission.files)
    notes = []
    for loaded in exercises:
        module, cell = loaded.module, tagged.get(loaded.name, "")
        if module in submission.refused:
            continue
        blank = module not in files or digest(files[module]) in (
            digest(cell.encode()), loaded.blank or _digest_of_stub(loaded.source),
        )  # fmt: skip
        if blank and cell.strip():
            files[module] = cell.encode("utf-8", "replace")
            notes.append(f"{loaded.name}: the answer is that of your notebook, as {module} is blank.")
        elif blank and (other := next((name for name in loaded.exercise.also if name in submission.files), "")):
            files[module] = submission.files[other]
            notes.append(f"{loaded.name}: the answer is that of {other}, as {module} is blank.")
        elif cell.strip():
            notes.append(f"{loaded.name}: both {module} and a cell of your notebook hold an answer; {module} counts.")
    return replace(submission, files=files, notes=(*submission.notes, *notes)) if notes else submission


@functools.lru_cache(maxsize=256)
def _digest_of_stub(source: Source) -> str:
    return digest(stub(source).encode())


def _tagged(notebook: bytes | None) -> Mapping[str, str]:
    """By tag, the code of the cells that have it, in their order. A notebook that cannot be read has none."""
    found: dict[str, list[str]] = {}
    try:
        cells = json.loads(notebook or b"{}")["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                source = cell["source"]
                for tag in cell["metadata"].get("tags", []):
                    found.setdefault(str(tag), []).append("".join(source) if isinstance(source, list) else str(source))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return {}
    return {tag: "\n\n\n".join(codes) + "\n" for tag, codes in found.items()}
