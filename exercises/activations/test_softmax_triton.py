"""A softmax kernel of your own, on the handout's worked example and against torch. Where Triton is installed.

The kernel runs in Triton's interpreter, on the processor: a `print` in it works. Expected numbers: by hand, and torch.
"""

import math

import torch

from grader.judge import check, task

LN3 = math.log(3)


@task("softmax_triton", points=1)
def test_rows_match_the_worked_example(student):
    out = student.softmax_triton(torch.tensor([[0.0, LN3, 0.0], [LN3, LN3, LN3]]), 1)
    check(out, "out").equals(torch.tensor([[1 / 5, 3 / 5, 1 / 5], [1 / 3, 1 / 3, 1 / 3]]))


@task("softmax_triton", points=1)
def test_columns_match_the_worked_example(student):
    out = student.softmax_triton(torch.tensor([[0.0, LN3, 0.0], [LN3, LN3, LN3]]), 0)
    check(out, "out").equals(torch.tensor([[1 / 4, 1 / 2, 1 / 4], [3 / 4, 1 / 2, 3 / 4]]))


@task("softmax_triton", points=1)
def test_rows_of_odd_length_agree_with_torch(student, rng):
    x = torch.from_numpy(rng.normal(size=(4, 13))).float()
    check(student.softmax_triton.keeping_arguments(x, 1), "out").equals(torch.softmax(x, 1))
