"""The walkthroughs that students get run from top to bottom in a kernel of their own: as handed out, and when all is solved."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from courses import environment, write
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from autograder.course import load_assignment

REPOSITORY = Path(__file__).parent.parent
ASSIGNMENTS = sorted(path.name for path in (REPOSITORY / "assignments").iterdir() if path.is_dir())

# Not in this process, where a warning is an error. matplotlib tells a fresh machine that it makes a list of fonts, once.
RUN = """
import sys
import matplotlib.font_manager
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=600, kernel_name="python3", allow_errors=True).execute()
nbformat.write(notebook, sys.argv[1])
"""


def executed(folder: Path, notebook: str, scratch: Path) -> NotebookNode:
    """A notebook of a folder after all its cells were run there. Its kernel is gone."""
    scratch.mkdir()
    state = {name: str(scratch) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "TMPDIR")}
    done = subprocess.run(
        [sys.executable, "-c", RUN, notebook],
        cwd=folder, env=environment(OMP_NUM_THREADS="1", **state), capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    left = [one.pid for one in psutil.process_iter(["cmdline"]) if str(scratch) in " ".join(one.info["cmdline"] or ())]
    assert left == []
    return nbformat.read(folder / notebook, as_version=4)


@pytest.mark.parametrize("solved", [False, True], ids=["stubs", "solutions"])
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_walkthrough_runs_from_top_to_bottom(name: str, solved: bool, tmp_path: Path) -> None:
    """Without an error and without a word to stderr, which nbgrader's Validate takes for a failure."""
    folder = shutil.copytree(REPOSITORY / "assignments" / name, tmp_path / name)
    exercises = load_assignment(REPOSITORY, name).exercises
    for loaded in exercises if solved else ():
        write(folder / loaded.module, loaded.source.answer)
    cells = [cell for cell in executed(folder, f"{name}.ipynb", tmp_path / "scratch").cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert "Traceback" not in str(outputs)
    graded = {cell.metadata.nbgrader.grade_id: cell for cell in cells if "nbgrader" in cell.metadata}
    assert graded.keys() == {loaded.name for loaded in exercises}
    for loaded in exercises:
        total = float(loaded.exercise.total)
        shown, score = graded[loaded.name].outputs
        assert score.data["text/plain"] == repr(total if solved else 0.0)
        assert determine_grade(graded[loaded.name]) == (total if solved else 0.0, total)
        assert ("All public cases are right." in shown.data["text/plain"]) is solved
        assert ("not attempted" in shown.data["text/html"]) is not solved
