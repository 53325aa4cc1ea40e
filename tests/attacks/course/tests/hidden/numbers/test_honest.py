"""Hidden tests of honest.py."""

from grader.judge import check, task


@task("double", points=2)
def test_doubles_random_numbers(student, rng):
    x = rng.standard_normal((3, 4))
    check(student.double(x)).equals(2 * x)
