"""A run that is killed or stopped goes on where it was, and ends with the same gradebook."""

import os
import signal
import subprocess
import sys

import pytest

from grader.autograde.keys import environment
from grader.autograde.run import autograde
from tests.toy_class import without_times

GRADE = """
import signal
import sys
from pathlib import Path
from grader.autograde.run import autograde
from grader.course.registry import load_course
from grader.errors import DeepgradeError

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have ignored it
left = int(sys.argv[4])

def tell(event):
    global left
    print(type(event).__name__, flush=True)
    left -= type(event).__name__ == "Finished"
    if not left:
        sys.stdin.readline()  # until the signal comes, however fast the others are

try:
    autograde(load_course(Path(sys.argv[1])), Path(sys.argv[2]), out=Path(sys.argv[3]), jobs=2, on_event=tell)
except DeepgradeError as error:
    print(error.message, flush=True)
    sys.exit(error.exit_code)
"""


def resume(course, folder, out):
    """Go on in this process, which looks at the engine's source afresh as the other one did."""
    environment.cache_clear()
    return autograde(course, folder, out=out, jobs=2)


@pytest.fixture
def start(course, classes):
    """Return a function that starts a run in a process of its own, which stops for a signal when so many are finished.

    What is left of it in the end is killed.
    """
    processes = []

    def run_into(out, finished):
        command = [sys.executable, "-c", GRADE, str(course.root), str(classes / "first"), str(out), str(finished)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, start_new_session=True, **pipes))
        return processes[-1]

    yield run_into
    for process in processes:
        process.kill()
        process.communicate()


def wait_for_finished(process, count):
    while count:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        count -= line == "Finished\n"


def test_a_killed_run_is_resumed_with_the_same_results(course, classes, graded, start, tmp_path):
    process = start(tmp_path, 5)
    wait_for_finished(process, 5)
    process.kill()
    process.communicate()
    resumed = resume(course, classes / "first", tmp_path)
    assert 5 <= resumed.reused < len(resumed.results) - 1
    assert without_times(resumed) == without_times(graded)


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(course, classes, graded, start, tmp_path):
    process = start(tmp_path, 3)
    wait_for_finished(process, 3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everything in the foreground
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 130
    assert "submissions are graded and kept" in output
    assert "Traceback" not in errors
    resumed = resume(course, classes / "first", tmp_path)
    assert 3 <= resumed.reused < len(resumed.results) - 1  # it did not wait for the rest
    assert without_times(resumed) == without_times(graded)


def test_nothing_changed_means_nothing_run(course, classes, graded, out):
    again = autograde(course, classes / "first", out=out, jobs=2)
    assert (again.ran, again.reused) == (0, graded.ran)
    assert again.results == graded.results


@pytest.mark.parametrize("jobs", [0, -1])
def test_jobs_must_be_positive(course, classes, tmp_path, jobs):
    with pytest.raises(Exception, match="jobs at a time"):
        autograde(course, classes, out=tmp_path, jobs=jobs)
