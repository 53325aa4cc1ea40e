"""Truncated normal numbers from uniform ones, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, a table of the normal distribution, and torch's inverse of it.
"""

import torch

from grader.judge import check, task


def expected(uniform, mean, std, a, b):
    """Return the weights by torch's functions of the normal distribution."""
    low, high = torch.special.ndtr((torch.tensor([a, b], dtype=torch.float64) - mean) / std)
    return mean + std * torch.special.ndtri(low + uniform * (high - low))


@task("trunc_normal_fast", points=0.5)
def test_weights_match_the_worked_example(student):
    uniform = torch.tensor([[0.0, 0.5, 1.0]], dtype=torch.float64)
    weight = student.trunc_normal_fast(uniform, 3.0, 0.5, 2.0, 4.0)
    check(weight, "weight").equals(torch.tensor([[2.0, 3.0, 4.0]], dtype=torch.float64))
    weight = student.trunc_normal_fast(uniform[:, 1], 1.0, 2.0, 1.0, torch.inf)
    check(weight, "weight").equals(torch.tensor([1 + 2 * 0.6744897501960817], dtype=torch.float64))


@task("trunc_normal_fast", points=1)
def test_weights_agree_with_torch(student, rng):
    for distribution in ((0.1, 0.2, -0.1, 0.5), (-1.0, 3.0, 0.5, 4.0)):
        uniform = torch.from_numpy(rng.uniform(size=(4, 5)))
        weight = student.trunc_normal_fast.keeping_arguments(uniform, *distribution)
        check(weight, "weight").equals(expected(uniform, *distribution))


@task("trunc_normal_fast", points=0.5)
def test_weights_stay_in_float32_and_become_the_bound_at_the_ends(student, rng):
    uniform = torch.from_numpy(rng.uniform(0.01, 0.99, size=(3, 4)))
    weight = student.trunc_normal_fast(uniform.float(), 0.1, 0.2, -0.1, 0.5)
    check(weight, "weight").equals(expected(uniform, 0.1, 0.2, -0.1, 0.5).float())
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    weight = student.trunc_normal_fast(ends, 0.5, 0.1, -8.0, 9.0)
    check(weight, "weight at the ends").equals(torch.tensor([-8.0, 9.0], dtype=torch.float64))
