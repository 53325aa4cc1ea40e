"""A suite that does not hold is found before anyone is graded: a test that fails on the solution, one of no task."""

import subprocess
import sys

import pytest

from grader.autograde.run import SuiteFault, autograde
from grader.course.registry import load_course
from grader.errors import CourseError, NotFoundError
from grader.records import Status
from tests.toy_course import make_course, write

IMPOSSIBLE = """

@task("total", points=2)
def test_total_is_nobodys(student, rng):
    check(student.total(rng.normal(size=2))).equals(7.0)
"""


@pytest.fixture
def root(tmp_path):
    make_course(tmp_path / "toy")
    return tmp_path / "toy"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "class/s001/counts/count.py", "def total(x):\n    return float(x.sum())\n")
    return tmp_path / "class"


def append(path, text):
    write(path, path.read_text(encoding="utf-8") + text)


def grade(root, folder, **options):
    return autograde(load_course(root), folder, out=folder.parent / "out", units=["counts"], jobs=1, **options)


@pytest.mark.parametrize("place", ["tests/hidden/counts/test_count.py", "exercises/counts/test_count.py"])
def test_a_test_that_fails_on_the_solution_stops_the_run_before_anyone_is_graded(root, folder, place):
    append(root / place, IMPOSSIBLE)
    events = []
    with pytest.raises(SuiteFault, match=r"counts\.count\.test_total_is_nobodys: failed: .*expected 7") as caught:
        grade(root, folder, on_event=events.append)
    assert caught.value.exit_code == 1
    assert "--without counts.count.test_total_is_nobodys" in caught.value.hint
    assert len(events) == 1, "somebody was graded"
    outcome = grade(root, folder, without=["count.test_total_is_nobodys"])
    (result,) = outcome.results
    assert (result.earned, result.measured) == (4.0, 4.0)
    assert result.without == ("count.test_total_is_nobodys",)
    assert grade(root, folder, without=["test_total_is_nobodys"]).reused == 1


def test_a_name_that_is_no_test_is_told_with_the_nearest(root, folder):
    with pytest.raises(NotFoundError, match=r'did you mean "count\.test_total_agrees_with_numpy"'):
        grade(root, folder, without=["count.test_total_agrees_with_nump"])


def test_a_task_that_does_not_exist_is_told_with_file_line_and_nearest_names(root, folder):
    append(root / "tests/hidden/counts/test_count.py", IMPOSSIBLE.replace("total", "totl", 1))
    message = r'test_count\.py, line \d+: test_total_is_nobodys is a test of "totl", .*did you mean "total"'
    with pytest.raises(CourseError, match=message):
        grade(root, folder)


def test_a_task_of_another_unit_and_a_test_without_a_task_are_told(root, folder):
    append(root / "tests/hidden/counts/test_count.py", IMPOSSIBLE.replace("total", "slope", 1))
    append(root / "tests/hidden/counts/test_count.py", "\n\ndef test_free(student):\n    pass\n")
    with pytest.raises(CourseError, match='"slope", no task of this unit but one of lines: move it there') as caught:
        grade(root, folder)
    assert 'test_free has no @task("name", points=...)' in str(caught.value)


def test_a_unit_that_nobody_handed_in_is_out_of_its_points(root, folder):
    write(folder / "s002/lines/notes.txt", "")
    (folder / "s001/lines").mkdir()
    outcome = autograde(load_course(root), folder, out=folder.parent / "out", jobs=1)
    from grader.report.scores import rows

    (first, second) = rows(load_course(root), outcome.everybody)
    assert first.units["counts"].points == second.units["counts"].points == 4.0
    assert [result.status for result in outcome.everybody if result.student == "s002"] == [
        Status.REJECTED,
        Status.MISSING,
    ]


COLLECT = """
import sys
from pathlib import Path
from grader.proof.local_suites import in_session
from grader.course.registry import load_course
from grader.errors import CourseError

try:
    in_session(load_course(Path(sys.argv[1])), ["counts"], lambda session: None)
except CourseError as error:
    print(error.message)
"""


def test_grade_check_tells_of_a_task_that_does_not_exist_too(root):
    append(root / "tests/hidden/counts/test_count.py", IMPOSSIBLE.replace("total", "totl", 1))
    done = subprocess.run(
        [sys.executable, "-c", COLLECT, str(root)], capture_output=True, text=True, check=False, timeout=120
    )
    assert 'test_total_is_nobodys is a test of "totl"' in done.stdout, done.stderr
