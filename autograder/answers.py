"""Answers that stand in the notebook: a cell tagged with an exercise's name counts as its module where that is blank.

Students who never leave the notebook are served this way. Where both are filled, the module counts, and the record says so.
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

__all__ = ["with_answers_of_the_notebook"]


def with_answers_of_the_notebook(submission: Submission, exercises: Sequence[Loaded]) -> Submission:
    """A submission in which blank modules, or those that are not there, are what the notebook's tagged cells hold."""
    tagged = _tagged(submission.files.get(notebook_name(submission.assignment)))
    files = dict(submission.files)
    notes = []
    for loaded in exercises:
        answer = tagged.get(loaded.name, "")
        if not answer.strip() or loaded.module in submission.refused:
            continue
        if loaded.module not in files or digest(files[loaded.module]) in (
            digest(answer.encode()),
            loaded.blank or _digest_of_stub(loaded.source),
        ):
            files[loaded.module] = answer.encode("utf-8", "replace")
            notes.append(f"{loaded.name}: the answer is that of your notebook, as {loaded.module} is blank.")
        else:
            notes.append(
                f"{loaded.name}: both {loaded.module} and a cell of your notebook hold an answer; {loaded.module} counts."
            )
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
