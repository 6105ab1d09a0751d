"""What `nbgrader autograde` runs in place of its own sanitizing and executing: no kernel starts, no student's notebook is run.

Assignments that this course does not have in ``solutions/`` are left to nbgrader's own preprocessors.
"""

from __future__ import annotations

import glob
from dataclasses import astuple
from pathlib import Path
from typing import Any, cast

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import preprocessors as nbgraders
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors.base import NbGraderPreprocessor
from traitlets import Enum, List, Unicode

from autograder.gradebook.book import opened, save
from autograder.gradebook.cells import answers, fill, read_notebook, restore
from autograder.gradebook.desk import CourseDesk, course_desk
from autograder.sandbox.wire import Isolation
from autograder.submission import Found, read_submission

__all__ = ["Grade", "Restore", "SubmissionExporter"]


class SubmissionExporter(NotebookExporter):
    """Reads a submitted notebook; in the place of one that is missing or cannot be read it takes the handout's."""

    course = Unicode(".", help="The course folder, with solutions/.").tag(config=True)

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """As the stock exporter does, for any file."""
        told = (resources or {}).get("nbgrader", {})
        desk = course_desk(Path(self.course))
        sanitizing = getattr(self.parent, "_sanitizing", True)  # what it reads afterwards it has written itself
        if not _is_ours(desk, told) or not sanitizing:
            return super().from_filename(filename, resources=resources, **options)
        path = Path(filename)
        notebook, problem = read_notebook(
            read_submission(path.parent, told["student"], told["assignment"], [path.name])
        )
        if notebook is None:
            self.log.warning("%s: %s The handout's takes its place.", filename, problem)
            notebook = restore(None, desk.handout(told["assignment"]), problem)
        return self.from_notebook_node(notebook, resources=resources, **options)  # type: ignore[no-untyped-call]


class _Ours(NbGraderPreprocessor):  # type: ignore[misc]
    """A preprocessor for the assignments of a course folder; for others, those that nbgrader has."""

    course = Unicode(".", help="The course folder, with solutions/.").tag(config=True)
    stock: list[Any]

    @property
    def desk(self) -> CourseDesk:
        return course_desk(Path(self.course))

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """One notebook."""
        if _is_ours(self.desk, resources["nbgrader"]):
            return self.process(nb, resources)
        for kind in self.stock:
            nb, resources = kind(parent=self.parent).preprocess(nb, resources)
        return nb, resources

    def process(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """One notebook of this course."""
        raise NotImplementedError


class Restore(_Ours):
    """Puts the handout's cells back into a submitted notebook, each once and with its own text."""

    stock = List(
        [
            nbgraders.ClearOutput,
            nbgraders.DeduplicateIds,
            nbgraders.OverwriteKernelspec,
            nbgraders.OverwriteCells,
            nbgraders.CheckCellMetadata,
        ],
        help="What is run for other assignments.",
    ).tag(config=True)

    def process(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """The cells put right."""
        return restore(nb, self.desk.handout(resources["nbgrader"]["assignment"])), resources


class Grade(_Ours):
    """Grades what was handed in beside the notebook, shows it in the graded cells and writes it into the gradebook."""

    isolation = Enum(["full", "limits"], "full", help="How student code is kept apart.").tag(config=True)
    stock = List(
        [nbgraders.Execute, nbgraders.IgnorePattern, nbgraders.LimitOutput, nbgraders.SaveAutoGrades],
        help="What is run for other assignments.",
    ).tag(config=True)

    def process(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """The cells filled, the scores saved."""
        told = resources["nbgrader"]
        coursedir = self.parent.parent.coursedir
        folder = Path(
            coursedir.format_path(coursedir.submitted_directory, told["student"], told["assignment"])
        ).absolute()
        result = self.desk.grade(Found(told["assignment"], told["student"], folder), cast(Isolation, self.isolation))
        fill(nb, result)
        with opened(told["db_url"], coursedir.course_id) as book:
            change = save(book, result, told["notebook"], answers(nb))
        # Where the notebook is missing, nbgrader has written 0 into each row a moment ago.
        if change is not None and (folder / f"{told['notebook']}.ipynb").exists():
            self.log.warning("%s/%s: the score changed from %g to %g", *astuple(change))
        return nb, resources


def _is_ours(desk: CourseDesk, told: Any) -> bool:
    return desk.has(told.get("assignment", "")) and told.get("notebook") == told.get("assignment")


def _with_those_that_have_no_notebook(find: Any) -> Any:
    """Submissions without the notebook are graded as well: nbgrader passes them over, and they never get a row."""

    def init_notebooks(self: Autograde) -> None:
        known = {}
        desk = None
        if self.exporter_class is SubmissionExporter:
            desk = course_desk(Path(self.config.SubmissionExporter.get("course", ".")))
        pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        for folder in glob.glob(pattern):  # noqa: PTH207 - as nbgrader does, from where it runs
            name = Path(folder).name
            if desk is not None and desk.has(name) and self.coursedir.notebook_id in ("*", name):
                path = Path(folder) / f"{name}.ipynb"
                if not path.exists():
                    known[folder] = [str(path)]
        try:
            find(self)
        except NbGraderException:
            if not known:
                raise
        for folder, paths in known.items():
            self.assignments[folder] = [*self.assignments.get(folder, []), *paths]

    return init_notebooks


Autograde.init_notebooks = _with_those_that_have_no_notebook(Autograde.init_notebooks)
