"""The visible test."""

import numpy as np

from grader.judge import check, task


@task("double", points=1)
def test_matches_the_worked_example(student):
    check(student.double(np.array([[1.0, 2.0]]))).equals(np.array([[2.0, 4.0]]))


@task("double", points=1)
def test_doubles_random_numbers(student, rng):
    x = rng.standard_normal((2, 3))
    check(student.double(x)).equals(2 * x)
