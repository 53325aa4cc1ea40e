"""A wrong answer."""

from grader.judge import misconception


@misconception("cube_fast", "It squares.")
def squared(x):
    return x @ x
