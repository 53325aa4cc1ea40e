"""Hidden tests of target.py."""

import torch

from grader.judge import check, task

CANARY = "@CANARY-SUITE@"


@task("clip", points=2)
def test_agrees_with_torch(student, rng):
    x = torch.from_numpy(rng.standard_normal((3, 4)))
    check(student.clip(x, -0.5, 0.5)).equals(x.clamp(-0.5, 0.5))
