"""Rates that follow a plan against torch's schedulers, and the line search against Armijo's condition.

Requires: torch's rate at every epoch and step, to the end and beyond it, without a warm-up and with one of a single
step, a lowest rate that is not 0, plans that cannot be refused; of the search: the first rate that satisfies the
condition, the place that belongs to it, f called no more often than needed, values that are not numbers refused as
steps, arguments unchanged.

Catches: decay in every epoch, by the wrong power, or one epoch early, a first step that learns nothing, warm-up that
counts into the cosine, a cosine that rises again, a lowest rate that is added on top; conditions without the slope,
with the norm instead of its square, shrinking once too often or too rarely, the old place with the new rate.

Expected numbers: torch.optim.lr_scheduler (StepLR; LinearLR, then CosineAnnealingLR) and the condition itself, which
the accepted rate satisfies and the one before it does not.
"""

import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, layouts, task
from tests.hidden.optimizers.strategies import bowl_cases

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


def up_and_down(warmup, total, min_lr):
    """Return a maker of torch's warm-up, followed by torch's cosine."""

    def of(optimizer):
        down = SCHEDULERS.CosineAnnealingLR(optimizer, total - warmup, eta_min=min_lr)
        if warmup < 2:
            return down
        up = SCHEDULERS.LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
        return SCHEDULERS.SequentialLR(optimizer, [up, down], [warmup])

    return of


def noted(f):
    """Return the function, and the list of places at which it is called."""
    places = []

    def of(x):
        places.append(np.array(x))
        return f(x)

    return of, places


@task("step_decay", points=1, about="every epoch, other factors", examples=6)
@given(base_lr=st.floats(0.01, 2.0), step_size=st.integers(1, 5), gamma=st.floats(0.1, 0.9))
def test_rates_of_epochs_agree_with_torch(student, base_lr, step_size, gamma):
    for factor in (gamma, gamma / 2):
        expected = rates_of(lambda optimizer, by=factor: SCHEDULERS.StepLR(optimizer, step_size, by), base_lr, 13)
        got = [student.step_decay(base_lr, epoch, step_size=step_size, gamma=factor) for epoch in range(13)]
        check(got, "the rates").equals(expected)


@task("step_decay", points=0.5, about="the factor by default")
def test_rates_fall_to_a_tenth_by_default(student, rng):
    base_lr, step_size = float(rng.uniform(0.1, 1)), int(rng.integers(2, 6))
    expected = rates_of(lambda optimizer: SCHEDULERS.StepLR(optimizer, step_size), base_lr, 12)
    check([student.step_decay(base_lr, epoch, step_size=step_size) for epoch in range(12)]).equals(expected)


@task("cosine_with_warmup", points=2, about="every step up and down, a lowest rate and none", examples=6)
@given(
    base_lr=st.floats(0.01, 2.0),
    warmup=st.integers(2, 6),
    down=st.integers(1, 8),
    min_lr=st.sampled_from((0.0, 0.005)),
)
def test_rates_agree_with_torch_in_every_step(student, base_lr, warmup, down, min_lr):
    options = {"warmup_steps": warmup, "total_steps": warmup + down}
    for lowest, lowest_given in ((min_lr, {"min_lr": min_lr}), (0.0, {})):
        expected = rates_of(up_and_down(warmup, warmup + down, lowest), base_lr, warmup + down)
        got = [student.cosine_with_warmup(base_lr, step, **options, **lowest_given) for step in range(warmup + down)]
        check(got, "the rates").equals(expected)


@task("cosine_with_warmup", points=1, about="no warm-up or a single step of it, the end and beyond", examples=6)
@given(base_lr=st.floats(0.01, 2.0), warmup=st.integers(0, 1), down=st.integers(2, 6), min_lr=st.floats(0.0, 0.005))
def test_rates_without_a_warmup_and_after_the_end(student, base_lr, warmup, down, min_lr):
    expected = [base_lr] * warmup + rates_of(up_and_down(0, down, min_lr), base_lr, down) + [min_lr] * 4
    options = {"warmup_steps": warmup, "total_steps": warmup + down, "min_lr": min_lr}
    got = [student.cosine_with_warmup(base_lr, step, **options) for step in range(warmup + down + 4)]
    check(got, "the rates").equals(expected)


