"""The real nbgrader with this grader in it: what it releases, what it grades, and that both ways of grading agree."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from courses import ANSWERS, BEND, WRONG_SIGN, write
from nbgrader.utils import determine_grade
from term import Row, Term, make_term

pytestmark = [pytest.mark.usefixtures("needs_isolation"), pytest.mark.xdist_group("gradebook")]

LATE = """
c.LateSubmissionPlugin.penalty_method = "zero"
"""

BARE = "/usr/bin:/bin"
"""A PATH without the folder of this Python's commands: neither alembic nor nbgrader's other commands are on it."""

NOISE = """import os, sys, warnings
import torch
warnings.warn("odd")
torch.tensor(torch.ones(1))  # PyTorch warns of that
sys.stderr.write("oh")
os.write(2, b"oh")
"""

MODULES: dict[str, tuple[dict[str, str], float, float]] = {
    "noisy": ({"slope": NOISE + ANSWERS["slope"]}, 4.0, 3.0),
    "leaves": ({"slope": "import os\nos._exit(0)\n"}, 0.0, 3.0),
    "kills": ({"bend": "import os\nos.kill(os.getpid(), 9)\n"}, 4.0, 0.0),
    "aborts": ({"bend": "import os\nos.abort()\n"}, 4.0, 0.0),
    "loops": ({"bend": "while True:\n    pass\n"}, 4.0, 0.0),
    "nan": ({"bend": ANSWERS["bend"].replace("y * (1 - y)", "y * float('nan')")}, 4.0, 0.0),
}
"""By student modules that no kernel survives or that nbgrader counts wrong (it writes NaN as no score at all), and the
points of slope and bend. The kill does nothing, as it is the first process of a namespace that it hits."""

PRINTS = nbformat.v4.new_output("stream", name="stdout", text="3.0")
WARNS = nbformat.v4.new_output("stream", name="stderr", text="UserWarning: odd")
FAILS = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[])


def gives(text: str) -> nbformat.NotebookNode:
    """The output of a cell that ends with a value."""
    return nbformat.v4.new_output("execute_result", {"text/plain": text})


CLAIMS = {
    "hue": (gives("nan"), PRINTS),
    "ida": (gives("-1"), gives("tensor(0.)")),
    "jim": (WARNS, gives("True")),
    "kay": (FAILS, gives("1000.0")),
}
"""By student what the graded cells of slope and bend show. nbgrader takes all of it for points: none, all or too many."""


def answered(term: Term, text: str = "Because.") -> nbformat.NotebookNode:
    notebook = term.handout
    cell(notebook, "why-a-mean").source = text
    return notebook


def cell(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    (found,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name]
    return found


def hand_in(term: Term) -> None:
    """What a class hands in, with what is amiss in any class."""
    term.submit("ada", notebook=answered(term))
    term.submit("bob", slope=WRONG_SIGN)
    term.submit("cat", notebook=b"")
    term.submit("dan", notebook=b"{broken")
    term.submit("fay", late=True)
    cheat = answered(term)
    cell(cheat, "slope").source = "print(4.0)"
    cell(cheat, "slope").outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "tensor(0.)"})]
    cell(cheat, "slope").metadata.nbgrader.points = 1000
    cheat.cells.append(copy.deepcopy(cell(cheat, "bend")))
    term.submit("eve", notebook=json.dumps(cheat).encode(), slope="raise SystemExit\n")
    gone = term.handout
    gone.cells = gone.cells[:1]
    term.submit("gus", notebook=gone)


def hand_in_what_trips_nbgrader_up(term: Term) -> None:
    """Modules that no kernel survives, notebooks that show points, and one that would do harm if it were run."""
    for student, (modules, _, _) in MODULES.items():
        term.submit(student, **modules)
    for student, outputs in CLAIMS.items():
        claimed = term.handout
        for name, output in zip(("slope", "bend"), outputs, strict=True):
            cell(claimed, name).outputs = [output]
        term.submit(student, notebook=claimed, slope=WRONG_SIGN, bend=ANSWERS["bend"].replace("1 - y", "2 - y"))
    wild = term.handout
    for code in ("os.kill(os.getpid(), 9)", "os._exit(0)", "while True: pass"):
        source = f"import os\nopen({str(term.place / 'ran')!r}, 'w')\n{code}"
        wild.cells.insert(1, nbformat.v4.new_code_cell(source))
    term.submit("wild", notebook=wild)


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Term:
    """A class that both ways of grading have graded: first nbgrader's command, then, from nothing, this grader's."""
    term = make_term(tmp_path_factory.mktemp("term"), LATE)
    term.course.exercise("lines", "bend", BEND.replace("order=2,", "order=2,\n    seconds=4,"))  # for who loops
    done = term.autograder("release", "lines", PATH=BARE)
    assert done.code == 0, done.said
    assert "gives no answer away" in done.said
    assert "is on the exchange" in done.said
    with term.book() as book:
        book.update_or_create_assignment("lines", duedate="2026-11-25 12:00:00.000000 UTC")
    hand_in(term)
    hand_in_what_trips_nbgrader_up(term)
    return term


@pytest.fixture(scope="module")
def by_nbgrader(term: Term) -> dict[tuple[str, str], Row]:
    done = term.nbgrader("autograde", "lines", PATH=BARE)
    assert done.code == 0, done.said
    assert "Starting kernel" not in done.said
    assert "the score changed" not in done.said
    assert_modules_are_those_handed_in(term)
    return term.rows()


def assert_modules_are_those_handed_in(term: Term) -> None:
    """nbgrader puts the files of the source folder over those of the same name: here, blank stubs over answers."""
    for path in (term.root / "submitted").glob("*/lines/*.py"):
        graded = term.root / "autograded" / path.relative_to(term.root / "submitted")
        assert graded.read_bytes() == path.read_bytes(), graded


def test_what_is_released_has_no_answer_in_it(term: Term) -> None:
    exchange = term.place / "exchange" / "lines-and-curves" / "outbound"
    for folder in (term.root / "source", term.root / "release", exchange):
        files = [path for path in (folder / "lines").rglob("*") if path.is_file()]
        assert {path.name for path in files} >= {"slope.py", "bend.py", "lines.ipynb", "README.md"}
        for path in files:
            assert "upstream_of_z" not in path.read_text()
            assert "Because the loss is a mean" not in path.read_text()
            assert "SOLUTION" not in path.read_text()


def test_scores_waiting_and_points(by_nbgrader: dict[tuple[str, str], Row]) -> None:
    assert by_nbgrader["ada", "slope"] == Row(4.0, None, False, 4.0)
    assert by_nbgrader["ada", "why-a-mean"] == Row(None, None, True, 2.5)
    assert by_nbgrader["bob", "slope"] == Row(2.0, None, False, 4.0)
    assert by_nbgrader["bob", "why-a-mean"] == Row(0.0, None, False, 2.5)
    assert by_nbgrader["ada", "bend"] == Row(3.0, None, False, 3.0)


@pytest.mark.parametrize("student", ["cat", "dan", "gus"])
def test_without_a_notebook_that_can_be_read_the_modules_count(
    by_nbgrader: dict[tuple[str, str], Row], term: Term, student: str
) -> None:
    assert by_nbgrader[student, "slope"].auto == 4.0
    assert by_nbgrader[student, "bend"].auto == 3.0
    assert not by_nbgrader[student, "why-a-mean"].waits
    assert [c.metadata.nbgrader.grade_id for c in term.graded(student).cells if "nbgrader" in c.metadata] == [
        "slope", "why-a-mean-question", "why-a-mean", "bend",
    ]  # fmt: skip


def test_a_notebook_cannot_change_a_score(by_nbgrader: dict[tuple[str, str], Row], term: Term) -> None:
    assert by_nbgrader["eve", "slope"] == Row(0.0, None, False, 4.0)
    assert by_nbgrader["eve", "bend"] == Row(3.0, None, False, 3.0)


@pytest.mark.parametrize("student", MODULES)
def test_a_module_costs_its_own_exercise_alone_and_only_where_it_is_wrong(
    by_nbgrader: dict[tuple[str, str], Row], student: str
) -> None:
    _, slope, bend = MODULES[student]
    assert by_nbgrader[student, "slope"] == Row(slope, None, False, 4.0)
    assert by_nbgrader[student, "bend"] == Row(bend, None, False, 3.0)


@pytest.mark.parametrize("student", CLAIMS)
def test_what_a_graded_cell_shows_is_no_score(by_nbgrader: dict[tuple[str, str], Row], student: str) -> None:
    assert by_nbgrader[student, "slope"] == Row(2.0, None, False, 4.0)
    assert by_nbgrader[student, "bend"] == Row(0.0, None, False, 3.0)


def test_no_cell_of_a_submitted_notebook_is_run(by_nbgrader: dict[tuple[str, str], Row], term: Term) -> None:
    assert not (term.place / "ran").exists()
    assert (by_nbgrader["wild", "slope"].auto, by_nbgrader["wild", "bend"].auto) == (4.0, 3.0)


def test_every_row_is_there_once_and_is_a_plain_score(by_nbgrader: dict[tuple[str, str], Row], term: Term) -> None:
    """Nothing is NaN, below 0 or above its maximum, and nothing waits for a person but answers in words."""
    students = {path.parent.name for path in (term.root / "submitted").glob("*/lines")}
    assert by_nbgrader.keys() == {(student, name) for student in students for name in ("slope", "why-a-mean", "bend")}
    assert {key for key, row in by_nbgrader.items() if row.waits} == {("ada", "why-a-mean"), ("eve", "why-a-mean")}
    for (student, name), row in by_nbgrader.items():
        assert row.auto is None if row.waits else 0.0 <= row.auto <= row.points
        shown = cell(term.graded(student), name)  # one, whatever was handed in
        if shown.cell_type == "code":
            assert determine_grade(shown) == (row.auto, row.points)


def test_who_is_late_loses_what_the_course_says(by_nbgrader: dict[tuple[str, str], Row], term: Term) -> None:
    assert by_nbgrader["fay", "slope"].auto == 4.0
    assert term.scores()["fay"] == 0.0


def test_the_grader_itself_leaves_the_same(by_nbgrader: dict[tuple[str, str], Row], term: Term) -> None:
    scores = term.scores()
    notebooks = {student: term.graded(student) for student, _ in by_nbgrader}
    term.forget_grades()
    (term.root / "gradebook.db").rename(term.place / "by-nbgrader.db")
    # Afresh, as an instructor runs it: libraries say nothing either while they are imported.
    done = term.autograder("grade", "lines", afresh=True, PATH=BARE)
    assert done.code == 0, done.said
    assert "Gradebook: gradebook.db" in done.said
    assert_modules_are_those_handed_in(term)
    assert not (term.place / "ran").exists()
    assert [line for line in done.err.splitlines() if "exercises graded" not in line] == []
    assert term.rows() == by_nbgrader
    with term.book() as book:
        book.update_or_create_assignment("lines", duedate="2026-11-25 12:00:00.000000 UTC")
    assert term.autograder("grade", "lines").code == 0
    assert term.scores() == scores
    assert {student: term.graded(student) for student in notebooks} == notebooks


def test_feedback_has_every_part_and_nothing_hidden(by_nbgrader: dict[tuple[str, str], Row], term: Term) -> None:
    done = term.nbgrader("generate_feedback", "lines", "--student=bob", "--force")
    assert done.code == 0, done.said
    page = (term.root / "feedback" / "bob" / "lines" / "lines.html").read_text()
    text = " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())
    for part in ("z", "dz", "dw", "dx"):
        assert f" {part} " in text
    assert "dz has the opposite sign" in text
    assert "undisclosed heights" not in page


def test_a_score_by_hand_and_a_comment_stay(by_nbgrader: dict[tuple[str, str], Row], term: Term) -> None:
    with term.book() as book:
        grade = book.find_grade("why-a-mean", "lines", "lines", "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.find_comment("why-a-mean", "lines", "lines", "ada").manual_comment = "Nearly."
        book.db.commit()
    record = term.root / "results" / "lines" / "ada.json"
    for grade in (
        lambda: term.nbgrader("autograde", "lines", "--student=ada", "--force"),
        lambda: term.autograder("grade", "lines"),
    ):
        record.unlink()  # so that she, and nobody else, is graded once more
        done = grade()
        assert done.code == 0, done.said
        assert term.rows()["ada", "why-a-mean"] == Row(None, 1.5, False, 2.5)
        assert term.scores()["ada"] == 8.5
        with term.book() as book:
            assert book.find_comment("why-a-mean", "lines", "lines", "ada").comment == "Nearly."


def test_an_extension_takes_the_penalty_back(by_nbgrader: dict[tuple[str, str], Row], term: Term) -> None:
    assert term.scores()["fay"] == 0.0
    with term.book() as book:
        book.update_or_create_assignment("lines", duedate="2026-12-24 12:00:00.000000 UTC")
    assert term.autograder("grade", "lines").code == 0
    assert term.scores()["fay"] == 7.0


def test_what_was_handed_in_before_and_cannot_be_read_does_no_harm(
    by_nbgrader: dict[tuple[str, str], Row], term: Term
) -> None:
    """A file becomes a folder of the same name, and a submission is closed: everybody else is graded."""
    folder = term.submit("hal")
    write(folder / "notes", "a file")
    assert term.autograder("grade", "lines").code == 0
    (folder / "notes").unlink()
    write(folder / "notes" / "more.txt", "a folder")
    (term.root / "submitted/ivy").mkdir(exist_ok=True)
    write(term.root / "submitted/ivy/lines", "no folder at all")
    done = term.autograder("grade", "lines")
    assert done.code == 0, done.said
    graded = {path.name for path in (term.root / "autograded/hal/lines").rglob("*")}
    assert graded == {"slope.py", "bend.py", "lines.ipynb", "timestamp.txt", "notes", "more.txt"}


def test_a_damaged_gradebook_is_told_and_costs_no_record(tmp_path: Path) -> None:
    term = make_term(tmp_path)
    assert term.autograder("release", "lines").code == 0
    term.submit("ada")
    (term.root / "gradebook.db").write_bytes(b"not a database, " * 300)
    done = term.autograder("grade", "lines")
    assert done.code == 2
    assert "gradebook.db: nbgrader's gradebook cannot be used" in done.said
    assert "Traceback" not in done.said
    assert "ada" in done.out
    assert sum(term.course.scores("ada").values()) == 7.0


def test_an_answer_with_a_score_by_hand_is_not_thrown_away(tmp_path: Path) -> None:
    term = make_term(tmp_path)
    assert term.autograder("release", "lines").code == 0
    term.submit("ada", notebook=answered(term))
    assert term.autograder("grade").code == 0
    with term.book() as book:
        assert [one.name for one in book.assignments] == ["lines"]  # nothing of another one is handed in
        book.find_grade("why-a-mean", "lines", "lines", "ada").manual_score = 1.5
        book.db.commit()
    text = (term.root / "solutions/lines/walkthrough.md").read_text()
    start, end = text.index("<!-- #region"), text.index("<!-- #endregion -->")
    write(term.root / "solutions/lines/walkthrough.md", text[:start] + text[end + len("<!-- #endregion -->") :])
    done = term.autograder("grade", "lines")
    assert done.code == 2
    assert "'why-a-mean' is no longer in lines, but has 1 score by hand" in done.said
    assert term.rows()["ada", "why-a-mean"].manual == 1.5


def test_a_desk_sees_when_its_files_change(tmp_path: Path) -> None:
    from autograder.gradebook.desk import CourseDesk
    from autograder.submission import Found

    term = make_term(tmp_path)
    write(term.root / ".autograder-secret", "a secret of the tests\n")
    desk = CourseDesk(term.root)
    place = Found("lines", "ada", term.course.submit("ada"))
    assert desk.grade(place).points == 7.0
    write(term.root / "solutions/lines/bend.py", BEND.replace('points={"dx": 3}', 'points={"dx": 5}'))
    assert desk.grade(place).points == 9.0
    assert "bend: 5 points" in "".join(one.source for one in desk.handout("lines").cells)


def test_an_exercise_and_points_that_come_later(tmp_path: Path) -> None:
    term = make_term(tmp_path)
    assert term.autograder("release", "lines").code == 0
    term.submit("ada")
    assert term.nbgrader("autograde", "lines").code == 0
    text = (term.root / "solutions/lines/walkthrough.md").read_text()
    write(term.root / "solutions/lines/walkthrough.md", text + '\n```python exercise="twist"\nscore("twist")\n```\n')
    write(term.root / "solutions/lines/twist.py", BEND.replace("order=2", "order=3"))
    write(term.root / "solutions/lines/bend.py", BEND.replace('points={"dx": 3}', 'points={"dx": 5}'))
    write(term.root / "submitted/ada/lines/twist.py", ANSWERS["bend"])
    assert term.autograder("release", "lines").code == 0
    done = term.autograder("grade", "lines")
    assert done.code == 0, done.said
    assert "1 score in the gradebook changed: lines/ada: 7 -> 12" in done.said
    assert term.rows()["ada", "twist"] == Row(3.0, None, False, 3.0)
    assert term.rows()["ada", "bend"] == Row(5.0, None, False, 5.0)
    assert term.nbgrader("autograde", "lines", "--force").code == 0
    assert term.rows()["ada", "twist"] == Row(3.0, None, False, 3.0)


def test_a_configuration_that_would_blank_the_answers_is_refused(tmp_path: Path) -> None:
    term = make_term(tmp_path, "\nc.Autograde.exclude_overwriting = {'lines': ['bend.py']}\n")
    done = term.autograder("release", "lines")
    assert done.code == 2
    assert "exclude_overwriting lacks slope.py" in done.said


def test_what_lies_in_the_source_folder_does_not_go_out(tmp_path: Path) -> None:
    term = make_term(tmp_path)
    write(term.root / "source/lines/solution.py", "dz = 2")
    done = term.autograder("release", "lines")
    assert done.code == 2
    assert "solution.py" in done.said
    assert not (term.root / "release").exists()


def test_a_configuration_that_does_not_run_is_told(tmp_path: Path) -> None:
    term = make_term(tmp_path, "\nc.Exchange.root = nowhere\n")
    done = term.autograder("release", "lines")
    assert done.code == 2
    assert "nbgrader_config.py" in done.said
    assert "NameError" in done.said


def test_where_there_is_no_exchange_the_release_is_made_all_the_same(tmp_path: Path) -> None:
    term = make_term(tmp_path, "\nc.Exchange.root = __file__\n")
    done = term.autograder("release", "lines")
    assert done.code == 0, done.said
    assert "lines is not on the exchange" in done.said
    assert (term.root / "release/lines/slope.py").exists()


def test_other_assignments_are_graded_as_nbgrader_does(tmp_path: Path) -> None:
    term = make_term(tmp_path)
    known = {"schema_version": 3, "grade": True, "solution": False, "locked": True, "task": False, "grade_id": "one",
             "points": 2}  # fmt: skip
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("assert 1 + 1 == 2", metadata={"nbgrader": known})]
    )
    (term.root / "source/sums").mkdir(parents=True)
    nbformat.write(notebook, term.root / "source/sums/sums.ipynb")
    assert term.nbgrader("generate_assignment", "sums").code == 0
    (term.root / "submitted/ada/sums").mkdir(parents=True)
    nbformat.write(notebook, term.root / "submitted/ada/sums/sums.ipynb")
    done = term.nbgrader("autograde", "sums")
    assert done.code == 0, done.said
    with term.book() as book:
        assert book.find_submission("sums", "ada").score == 2.0


@pytest.mark.parametrize(
    ("slope", "said"),
    [(ANSWERS["slope"], "Success!"), (WRONG_SIGN, "FAILED ON 1 CELL"), (None, "FAILED ON 1 CELL")],
    ids=["right", "the wrong sign", "the stub"],
)
def test_validate_agrees_with_the_public_cases(term: Term, tmp_path: Path, slope: str | None, said: str) -> None:
    """As the button in JupyterLab does it, in a kernel, in the folder that the student has."""
    folder = tmp_path / "lines"
    shutil.copytree(term.root / "release" / "lines", folder)
    write(folder / "bend.py", ANSWERS["bend"])
    if slope is not None:
        write(folder / "slope.py", slope)
    nbformat.write(answered(term), folder / "lines.ipynb")  # an answer in words that is not given fails as well
    done = term.nbgrader("validate", "lines.ipynb", cwd=folder)
    assert said in done.said
