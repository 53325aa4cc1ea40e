"""Wrong answers to lower tasks."""

from solutions.tower import low

from grader.judge import misconception


@misconception("halve", "This is a third.")
def a_third(x):
    return x / 3


@misconception("scale_forward", "One is added to the input, and to the cache.")
def one_too_many(x, w):
    return low.scale_forward(x + 1, w)


@misconception("quarter", "This is a half.")
def only_once(x):
    return low.halve(x)
