"""A term from beginning to end: the real nbgrader, a real exchange, an instructor and three students as users of their own."""

from __future__ import annotations

import csv
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from courses import ANSWERS, SECRET, WALKTHROUGH, WRONG_SIGN, Course, Done, make_course, write
from term import CONFIG, Term
from users import as_user

pytestmark = [pytest.mark.usefixtures("needs_isolation"), pytest.mark.xdist_group("term")]

USERS = {"instructor": 61001, "ann": 61002, "ben": 61003, "cam": 61004}
COURSE = "lines-and-curves"
STUDENTS_CONFIG = """c = get_config()
c.CourseDirectory.course_id = {course!r}
c.Exchange.root = {exchange!r}
"""


@dataclass(frozen=True)
class Place:
    """A folder that every user may enter, with the homes of all and the exchange."""

    root: Path

    def run(self, user: str, *command: str, cwd: Path | None = None) -> Done:
        """Run a command of this Python's folder as a user, in the user's home."""
        home = self.root / user
        known = {
            "HOME": str(home), "USER": user, "LOGNAME": user, "PYTHONWARNINGS": "ignore",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
            **({"AUTOGRADER_SECRET": SECRET} if user == "instructor" else {}),
        }  # fmt: skip
        program = str(Path(sys.executable).with_name(command[0]))
        done = subprocess.run(
            as_user(USERS[user], self.root / "passwd", [program, *command[1:]]),
            cwd=cwd or home, env=known, capture_output=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def does(self, user: str, *command: str, cwd: Path | None = None) -> Done:
        """Run what has to go well."""
        done = self.run(user, *command, cwd=cwd)
        assert done.code == 0, done.said[-3000:]
        return done

    def writes(self, user: str, path: Path, text: str) -> None:
        """As the user would in an editor."""
        write(path, text)
        os.chown(path, USERS[user], USERS[user])


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Needs root, who alone can be several users. Elsewhere these tests are skipped; ``CI=true`` runs them as root."""
    if os.geteuid() != 0:
        if os.environ.get("CI") == "true":
            pytest.fail("run these tests as root: an instructor and students have to be users of their own")
        pytest.skip("an instructor and students of their own need root")
    with tempfile.TemporaryDirectory(prefix="term-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        lines = [f"{name}:x:{uid}:{uid}::{root / name}:/bin/sh" for name, uid in USERS.items()]
        write(root / "passwd", Path("/etc/passwd").read_text() + "\n".join(lines) + "\n")
        (root / "exchange").mkdir()
        (root / "exchange").chmod(0o777)
        for name in USERS:
            write(root / name / ".jupyter" / "nbgrader_config.py", "" if name == "instructor" else STUDENTS_CONFIG.format(
                course=COURSE, exchange=str(root / "exchange")))  # fmt: skip
        course = make_course(root / "instructor" / "course")
        write(course.root / "solutions" / "lines" / "walkthrough.md", WALKTHROUGH)
        late = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'
        write(course.root / "nbgrader_config.py", CONFIG.format(exchange=str(root / "exchange")) + late)
        for name, uid in USERS.items():
            for path in (root / name, *(root / name).rglob("*")):
                os.chown(path, uid, uid)
            (root / name).chmod(0o700)  # nobody looks into the home of another
        yield Place(root)


def test_a_term(place: Place) -> None:
    course = place.root / "instructor" / "course"
    assert "students can fetch it" in place.does("instructor", "autograder", "release", "lines", cwd=course).said

    for student in ("ann", "ben", "cam"):
        place.does(student, "nbgrader", "fetch_assignment", "lines")
        folder = place.root / student / "lines"
        assert {"slope.py", "bend.py", "lines.ipynb", "checks"} <= {path.name for path in folder.iterdir()}
        place.writes(student, folder / "slope.py", WRONG_SIGN if student == "ben" else ANSWERS["slope"])
        place.writes(student, folder / "bend.py", ANSWERS["bend"])
    place.does("ann", "nbgrader", "submit", "lines")
    place.does("ben", "nbgrader", "submit", "lines")
    place.writes("ben", place.root / "ben" / "lines" / "slope.py", ANSWERS["slope"])
    place.does("ben", "nbgrader", "submit", "lines")

    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    due = f"from nbgrader.api import Gradebook as G; g = G('sqlite:///gradebook.db', {COURSE!r}); "
    due += f"g.update_or_create_assignment('lines', duedate={now!r}); g.close()"
    place.does("instructor", "python", "-c", due, cwd=course)
    place.does("cam", "nbgrader", "submit", "lines")

    place.does("instructor", "nbgrader", "collect", "lines", cwd=course)
    assert (course / "submitted" / "ben" / "lines" / "slope.py").read_text() == ANSWERS["slope"]
    place.does("instructor", "nbgrader", "autograde", "lines", cwd=course)
    term = Term(place.root, Course(course))
    by_nbgrader, scores = term.rows(), term.scores()
    assert scores == {"ann": 7.0, "ben": 7.0, "cam": 0.0}

    place.does("instructor", "nbgrader", "generate_feedback", "lines", cwd=course)
    place.does("instructor", "nbgrader", "release_feedback", "lines", cwd=course)
    for student in ("ann", "ben", "cam"):
        place.does(student, "nbgrader", "fetch_feedback", "lines")
        pages = list((place.root / student / "lines" / "feedback").rglob("*.html"))
        assert pages, list((place.root / student / "lines").rglob("*"))
        page = pages[-1].read_text()
        assert "4 of 4 points" in page
        assert "undisclosed heights" not in page
    place.does("instructor", "nbgrader", "export", "--to=grades.csv", cwd=course)
    with (course / "grades.csv").open(newline="") as file:
        exported = {
            row["student_id"]: float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == "lines"
        }
    assert exported == scores

    for folder in ("autograded", "results"):
        shutil.rmtree(course / folder)
    done = place.does("instructor", "autograder", "grade", "lines", cwd=course)
    assert "3 submissions" in done.said
    assert (term.rows(), term.scores()) == (by_nbgrader, scores)
