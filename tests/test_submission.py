from __future__ import annotations

import os
import socket
import stat

import pytest

from autograder import submission as reader
from autograder.errors import SubmissionError
from autograder.submission import describe_refused, find_submissions, read_submission

MIB = 1 << 20
MODULES = ("line.py", "zebra.py")


def read(folder, modules=MODULES):
    return read_submission(folder, "ada", "algebra", modules)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "submitted" / "ada" / "algebra"
    path.mkdir(parents=True)
    (path / "line.py").write_text("x = 1\n")
    return path


def test_files_are_read_by_their_path_in_the_folder(folder):
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "helper.py").write_bytes(b"\xff\x00")
    submission = read(folder)
    assert submission.files == {"line.py": b"x = 1\n", "deep/er/helper.py": b"\xff\x00"}
    assert (submission.student, submission.assignment, submission.refused) == ("ada", "algebra", {})


def test_what_tools_leave_behind_is_ignored(folder):
    for name in ("__pycache__", ".ipynb_checkpoints", ".git"):
        (folder / name).mkdir()
        (folder / name / "line.py").write_text("")
    (folder / ".DS_Store").write_text("")
    assert (set(read(folder).files), read(folder).refused) == ({"line.py"}, {})


@pytest.mark.parametrize("target", ["/etc/passwd", "other.py", "nowhere", "line.py", "/"])
def test_links_are_refused_wherever_they_lead(folder, target):
    (folder / "other.py").write_text("")
    (folder / "zebra.py").symlink_to(target)
    submission = read(folder)
    assert submission.refused == {"zebra.py": "a link: hand in the file itself"}
    assert "zebra.py" not in submission.files


