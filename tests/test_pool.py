"""The processes that grade: results in order, errors as they were, and nothing left when they are ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from jobs import eventually, gone, job, value

from autograder.errors import Interrupted, IsolationError, OutputError, WorkerError
from autograder.pool import Pool, Progress, Worker, _Left
from autograder.submission import Found

FINE = "def f(x):\n    return 2 * x"
SLOW = "import time\ndef f(x):\n    time.sleep(60)"


def pool(work, jobs: int = 2, seen: list[tuple[int, int]] | None = None) -> Pool:
    counts = seen if seen is not None else []
    return Pool(work, jobs, "limits", lambda now: counts.append((now.graded, now.kept)), Progress())


def test_a_worker_goes_on_with_what_it_has_begun_and_helps_when_nothing_else_is_left():
    left = _Left("aabbbbc")
    assert [left.next(worker) for worker in "xyxyxyxyx"] == [2, 0, 3, 1, 4, 6, 5, None, None]


def test_items_of_a_kind_go_to_one_worker():
    counts: list[Progress] = []
    kinds = Pool(lambda item, worker: os.getpid(), 2, "limits", counts.append, Progress(), kind=lambda item: item[0])
    first, second, third, fourth = kinds.map(["a1", "a2", "b1", "b2"])
    assert first == second != third == fourth


def test_results_come_in_the_order_of_the_items():
    def work(item: int, worker: Worker) -> int:
        time.sleep(0.05 if item == 0 else 0)
        return item * item

    assert pool(work).map(range(30)) == [n * n for n in range(30)]


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_there_are_as_many_processes_as_asked_for_and_as_there_is_work_for(jobs):
    def work(item: int, worker: Worker) -> int:
        time.sleep(0.1)
        return os.getpid()

    assert len(set(pool(work, jobs).map(range(4 * jobs)))) == jobs
    assert len(set(pool(work, jobs).map([1]))) == 1
    assert pool(work, jobs).map([]) == []


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not tell processes where to run")
def test_each_worker_keeps_to_a_core_where_there_is_one_for_each():
    cores = os.sched_getaffinity(0)

    def work(item: int, worker: Worker) -> frozenset[int]:
        time.sleep(0.1)
        return frozenset(os.sched_getaffinity(0))

    assert set(pool(work, len(cores)).map(range(4 * len(cores)))) == {frozenset([core]) for core in cores}
    assert set(pool(work, len(cores) + 1).map(range(9))) == {frozenset(cores)}
    assert os.sched_getaffinity(0) == cores


def test_what_is_done_is_counted():
    def work(item: int, worker: Worker) -> None:
        worker.advance(kept=2)
        worker.advance(graded=1)

    seen: list[tuple[int, int]] = []
    pool(work, seen=seen).map(range(5))
    assert len(seen) == 10
    assert seen[-1] == (5, 10)


def test_student_code_runs_under_each_worker():
    def work(item: int, worker: Worker) -> list[float]:
        return value(worker.runner.run(job(FINE)))

    assert pool(work).map(range(4)) == [[2.0, 4.0, 6.0]] * 4


@pytest.mark.parametrize(
    "error",
    [
        OutputError("no space left", path="results", advice="Make room."),
        IsolationError("user namespace", "Operation not permitted"),
        WorkerError("it died twice"),
    ],
)
def test_an_error_of_the_grader_arrives_as_it_was(error):
    def work(item: int, worker: Worker) -> int:
        if item == 3:
            raise error
        return item

    with pytest.raises(type(error)) as caught:
        pool(work).map(range(100))
    assert str(caught.value) == str(error)
    assert vars(caught.value) == vars(error)


def test_an_error_that_nobody_expected_says_where_it_was():
    def work(item: int, worker: Worker) -> int:
        return {}["a key that is missing"]

    with pytest.raises(RuntimeError, match=r"(?s)KeyError\('a key that is missing'\).*in work"):
        pool(work).map(range(3))


def test_a_worker_that_is_killed_ends_the_run_with_a_word_of_advice():
    def work(item: int, worker: Worker) -> int:
        if item == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(WorkerError, match=r"died \(exit code -9\)") as caught:
        pool(work).map(range(10))
    assert "--jobs 1" in caught.value.advice


def test_the_error_of_a_worker_that_is_killed_names_the_submissions_that_it_was_given():
    def work(item: Found, worker: Worker) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    students = ["ada", "bob", "cy"]
    with pytest.raises(WorkerError) as caught:
        pool(work, jobs=1).map([Found("algebra", student, Path(student)) for student in students])
    assert caught.value.problem == "a process that grades has died (exit code -9), at ada/algebra or bob/algebra"


def test_ctrl_z_does_not_stop_a_worker_while_the_time_of_student_code_runs_out():
    def work(item: int, worker: Worker) -> object:
        return signal.getsignal(signal.SIGTSTP)

    assert pool(work).map(range(2)) == [signal.SIG_IGN] * 2


def test_ctrl_c_ends_what_runs_and_leaves_no_process(tmp_path: Path):
    def work(item: int, worker: Worker) -> int:
        if item == 0:
            return item
        (tmp_path / f"{item}").touch()
        worker.runner.run(job(SLOW, seconds=60))
        return item

    below: list[psutil.Process] = []
    before = set(psutil.Process().children(recursive=True))  # those of other tests

    def stop() -> None:
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.05)
        time.sleep(0.5)
        below.extend(set(psutil.Process().children(recursive=True)) - before)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Interrupted, match="1 of 9 submissions"):
        pool(work).map(range(9))
    thread.join()
    assert len(below) >= 4  # two workers, and a warm process each
    assert [process for process in below if not gone(process.pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
def test_a_grader_that_is_killed_takes_its_workers_with_it(tmp_path: Path):
    code = f"""
import os, pathlib, time
from autograder.pool import Pool, Progress

def work(item, worker):
    pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()
    time.sleep(60)

Pool(work, 2, "limits", lambda _: None, Progress()).map(range(4))
"""
    with subprocess.Popen([sys.executable, "-c", code]) as grader:
        eventually(lambda: len(list(tmp_path.iterdir())) == 2)
        grader.kill()
    assert all(gone(int(path.name)) for path in tmp_path.iterdir())


def test_what_the_grader_had_not_yet_printed_is_printed_once():
    code = """
from autograder.pool import Pool, Progress
print("once")
Pool(lambda item, worker: item, 2, "limits", lambda _: None, Progress()).map(range(4))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "once\n"
