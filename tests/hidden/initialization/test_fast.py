"""fast.py against torch: right first, then fast.

Requires torch's inverse of the normal distribution in float64, for bounds on both sides of the mean and on one, wide,
narrow and infinite ones, and tensors of every number of axes; the bound itself where there is nothing beyond it;
float32 in and out, no gradient graph, arguments unchanged; then the time of torch's own operators, one after the other,
for sizes and distributions that are drawn, with numbers at and beside both ends.

Catches: numbers that pile up at the bounds, bounds in units of std, a forgotten mean, a forgotten root of 2, std taken
as a variance, uniform weights, a falling order, infinite weights, float64 inside.

Expected numbers: live torch (`torch.special.ndtr`, `ndtri`) on the same numbers.
"""

import math

import torch

from grader.judge import check, task

# At 3.5 std rounding in float32 is multiplied by 400: torch is off by 2e-5.
CLOSE = 5e-5
DISTRIBUTIONS = (  # mean, std, a, b
    (0.0, 1.0, -2.0, 2.0),
    (0.3, 0.2, -0.1, 0.5),
    (-1.0, 3.0, 0.5, 4.0),
    (2.0, 0.7, -1.0, 1.5),
    (0.5, 2.0, 0.4, 0.7),
    (-0.2, 0.4, -0.5, math.inf),
    (1.5, 0.6, -math.inf, math.inf),
)
SHAPES = ((7,), (3, 5), (2, 3, 4), (1, 1), ())


def expected(uniform, mean, std, a, b):
    low, high = torch.special.ndtr((torch.tensor([a, b], dtype=torch.float64) - mean) / std)
    return mean + std * torch.special.ndtri(low + uniform * (high - low))


def drawn(rng, shape, dtype=torch.float64):
    return torch.from_numpy(rng.uniform(1e-6, 1 - 1e-6, size=shape)).to(dtype)


@task("trunc_normal_fast", points=3, about="bounds on both sides of the mean and on one, infinite ones")
def test_weights_agree_with_torch_for_every_distribution(student, rng):
    for distribution in DISTRIBUTIONS:
        uniform = drawn(rng, (3, 4))
        weight = student.trunc_normal_fast.keeping_arguments(uniform, *distribution)
        check(weight, "weight").equals(expected(uniform, *distribution))


@task("trunc_normal_fast", points=1, about="tensors of any number of axes")
def test_tensors_may_have_any_number_of_axes(student, rng):
    for shape in SHAPES:
        uniform = torch.as_tensor(drawn(rng, shape))
        weight = student.trunc_normal_fast.keeping_arguments(uniform, *DISTRIBUTIONS[1])
        check(weight, "weight").equals(expected(uniform, *DISTRIBUTIONS[1]))


@task("trunc_normal_fast", points=2, about="the numbers nearest to 0 and 1")
def test_no_weight_lies_beyond_its_bound(student):
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    for mean, std, a, b in ((0.2, 0.5, -0.3, 1.0), (1.0, 0.1, -20.0, 30.0)):
        weight = student.trunc_normal_fast(ends, mean, std, a, b)
        check(weight, "weight").equals(torch.tensor([a, b], dtype=torch.float64))


@task("trunc_normal_fast", points=1, about="float32, no gradient graph, new answers")
def test_float32_stays_float32_and_no_graph_is_kept(student, rng):
    for _ in range(2):
        uniform = drawn(rng, (5, 6), dtype=torch.float32)
        weight = student.trunc_normal_fast.returning_new_arrays(uniform, *DISTRIBUTIONS[1])
        check(weight, "weight").equals(expected(uniform.double(), *DISTRIBUTIONS[1]).float())
    check(weight).holds(not weight.requires_grad, "autograd has been at work")


@task("trunc_normal_fast", points=3, about="speed on a processor")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("trunc_normal_fast", rtol=CLOSE, share=CLOSE)


@task("trunc_normal_fast", points=3, about="speed on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("trunc_normal_fast", rtol=CLOSE, share=CLOSE)
