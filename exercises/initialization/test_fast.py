"""Truncated normal numbers from uniform ones, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, a table of the normal distribution, and torch's inverse of it.
"""

import torch

from grader.judge import check, task


@task("trunc_normal_fast", points=1)
def test_weights_match_the_worked_example(student):
    uniform = torch.tensor([[0.0, 0.5, 1.0]], dtype=torch.float64)
    weight = student.trunc_normal_fast(uniform, 3.0, 0.5, 2.0, 4.0)
    check(weight, "weight").equals(torch.tensor([[2.0, 3.0, 4.0]], dtype=torch.float64))
    weight = student.trunc_normal_fast(uniform[:, 1], 1.0, 2.0, 1.0, torch.inf)
    check(weight, "weight").equals(torch.tensor([1 + 2 * 0.6744897501960817], dtype=torch.float64))


@task("trunc_normal_fast", points=1)
def test_weights_agree_with_torch(student, rng):
    uniform = torch.from_numpy(rng.uniform(size=(4, 5)))
    low, high = torch.special.ndtr(torch.tensor([-1.0, 2.0], dtype=torch.float64))
    expected = 0.1 + 0.2 * torch.special.ndtri(low + uniform * (high - low))
    check(student.trunc_normal_fast(uniform, 0.1, 0.2, -0.1, 0.5), "weight").equals(expected)
