"""The visible test."""

import torch

from grader.judge import check, task


@task("halve", points=1)
def test_matches_the_worked_example(student):
    check(student.halve(torch.tensor([2.0, 4.0]))).equals(torch.tensor([1.0, 2.0]))
