"""What people do in a browser: a student in JupyterLab, an instructor in formgrader. The pictures are in ``test-artefacts/``."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from browser import ARTEFACTS, CHROMIUM, PATIENCE, chromium, lab, shoot, wait_until
from courses import Course, write
from playwright.sync_api import Browser, Locator, Page, expect
from term import Term

from autograder.course import load_assignment

pytestmark = [pytest.mark.usefixtures("needs_isolation"), pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).parent.parent
NAME = "chain_rule"
# nbgrader gives a cell 30 seconds: few on a machine that runs tests.
PATIENT = "get_config().Execute.timeout = 600\n"
IN_WORDS = r"dL/dz = dL/dy_hat dy_hat/dz; the second is that times h3_k; the third is summed over k."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none these tests are skipped, saying so; ``CI=true`` needs it."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("install Chromium: what people see in it is tested")
        pytest.skip("there is no Chromium")
    shutil.rmtree(ARTEFACTS, ignore_errors=True)
    expect.set_options(timeout=1000 * PATIENCE)
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def solutions() -> dict[str, str]:
    """The model solutions, by module."""
    return {loaded.module: loaded.source.answer for loaded in load_assignment(ROOT, NAME).exercises}


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Term:
    """The project's own first assignment, released in a course of its own."""
    place = tmp_path_factory.mktemp("term")
    term = Term(place, Course(place / "course"))
    (place / "home").mkdir()
    shutil.copytree(ROOT / "solutions" / NAME, term.root / "solutions" / NAME)
    exchange = f"\nc.Exchange.root = {str(place / 'exchange')!r}\n"
    write(term.root / "nbgrader_config.py", (ROOT / "nbgrader_config.py").read_text() + exchange)
    (place / "exchange").mkdir()
    done = term.autograder("release", NAME)
    assert done.code == 0, done.said
    return term


def cell(page: Page, source: str) -> Locator:
    """The code cell of the open notebook that has this in it."""
    return page.locator(".jp-CodeCell").filter(has_text=source)


def run(page: Page, source: str) -> Locator:
    """Run a code cell as it is run by hand, and give what it shows."""
    found = cell(page, source)
    found.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    return found.locator(".jp-Cell-outputArea")


