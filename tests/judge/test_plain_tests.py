"""Requires: a test that needs more of pytest than its student and generator is run by pytest, in every run.

Catches: fixtures, marks or classes that are passed over because a test is called directly; other cases than pytest's.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

MORE = '''
"""Tests of `double` that pytest prepares in different ways; each fails over numbers that name what it was given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import task


def fails(*values):
    raise AssertionError(f"{values}")


@pytest.fixture
def module_state(request):
    return getattr(request, "param", 7) + 1


@task("double", points=1)
def test_plain(student, rng):
    fails(student.double(np.ones(1))[0], rng.random())


@task("double", points=1)
@pytest.mark.parametrize("number", [1, 2])
def test_parametrized(student, number):
    fails(number)


@task("double", points=1)
@given(number=st.integers(0, 2**32))
def test_drawn(student, number):
    fails(number)


@task("double", points=1)
def test_with_a_fixture(student, module_state):
    fails(module_state)


@task("double", points=1)
@pytest.mark.parametrize("module_state", [3], indirect=True)
def test_with_a_parametrized_fixture(student, module_state):
    fails(module_state)


class TestInAClass:
    @task("double", points=1)
    def test_method(self, student):
        fails(type(self).__name__)
'''

PROGRAM = """
import json, sys
from functools import partial
from pathlib import Path
from grader.judge import plain_tests, service
from grader.judge.collection import run_session
from grader.judge.local_students import local_student
from grader.judge.protocol import Job
from grader.judge.session import WarmSession
from grader.submissions.intake import Submission

root, runs, direct = Path(sys.argv[1]), [], []
run_directly = plain_tests.run_directly

def noted(run):
    direct.append(run.info.test)
    run_directly(run)

def serve(session):
    from grader.judge import suite
    suite.run_directly = noted
    warm = WarmSession(session)
    job = Job(Submission("toy"), warm.course.limits_of("toy"), "a secret", diagnose=False)
    student = partial(local_student, warm.course, "toy", root / "solutions/toy", wrap=True)
    for run in (warm.dry_run, warm.grade_here):
        records = []
        run(job, student, records.append)
        runs.append({record.test.partition(".")[2]: record.feedback.message for record in records})

run_session(root, service.folders(root, ("toy",), hidden=True), serve)
print(json.dumps([*runs, direct]))
"""


def test_only_tests_without_other_fixtures_are_called_directly_and_end_in_the_same_way(
    toy: Path, tmp_path: Path
) -> None:
    root = tmp_path / "course"
    shutil.copytree(toy, root)
    (root / "exercises/toy/test_first.py").unlink()
    (root / "tests/hidden/toy/test_first.py").write_text(MORE, encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", PROGRAM, root], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    by_pytest, again, direct = json.loads(done.stdout)
    assert len(set(by_pytest.values())) == 7
    assert again == by_pytest
    assert direct == ["test_plain", "test_parametrized[1]", "test_parametrized[2]", "test_drawn"]
