"""Your own tests of `cosine_similarities`, beside a right version and three wrong ones.

The wrong ones are no secret: their names say what is wrong with them. After submission your tests meet others.
"""

import torch.nn.functional as F

from grader.judge import task, to_torch
from grader.judge.written_tests import Examiner


def right(x, y):
    """Answer as torch does."""
    return F.cosine_similarity(to_torch(x)[:, None], to_torch(y)[None], dim=2, eps=1e-12).numpy()


def turned_on_its_side(x, y):
    """Give one row for each vector of the second argument."""
    return right(y, x)


def signs_of_cosines_lost(x, y):
    """Take opposite directions for the same."""
    return abs(right(x, y))


def squared_cosines(x, y):
    """Square what should be returned."""
    return right(x, y) * right(x, y)


VERSIONS = Examiner("cosine_similarities", right, public=True)


@task("test_cosine_similarities", points=0.25)
def test_your_tests_catch_turned_on_its_side(student):
    VERSIONS.require_caught(student, turned_on_its_side)


@task("test_cosine_similarities", points=0.25)
def test_your_tests_catch_signs_of_cosines_lost(student):
    VERSIONS.require_caught(student, signs_of_cosines_lost)


@task("test_cosine_similarities", points=0.25)
def test_your_tests_catch_squared_cosines(student):
    VERSIONS.require_caught(student, squared_cosines)