def type_over(page: Page, editor: Locator, text: str) -> None:
    """Replace all that an editor holds."""
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_a_student_works_in_jupyterlab(browser: Browser, term: Term, solutions: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / NAME
    shutil.copytree(term.root / "release" / NAME, folder)
    write(folder / "nbgrader_config.py", PATIENT)
    with lab(folder, term.environment()) as server:
        page = server.open(browser, f"lab/tree/{NAME}.ipynb")
        page.get_by_role("button", name="No", exact=True).click()  # news about Jupyter
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
        run(page, "%load_ext autoreload")
        shown = run(page, 'score("mazur")')
        expect(shown.locator(".autograder table")).to_contain_text("Not attempted: backward is not written yet.")
        expect(shown.locator(".jp-OutputArea-executeResult")).to_contain_text("0.0")
        shoot(page, "1-not-attempted", cell(page, 'score("mazur")'))

        page.get_by_role("listitem", name="mazur.py").dblclick()
        right = solutions["mazur.py"]
        wrong = right.replace("(out - y)", "(y - out)")
        for answer, said, points in ((wrong, "dz2 has the opposite sign", "14.0"), (right, "✓ correct", "16.0")):
            assert answer != (folder / "mazur.py").read_text()
            type_over(page, page.locator(".jp-FileEditor .cm-content"), answer)
            page.keyboard.press("Control+s")
            wait_until(page, lambda answer=answer: (folder / "mazur.py").read_text() == answer)
            shoot(page, "2-editor")
            page.get_by_role("tab", name=f"{NAME}.ipynb").click()
            shown = run(page, 'score("mazur")')
            expect(shown.locator(".jp-OutputArea-executeResult")).to_contain_text(points)
            expect(shown.locator(".autograder table")).to_contain_text(said)
            shoot(page, f"3-{'wrong' if answer == wrong else 'right'}", cell(page, 'score("mazur")'))
            page.get_by_role("tab", name="mazur.py").click()

        page.get_by_role("tab", name=f"{NAME}.ipynb").click()
        for module in solutions.keys() - {"mazur.py"}:
            write(folder / module, solutions[module])
        page.get_by_role("button", name="Validate").click()
        dialog = page.locator(".jp-Dialog")
        expect(dialog).to_contain_text("You did not provide a response.")
        assert "score(" not in dialog.inner_text()  # every check passes: only the answer in words is left
        shoot(page, "4-validate-an-answer-is-missing")
        dialog.get_by_role("button", name="Ok").click()

        answer_cell = page.locator(".jp-MarkdownCell").filter(has_text="YOUR ANSWER HERE")
        answer_cell.dblclick()
        type_over(page, answer_cell.locator(".cm-content"), IN_WORDS)
        page.get_by_role("button", name="Validate").click()
        expect(dialog).to_contain_text("Success! Your notebook passes all the tests.")
        shoot(page, "5-validate-passes")
        page.close()


def submit(term: Term, student: str, answers: dict[str, str], in_words: str) -> None:
    """As `nbgrader collect` lays it down."""
    folder = term.root / "submitted" / student / NAME
    shutil.copytree(term.root / "release" / NAME, folder)
    for module, answer in answers.items():
        write(folder / module, answer)
    notebook = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
    (found,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "chain-rule-lines"]
    found.source = in_words or found.source
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    write(folder / "timestamp.txt", "2026-11-20 12:00:00.000000 UTC")


def test_an_instructor_grades_in_formgrader(browser: Browser, term: Term, solutions: dict[str, str]) -> None:
    mistake = {"mazur.py": solutions["mazur.py"].replace("(out - y)", "(y - out)")}
    submit(term, "ann", solutions | mistake, IN_WORDS)
    submit(term, "ben", {}, "")
    with lab(term.root, term.environment()) as server:
        page = server.open(browser, f"formgrader/manage_submissions/{NAME}")

        def row(student: str) -> Locator:
            return page.locator("tbody tr").filter(has=page.locator(f"td.student-id:text-is('{student}')"))

        for student, status, score in (("ann", "needs manual grading", "58 / 63"), ("ben", "graded", "0 / 63")):
            expect(row(student)).to_contain_text("needs autograding")
            row(student).locator("td.autograde a").click()
            succeeds(page, f"Successfully autograded '{NAME}' for student '{student}'.")
            expect(row(student)).to_contain_text(status)
            expect(row(student)).to_contain_text(score)
        shoot(page, "6-formgrader-scores")

        page.goto(f"{server.address}/formgrader/gradebook/{NAME}/{NAME}")
        # Submissions are numbered at random, and the page hides names as long as nobody asks for them.
        page.goto(f"{server.address}{page.locator('a').get_by_text('ann', exact=True).get_attribute('href')}")
        expect(page.get_by_text("dz2 has the opposite sign")).to_be_visible()
        expect(page.locator("input#mazur")).to_have_attribute("placeholder", "14")
        expect(page.locator("input#mazur")).to_have_value("")
        shoot(page, "7-formgrader-submission", page.locator("input#mazur"))
        with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
            page.locator("input#chain-rule-lines").fill("2.5")
            page.keyboard.press("Tab")
        comment = page.locator("textarea.comment").first
        with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
            comment.fill("Say why there is a sum over k.")
            page.keyboard.press("Tab")
        shoot(page, "8-formgrader-by-hand", page.locator("input#chain-rule-lines"))

        page.goto(f"{server.address}/formgrader/manage_submissions/{NAME}")
        expect(row("ann")).to_contain_text("60.5 / 63")
        expect(row("ann")).to_contain_text("graded")
        row("ann").locator("td.generate-feedback a").click()
        succeeds(page, f"Successfully generated feedback for '{NAME}' for student 'ann'.")
        page.close()

    page = browser.new_page(viewport={"width": 1280, "height": 960})
    page.goto((term.root / "feedback" / "ann" / NAME / f"{NAME}.html").as_uri())
    text = " ".join(page.locator("body").inner_text().split())
    assert re.search(r"\(Score: 60\.5 ?/ ?63\.0\)", text), text[:500]
    assert "dz2 has the opposite sign" in text
    assert "Say why there is a sum over k." in text
    tables = page.locator(".autograder table")
    assert tables.count() == 5
    for table, loaded in zip(tables.all(), load_assignment(ROOT, NAME).exercises, strict=True):
        assert table.locator("td.name").all_inner_texts() == list(loaded.exercise.parts)
        for case in loaded.exercise.hidden:
            assert case.name not in table.inner_text()
    expect(tables.first).to_contain_text("14 / 16")
    shoot(page, "9-feedback", tables.first)
    page.close()


def succeeds(page: Page, words: str) -> None:
    """Formgrader says so in a box, which is closed."""
    box = page.locator(".modal")  # it is gone when it has faded out
    expect(box).to_contain_text(words)
    box.get_by_role("button", name="OK").click()
    expect(box).to_have_count(0)
