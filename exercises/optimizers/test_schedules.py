"""What you can check at home: schedules.py on the handout's worked example, and against torch."""

import math

import numpy as np
import torch

from grader.judge import check, task

SCHEDULERS = torch.optim.lr_scheduler


def rates_of(scheduler_of, base_lr, count):
    """Return the rates of a scheduler of torch's, one per step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base_lr)
    scheduler, rates = scheduler_of(optimizer), []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@task("step_decay", points=0.5)
def test_rates_of_epochs_match_the_worked_example(student):
    got = [student.step_decay(1.0, epoch, step_size=2, gamma=0.5) for epoch in range(5)]
    check(got, "the rates").equals([1.0, 1.0, 0.5, 0.5, 0.25])


@task("step_decay", points=0.5)
def test_rates_of_epochs_are_torch_s(student, rng):
    base_lr = float(rng.uniform(0.1, 1))
    expected = rates_of(lambda optimizer: SCHEDULERS.StepLR(optimizer, 3), base_lr, 10)
    check([student.step_decay(base_lr, epoch, step_size=3) for epoch in range(10)], "the rates").equals(expected)


@task("cosine_with_warmup", points=0.5)
def test_rates_up_and_down_match_the_worked_example(student):
    got = [student.cosine_with_warmup(0.8, step, warmup_steps=2, total_steps=6) for step in range(8)]
    middle = 0.4 * math.sqrt(0.5)
    check(got, "the rates").equals([0.4, 0.8, 0.8, 0.4 + middle, 0.4, 0.4 - middle, 0.0, 0.0], atol=1e-12)


@task("cosine_with_warmup", points=1)
def test_rates_up_and_down_are_torch_s(student, rng):
    base_lr = float(rng.uniform(0.1, 1))

    def scheduler(optimizer):
        up = SCHEDULERS.LinearLR(optimizer, start_factor=1 / 4, total_iters=3)
        return SCHEDULERS.SequentialLR(optimizer, [up, SCHEDULERS.CosineAnnealingLR(optimizer, 5, eta_min=0.01)], [4])

    expected = [*rates_of(scheduler, base_lr, 10)[:10]]
    got = [student.cosine_with_warmup(base_lr, step, warmup_steps=4, total_steps=9, min_lr=0.01) for step in range(10)]
    check(got, "the rates").equals(expected)


@task("cosine_with_warmup", points=0.5)
def test_without_a_warmup_the_first_rate_is_the_largest(student, rng):
    base_lr = float(rng.uniform(0.1, 1))
    check(student.cosine_with_warmup(base_lr, 0, warmup_steps=0, total_steps=3)).equals(base_lr)
    student.cosine_with_warmup.refuses(ValueError, base_lr, 0, warmup_steps=3, total_steps=3)


@task("backtracking", points=0.5)
def test_the_search_matches_the_worked_example(student):
    x, lr = student.backtracking(lambda x: float(3 * (x**2).sum()), np.array([1.0, 0.0]), np.array([6.0, 0.0]))
    check(x, "x").equals(np.array([-0.5, 0.0]))
    check(float(lr), "lr").equals(0.25)


@task("backtracking", points=1)
def test_the_accepted_rate_is_the_first_that_satisfies_the_condition(student, rng):
    for slope, shrink in ((1e-4, 0.5), (0.4, 0.7)):
        x, steepness = rng.normal(size=(2, 3)), rng.uniform(1, 20, size=(2, 3))

        def f(place, steepness=steepness):
            return float((steepness * place**2).sum())

        grad, expected = 2 * steepness * x, 2.0
        while f(x - expected * grad) > f(x) - slope * expected * (grad**2).sum():
            expected *= shrink
        place, lr = student.backtracking.returning_new_arrays(f, x, grad, lr=2.0, shrink=shrink, slope=slope)
        check(float(lr), "lr").equals(expected)
        check(place, "x").equals(x - expected * grad)


@task("backtracking", points=0.5)
def test_a_value_that_is_no_number_is_no_step(student, rng):
    start = float(rng.uniform(1, 1.5))

    def f(place):
        return float(place[0]) - math.log(float(place[0])) if place[0] > 0 else math.nan

    x, lr = student.backtracking(f, np.array([start]), np.array([1 - 1 / start]), lr=64.0)
    expected = 64.0
    while not f(np.array([start - expected * (1 - 1 / start)])) <= f([start]) - 1e-4 * expected * (1 - 1 / start) ** 2:
        expected /= 2
    check(float(lr), "lr").equals(expected)
    check(x, "x").equals(np.array([start - expected * (1 - 1 / start)]))