def test_a_link_to_a_folder_is_refused(folder, tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key.py").write_text("")
    (folder / "linked").symlink_to(tmp_path / "secrets")
    assert read(folder).refused == {"linked": "a link: hand in the file itself"}


def test_a_pipe_is_refused_without_waiting_for_it(folder):
    os.mkfifo(folder / "zebra.py")
    assert read(folder).refused == {"zebra.py": "not an ordinary file"}


def test_a_socket_is_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("zebra.py")
        assert read(folder).refused == {"zebra.py": "not an ordinary file"}


def test_a_device_is_refused(folder):
    try:
        os.mknod(folder / "zebra.py", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this user may not make devices")
    assert read(folder).refused == {"zebra.py": "not an ordinary file"}


def test_a_folder_in_the_place_of_a_module_is_no_module(folder):
    (folder / "zebra.py").mkdir()
    (folder / "zebra.py" / "a.py").write_text("")
    assert set(read(folder).files) == {"line.py", "zebra.py/a.py"}


@pytest.mark.parametrize(
    ("size", "refused"),
    [(MIB, {}), (MIB + 1, {"zebra.py": "larger than 1 MiB"}), (1 << 40, {"zebra.py": "larger than 1 MiB"})],
)
def test_files_are_read_up_to_1_mib(folder, size, refused):
    with (folder / "zebra.py").open("wb") as file:
        file.truncate(size)
    assert read(folder).refused == refused


def test_the_module_is_read_though_there_are_many_files_before_it(folder):
    for number in range(300):
        (folder / f"a{number:03}.py").write_text("")
    (folder / "zebra.py").write_text("here")
    submission = read(folder)
    assert submission.files["zebra.py"] == b"here"
    assert len(submission.files) == 200
    assert set(submission.refused.values()) == {"more than 200 files", "and more files"}
    assert len(submission.refused) == 51


def test_the_module_is_read_though_a_folder_holds_very_many_files(folder):
    (folder / "a").mkdir()
    for number in range(10_050):
        (folder / "a" / str(number)).touch()
    (folder / "zebra.py").write_text("here")
    submission = read(folder)
    assert submission.files["zebra.py"] == b"here"
    assert len(submission.refused) < 250


def test_the_modules_are_read_though_the_folder_itself_holds_more_than_is_listed(folder, monkeypatch):
    monkeypatch.setattr(reader, "ENTRY_LIMIT", 1)
    (folder / "zebra.py").write_text("here")
    assert read(folder).files == {"line.py": b"x = 1\n", "zebra.py": b"here"}


def test_a_module_beyond_what_is_listed_is_refused_as_any_other(folder, monkeypatch):
    monkeypatch.setattr(reader, "ENTRY_LIMIT", 0)
    (folder / "zebra.py").symlink_to("line.py")
    found = read(folder, (*MODULES, "gone.py"))
    assert (set(found.files), found.refused) == ({"line.py"}, {"zebra.py": "a link: hand in the file itself"})


def test_the_module_is_read_though_there_is_much_before_it(folder):
    for number in range(20):
        with (folder / f"a{number:02}.bin").open("wb") as file:
            file.truncate(MIB)
    (folder / "zebra.py").write_text("here")
    submission = read(folder)
    assert submission.files["zebra.py"] == b"here"
    assert set(submission.refused.values()) == {"more than 16 MiB in all"}
    assert sum(map(len, submission.files.values())) <= 16 * MIB


def test_very_deep_folders_are_not_followed_to_their_end(folder):
    (folder / "/".join("abcdefgh")).mkdir(parents=True)
    (folder / "/".join("abcdefgh") / "deep.py").write_text("")
    assert read(folder).refused == {"a/b/c/d/e/f/g": "too deep in folders"}


@pytest.mark.parametrize("name", ["with blank.py", "line\nbreak.py", "\x1b[31m.py", "größe.py", "-rf", "'quote\".py"])
def test_odd_names_are_read(folder, name):
    (folder / name).write_text("odd")
    assert read(folder).files[name] == b"odd"


def test_a_name_that_is_not_utf_8_is_refused(folder):
    (folder / os.fsdecode(b"\xff.py")).write_text("")
    assert list(read(folder).refused.values()) == ["its name is not UTF-8"]


def test_a_file_in_a_folder_whose_name_is_not_utf_8_is_refused(folder):
    (folder / os.fsdecode(b"\xff")).mkdir()
    (folder / os.fsdecode(b"\xff") / "a.py").write_text("")
    submission = read(folder)
    assert set(submission.files) == {"line.py"}
    assert set(submission.refused.values()) == {"its name is not UTF-8"}


def test_every_refusal_can_be_printed(folder):
    (folder / os.fsdecode(b"\xff\n\x1b[31m.py")).write_text("")
    (folder / "zebra.py").symlink_to("nowhere")
    lines = describe_refused(read(folder).refused)
    assert lines == [
        "zebra.py was not read: a link: hand in the file itself.",
        "[31m.py was not read: its name is not UTF-8.",
    ]
    "".join(lines).encode()


def test_a_file_that_may_not_be_read_is_refused_and_the_others_are_read(open_folder, as_nobody):
    for name in MODULES:
        (open_folder / name).write_text("here")
    (open_folder / "zebra.py").chmod(0)
    with as_nobody():
        if os.access(open_folder / "zebra.py", os.R_OK, effective_ids=True):
            pytest.skip("this user may read everything")
        submission = read(open_folder)
    assert (submission.files, submission.refused) == ({"line.py": b"here"}, {"zebra.py": "cannot be read"})


def test_a_folder_within_that_may_not_be_read_does_not_cost_the_module(open_folder, as_nobody):
    (open_folder / "line.py").write_text("here")
    (open_folder / "closed").mkdir(mode=0)
    with as_nobody():
        if os.access(open_folder / "closed", os.R_OK, effective_ids=True):
            pytest.skip("this user may read everything")
        submission = read(open_folder)
    assert submission.files == {"line.py": b"here"}
    assert list(submission.refused) == ["closed"]


def test_a_submission_that_may_not_be_read_is_an_error_with_its_path(open_folder, as_nobody):
    (open_folder / "algebra").mkdir(mode=0)
    with as_nobody():
        if os.access(open_folder / "algebra", os.R_OK, effective_ids=True):
            pytest.skip("this user may read everything")
        with pytest.raises(SubmissionError) as caught:
            read(open_folder / "algebra")
    assert caught.value.problem == "the submission cannot be read: Permission denied"
    assert caught.value.path == open_folder / "algebra"
    assert caught.value.advice == "Mend its permissions and grade again; everybody else is graded."


def test_a_submission_that_is_gone_is_an_error(tmp_path):
    with pytest.raises(SubmissionError, match="the submission cannot be read: No such file or directory"):
        read(tmp_path / "gone")


def test_an_empty_submission_has_no_files(tmp_path):
    assert (read(tmp_path).files, read(tmp_path).refused) == ({}, {})


# Fingerprint.

CHANGES = {
    "a changed file": lambda folder: (folder / "line.py").write_text("x = 2\n"),
    "a new file": lambda folder: (folder / "new.py").write_text(""),
    "a file that is gone": lambda folder: (folder / "line.py").unlink(),
    "another name": lambda folder: (folder / "line.py").rename(folder / "line2.py"),
    "a link": lambda folder: (folder / "link").symlink_to("line.py"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_fingerprint_changes_with_what_was_handed_in(folder, change):
    before = read(folder).fingerprint
    change(folder)
    assert read(folder).fingerprint != before


def test_the_fingerprint_does_not_change_with_time_or_owner(folder):
    before = read(folder).fingerprint
    os.utime(folder / "line.py", (0, 0))
    (folder / "line.py").chmod(0o600)
    assert read(folder).fingerprint == before


def test_files_whose_names_and_contents_join_alike_have_different_fingerprints(tmp_path):
    for name, files in {"one": {"ab": "c"}, "two": {"a": "bc"}, "three": {"a": "b", "c": ""}}.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    assert len({read(tmp_path / name).fingerprint for name in ("one", "two", "three")}) == 3


# Finding them.


def test_submissions_are_found_by_assignment_and_student_in_order(tmp_path):
    for name in ("bob/geometry", "bob/algebra", "ada/algebra", ".hidden/algebra", "eve/other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "dan").mkdir()
    (tmp_path / "dan" / "algebra").write_text("a file")
    found, warnings = find_submissions(tmp_path, ["algebra", "geometry"])
    assert [(one.assignment, one.student) for one in found] == [
        ("algebra", "ada"),
        ("algebra", "bob"),
        ("geometry", "bob"),
    ]
    assert found[0].folder == tmp_path / "ada" / "algebra"
    assert warnings == ["dan/algebra is not a folder", "notes.txt is a file; submissions are in folders."]


def test_a_folder_whose_name_is_nearly_that_of_an_assignment_is_pointed_out(tmp_path):
    for name in ("ada/algebra", "bob/Algebra", "eve/algebra_", "eve/notes"):
        (tmp_path / name).mkdir(parents=True)
    found, warnings = find_submissions(tmp_path, ["algebra"])
    assert [one.student for one in found] == ["ada"]
    assert warnings == [
        "bob/Algebra is left out: is it meant for 'algebra'?",
        "eve/algebra_ is left out: is it meant for 'algebra'?",
    ]


def test_two_folders_whose_names_are_no_text_stay_apart(tmp_path):
    for name in (b"x\xff", b"x\xfe", b"x\\xff"):
        (tmp_path / os.fsdecode(name) / "algebra").mkdir(parents=True)
    found, _ = find_submissions(tmp_path, ["algebra"])
    assert len({one.student for one in found}) == 3
    assert "x\\xff" in {one.student for one in found}


def test_a_student_s_folder_that_is_a_link_is_left_out(tmp_path):
    (tmp_path / "ada" / "algebra").mkdir(parents=True)
    (tmp_path / "bob").symlink_to("ada")
    found, warnings = find_submissions(tmp_path, ["algebra"])
    assert [one.student for one in found] == ["ada"]
    assert warnings == ["bob is a link, and links are not followed: put the folder itself there."]


def test_no_submissions_is_an_error_that_says_where_they_are_expected(tmp_path):
    with pytest.raises(SubmissionError) as caught:
        find_submissions(tmp_path, ["algebra", "geometry"])
    assert (caught.value.problem, caught.value.path) == ("no submission of algebra, geometry", tmp_path)
    assert caught.value.advice == (
        "Submissions are expected in <student>/<assignment>/ below it, as nbgrader collects them."
    )


def test_no_folder_of_submissions_is_an_error(tmp_path):
    with pytest.raises(SubmissionError) as caught:
        find_submissions(tmp_path / "gone", ["algebra"])
    assert caught.value.problem == "submissions cannot be read: No such file or directory"


def test_an_environment_in_the_folder_does_not_crowd_out_what_the_module_imports(folder):
    (folder / "venv" / "lib").mkdir(parents=True)
    (folder / "data" / "deep").mkdir(parents=True)
    for number in range(260):
        (folder / "venv" / "lib" / f"a{number}.py").touch()
        (folder / "data" / "deep" / f"a{number}.txt").touch()
    (folder / "zhelpers.py").write_text("here")
    assert read(folder).files["zhelpers.py"] == b"here"
