"""A unit with ready-made functions of an earlier one is proven, graded and measured like any other."""

import os
import subprocess
import sys

import pytest

from grader.course.cut import build_exercises
from grader.course.registry import load_course
from grader.proof.check import prove
from grader.proof.mutation.search import mutants_of
from tests.toy_course import COUNT, COUNTS_UNIT, WRONG_COUNTS, make_course, write

READY = '''\
"""Counting."""

### BEGIN READY lines.line: slope residuals
### END READY
'''

WRONG = """

@misconception("total", "Nothing is added up but what a line misses.")
def only_what_a_line_misses(x):
    return float(np.sum(residuals(x.ravel(), np.ones(x.size))))


@misconception("total", "A slope is no sum. Add up instead.")
def a_slope(x):
    return count.slope(x.ravel(), x.ravel() + 1)
"""


@pytest.fixture
def counts(tmp_path, monkeypatch):
    """Return a course whose second unit has functions of the first, in its solution and in its wrong answers."""
    monkeypatch.setenv("DEEPGRADE_SECRET", "test")
    root = tmp_path / "toy"
    make_course(root)
    write(root / "exercises/counts/unit.toml", 'opens = ["lines"]\n' + COUNTS_UNIT)
    solved = COUNT.replace("return float(x.sum())", "return float(x.sum()) + 0 * slope(x.ravel(), x.ravel())")
    write(root / "solutions/counts/count.py", READY + "\n" + solved.partition('"""Counting."""\n')[2])
    imports = "from grader.judge import misconception\nfrom solutions.counts import count\n"
    wrong = WRONG_COUNTS.replace(
        "from grader.judge import misconception\n",
        f"import numpy as np\n\n{imports}from solutions.counts.count import residuals\n",
    )
    write(root / "tests/hidden/counts/misconceptions.py", wrong + WRONG)
    course = load_course(root)
    build_exercises(root, course)
    return course


def test_it_is_proven(counts):
    proof = prove(counts, ["counts"], jobs=1, anew=True)
    assert proof.problems == ()
    assert proof.points == {"counts.total": 4.0}
    assert {result.name for result in proof.caught} == {"the_mean", "first_row", "only_what_a_line_misses", "a_slope"}


def test_a_class_with_it_is_graded_as_expected(counts):
    command = [sys.executable, "-c", "from grader.cli import main; main()", "demo", "--students", "12", "--jobs", "1"]
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=counts.root, env=environment, capture_output=True, text=True, check=False)
    assert "every grade as expected" in done.stdout, done.stdout + done.stderr


def test_only_the_unit_s_own_code_is_changed(counts):
    mutants = mutants_of(counts.root, counts.unit("counts"))
    assert mutants
    assert {mutant.owner for mutant in mutants} == {"total"}
