"""The visible test."""

import numpy as np

from grader.judge import check, task


@task("double", points=1)
def test_matches_the_worked_example(student):
    check(student.double(np.array([1.0, 2.0]))).equals(np.array([2.0, 4.0]))