@task("cosine_with_warmup", points=0.5, about="plans without a way down")
def test_plans_without_a_way_down_are_refused(student, rng):
    base_lr = float(rng.uniform(0.1, 1))
    check(student.cosine_with_warmup(base_lr, 4, warmup_steps=4, total_steps=6)).equals(base_lr)
    for total in (4, 3):
        student.cosine_with_warmup.refuses(ValueError, base_lr, 0, warmup_steps=4, total_steps=total)


@task("backtracking", points=2, about="the first rate that satisfies the condition, and its place", examples=6)
@given(case=bowl_cases(), shrink=st.floats(0.2, 0.8), slope=st.sampled_from((1e-4, 0.3, 0.6)), lr=st.floats(0.5, 4.0))
def test_the_first_rate_that_satisfies_the_condition_is_taken(student, case, shrink, slope, lr):
    grad = case.gradient(case.x)
    expected, before = lr, case.value(case.x)
    while case.value(case.x - expected * grad) > before - slope * expected * (grad**2).sum():
        expected *= shrink
    x, rate = student.backtracking(case.value, case.x, grad, lr=lr, shrink=shrink, slope=slope)
    check(float(rate), "lr").equals(expected)
    check(x, "x").equals(case.x - expected * grad)


@task("backtracking", points=1, about="the options by default, another function, no slope", examples=6)
@given(case=bowl_cases())
def test_the_search_by_default_halves_from_one(student, case):
    def f(x):
        return math.log1p(case.value(x))

    grad = case.gradient(case.x) / (1 + case.value(case.x))
    expected = 1.0
    while f(case.x - expected * grad) > f(case.x) - 1e-4 * expected * (grad**2).sum():
        expected /= 2
    x, rate = student.backtracking(f, case.x, grad)
    check(float(rate), "lr").equals(expected)
    check(x, "x").equals(case.x - expected * grad)
    # A step of the length 1 satisfies the condition if the steepness is at most 2 (1 - slope).
    for slope, accepted in ((1.05e-4, 1.0), (0.95e-4, 0.5)):
        steepness = 2 * (1 - slope)
        _, rate = student.backtracking(lambda x, k=steepness: float(k * x @ x) / 2, np.ones(1), np.full(1, steepness))
        check(float(rate), "lr where the condition is just met, or just not").equals(accepted)
    _, rate = student.backtracking(f, case.middle, np.zeros_like(case.x))
    check(float(rate), "lr where the gradient is 0").equals(1.0)


@task("backtracking", points=1, about="places where the function is no number")
def test_places_without_a_number_are_too_far(student, rng):
    scale = float(rng.uniform(2, 3))

    def f(x):
        inside = float(x[0])
        return -math.log(inside) + inside * scale if inside > 0 else math.nan

    x = np.array([float(rng.uniform(1, 2))])
    grad = scale - 1 / x
    expected = 8.0
    while not f(x - expected * grad) <= f(x) - 1e-4 * expected * (grad**2).sum():
        expected /= 2
    place, rate = student.backtracking(f, x, grad, lr=8.0)
    check(float(rate), "lr").equals(expected)
    check(place, "x").equals(x - expected * grad)


@task("backtracking", points=0.5, about="how often the function is called")
def test_the_function_is_called_once_for_each_rate(student, rng):
    x = rng.normal(size=3)
    f, places = noted(lambda place: float(4 * (place**2).sum()))
    _, rate = student.backtracking(f, x, 8 * x, lr=1.0, shrink=0.25)
    check(float(rate), "lr").equals(0.0625)
    # At x, and at four rates; at most once more for x in each round.
    check(places, "the calls").holds(len(places) <= 7, f"the function is called {len(places)} times for 3 rates")


@task("backtracking", points=0.5, about="other layouts in memory, new answers", examples=6)
@given(case=bowl_cases())
def test_the_search_takes_any_layout_in_memory(student, case):
    for x, grad in layouts(case.x, case.gradient(case.x)):
        place, rate = student.backtracking.returning_new_arrays(case.value, x, grad, lr=0.01)
        check(place, "x").equals(case.x - float(rate) * case.gradient(case.x))
        check(float(rate), "lr").equals(0.01)
