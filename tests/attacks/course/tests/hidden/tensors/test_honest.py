"""Hidden tests of honest.py."""

import torch

from grader.judge import check, task


@task("halve", points=2)
def test_halves_random_numbers(student, rng):
    x = torch.from_numpy(rng.standard_normal((3, 4)))
    check(student.halve(x)).equals(x / 2)
