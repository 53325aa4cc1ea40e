"""Search without a gradient, replayed from the places that it tries.

Every function that is searched notes where it is called. So the tests need not know how a student draws: from the
places follow the trials' directions, and from these what the answer has to be.

Requires: pairs of opposite trials, normally distributed with the given spread, new ones from pair to pair and from step
to step, from the generator that is passed in; the estimate that belongs to them; steps down; the history by the true
values of f; of the (1 + 1) strategy: one call per child, children around the best place so far, with the spread that
the rule of one fifth gives, ties that count as successes; arguments unchanged.

Catches: a spread that is not divided by, or squared, trials on one side only, uniform or unnormalized directions, steps
up, one set of directions for all steps, generators of one's own; children around the first parent, parents that are
replaced by worse children, a spread that never changes or changes the wrong way.

Expected numbers: the formulas, from the noted places, in float64. Distributions: 1,200 standard normal numbers have a
mean within 0.2 and a spread within 0.15 of 1 but with a probability below 1e-11; a fourth moment between 2 and 4.6 but
below 1e-5 (for a uniform distribution it is 1.8).
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, task
from tests.hidden.optimizers.strategies import SEEDS, bowl_cases


def noted(f):
    """Return the function, and lists of the places at which it is called and of its values there."""
    places, values = [], []

    def of(x):
        places.append(np.array(x, dtype=np.float64))
        values.append(f(x))
        return values[-1]

    return of, places, values


def estimate(places, values, theta, sigma, pairs):
    """Return the gradient that belongs to trials: the sum of f times direction, whatever their order."""
    directions = [(place - theta) / sigma for place in places]
    return sum(value * e for value, e in zip(values, directions, strict=True)) / (2 * pairs * sigma)


def check_pairs(directions, pairs):
    """Check that directions are `pairs` different ones and their opposites."""
    count = len(directions)
    check(directions, "the trials").holds(count == 2 * pairs, f"{count} calls of f for {pairs} pairs")
    rows = np.array(directions).reshape(count, -1)
    missing = sum(np.abs(rows + row).max(axis=1).min() > 1e-6 for row in rows)
    check(directions, "the trials").holds(missing == 0, f"{missing} of {count} trials have no opposite one")
    apart = len(np.unique(rows.round(6), axis=0))
    check(directions, "the trials").holds(apart == count, f"{apart} different trials among {count}")


def check_normal(numbers, what):
    """Check that numbers are standard normal ones."""
    numbers = np.ravel(numbers)
    mean, spread, fourth = numbers.mean(), numbers.std(), ((numbers - numbers.mean()) ** 4).mean() / numbers.std() ** 4
    check(numbers, what).holds(abs(mean) < 0.2, f"a mean of {mean:.3g}, not 0")
    check(numbers, what).holds(abs(spread - 1) < 0.15, f"a standard deviation of {spread:.3g}, not 1")
    check(numbers, what).holds(2 < fourth < 4.6, f"a fourth moment of {fourth:.3g}, not 3: not a normal distribution")


@task("evolution_gradient", points=2, about="the estimate that belongs to the trials, other spreads", examples=3)
@given(case=bowl_cases(), seed=SEEDS, pairs=st.integers(2, 6), sigma=st.sampled_from((0.03, 0.5)))
def test_the_estimate_follows_from_the_trials(student, case, seed, pairs, sigma):
    f, places, values = noted(case.value)
    got = student.evolution_gradient(f, case.x, np.random.default_rng(seed), pairs=pairs, sigma=sigma)
    trials = [(place, value) for place, value in zip(places, values, strict=True) if np.abs(place - case.x).max() > 0]
    check_pairs([(place - case.x) / sigma for place, _ in trials], pairs)
    check(got).equals(estimate(*zip(*trials, strict=True), case.x, sigma, pairs), rtol=1e-6, atol=1e-9)


@task("evolution_gradient", points=1, about="the distribution of the trials, the options by default")
def test_trials_are_normally_distributed_around_the_place(student, rng):
    theta = rng.normal(3, 1, size=(4, 6))
    f, places, values = noted(lambda x: float((x**3).sum()))
    got = student.evolution_gradient(f, theta, rng)
    trials = [(place, value) for place, value in zip(places, values, strict=True) if np.abs(place - theta).max() > 0]
    directions = [(place - theta) / 0.1 for place, _ in trials]
    check_pairs(directions, 50)
    check(got).equals(estimate(*zip(*trials, strict=True), theta, 0.1, 50), rtol=1e-6, atol=1e-6)
    # One of each pair: opposite numbers would have the mean 0 whatever they are.
    rows = np.array(directions).reshape(100, -1)
    half = [row for index, row in enumerate(rows) if not any(np.allclose(row, -other) for other in rows[:index])]
    check_normal(np.array(half), "the directions")


@task("evolution_gradient", points=1, about="the generator")
def test_trials_come_from_the_generator(student, rng):
    theta, seed = rng.normal(size=3), int(rng.integers(2**32))

    def f(x):
        return float(np.sin(x).sum())

    first, again, other = (
        student.evolution_gradient(f, theta, np.random.default_rng(s), pairs=4) for s in (seed, seed, seed + 1)
    )
    check(again, "the answer to the same generator").equals(first, rtol=0.0, atol=0.0)
    check(other).holds(np.abs(first - other).min() > 1e-9, "another generator gives the same trials")


@task("evolution_gradient", points=0.5, about="nothing changed in place, new answers", examples=3)
@given(case=bowl_cases(), seed=SEEDS)
def test_a_constant_has_no_gradient_and_the_place_stays(student, case, seed):
    rng = np.random.default_rng(seed)
    got = student.evolution_gradient.keeping_arguments(case.value, case.x, rng, pairs=20, sigma=0.01)
    apart = np.abs(got).max()
    check(got).holds(apart > 0, "the gradient of a bowl is 0")
    student.evolution_gradient.returning_new_arrays(case.value, case.x, rng, pairs=3)
    flat = student.evolution_gradient.returning_new_arrays(lambda x: 1e6, case.x, rng, pairs=3)
    check(flat, "the gradient of a constant").equals(np.zeros_like(case.x), atol=1e-6)


@task("evolution_strategy", points=2, about="steps by the estimate, the history", examples=3)
@given(case=bowl_cases(), seed=SEEDS, steps=st.integers(1, 4))
def test_each_step_goes_down_the_estimate(student, case, seed, steps):
    lr, pairs, sigma = 0.05, 4, 0.2
    f, places, values = noted(case.value)
    theta, history = student.evolution_strategy(
        f, case.x, np.random.default_rng(seed), steps=steps, lr=lr, pairs=pairs, sigma=sigma
    )
    check(history, "history").has_shape(steps + 1)
    place, index = case.x, 0
    for step in range(steps + 1):
        while index < len(places) and np.abs(places[index] - place).max() < 1e-9:  # f at the place itself
            index += 1
        check(float(history[step]), f"history[{step}]").equals(case.value(place), rtol=1e-6)
        if step == steps:
            break
        trials = slice(index, index + 2 * pairs)
        check_pairs([(trial - place) / sigma for trial in places[trials]], pairs)
        place = place - lr * estimate(places[trials], values[trials], place, sigma, pairs)
        index += 2 * pairs
    check(theta, "theta").equals(place, rtol=1e-6, atol=1e-8)


@task("evolution_strategy", points=1, about="new trials in every step, the options by default, new answers")
def test_every_step_tries_other_directions(student, rng):
    theta = rng.normal(size=3)
    end, history = student.evolution_strategy(
        lambda x: float(x.sum()), theta, rng, steps=5, lr=0.01, pairs=3, sigma=0.5
    )
    check(float(history[0]), "history[0]").equals(float(theta.sum()))
    check(float(history[-1]), "history[-1]").equals(float(np.sum(end)))
    steps = np.diff(history)
    check(steps, "the steps").holds(len(np.unique(steps.round(9))) == 5, "the same directions are tried in every step")
    for _ in range(2):
        f, places, values = noted(lambda x: float((x**3).sum()))
        end, _ = student.evolution_strategy.returning_new_arrays(f, theta, rng, steps=1, lr=0.01)
        apart = [np.abs(place - theta).max() > 1e-9 and np.abs(place - end).max() > 1e-9 for place in places]
        trials = [pair for pair, is_trial in zip(zip(places, values, strict=True), apart, strict=True) if is_trial]
        check_pairs([place - theta for place, _ in trials], 50)
        expected = theta - 0.01 * estimate(*zip(*trials, strict=True), theta, 0.1, 50)
        check(end, "theta by default").equals(expected, rtol=1e-6, atol=1e-8)


@task("evolution_strategy", points=1, about="a bowl and its lowest place")
def test_the_strategy_finds_the_bottom_of_a_bowl(student, rng):
    """All of 20 seeds end below 1e-3 of where they began, the worst at 2e-4."""
    middle, steepness = rng.normal(size=4), rng.uniform(0.5, 1.5, size=4)

    def f(x):
        return float((steepness * (x - middle) ** 2).sum())

    theta, history = student.evolution_strategy.keeping_arguments(
        f, middle + rng.choice((-1, 1), 4), rng, steps=25, lr=0.15, pairs=20
    )
    share = f(theta) / float(history[0])
    check(theta, "theta").holds(share < 1e-3, f"{share:.2g} of the height is left")


@task("one_plus_one", points=2, about="children around the best place, the spread after each", examples=3)
@given(case=bowl_cases(), seed=SEEDS, steps=st.integers(3, 12), sigma=st.sampled_from((0.2, 1.0)))
def test_the_better_one_lives_on_and_the_spread_follows_the_rule(student, case, seed, steps, sigma):
    f, places, values = noted(case.value)
    theta, spread = student.one_plus_one(f, case.x, np.random.default_rng(seed), steps=steps, sigma=sigma)
    check(places, "the calls").holds(len(places) == steps + 1, f"{len(places)} calls of f for {steps} children")
    check(places[0], "the first place").equals(case.x)
    best, expected = 0, sigma
    for index in range(1, steps + 1):
        success = values[index] <= values[best]
        best, expected = (index, expected * 1.5) if success else (best, expected * 1.5**-0.25)
    check(theta, "theta").equals(places[best])
    check(float(spread), "sigma").equals(expected)


@task("one_plus_one", points=1, about="where children land, the spread by default")
def test_children_are_normally_distributed_around_their_parent(student, rng):
    theta = rng.normal(size=40)
    f, places, values = noted(lambda x: float((x**2).sum()))
    end, spread = student.one_plus_one(f, theta, rng, steps=30)
    best, sigma, directions = 0, 1.0, []
    for index in range(1, len(places)):
        directions.append((places[index] - places[best]) / sigma)
        success = values[index] <= values[best]
        best, sigma = (index, sigma * 1.5) if success else (best, sigma * 1.5**-0.25)
    check(np.array(directions), "the children").has_shape(30, 40)
    check_normal(directions, "the children around their parents")
    check(end, "theta").equals(places[best])
    check(float(spread), "sigma").equals(sigma)


@task("one_plus_one", points=0.5, about="ties, new answers")
def test_an_equal_child_takes_the_parent_s_place(student, rng):
    f, places, _ = noted(lambda x: 2.5)
    theta, sigma = student.one_plus_one.keeping_arguments(f, rng.normal(size=3), rng, steps=4, sigma=0.1)
    check(theta, "theta").equals(places[-1])
    check(float(sigma), "sigma").equals(0.1 * 1.5**4)
    for _ in range(2):
        student.one_plus_one.returning_new_arrays(f, rng.normal(size=3), rng, steps=4)


@task("one_plus_one", points=0.5, about="the generator")
def test_children_come_from_the_generator(student, rng):
    seed, theta = int(rng.integers(2**32)), rng.normal(size=3)

    def f(x):
        return float((x**2).sum())

    first, again, other = (
        student.one_plus_one(f, theta, np.random.default_rng(s), steps=12)[0] for s in (seed, seed, seed + 1)
    )
    check(again, "theta of the same generator").equals(first, rtol=0.0, atol=0.0)
    check(other).holds(np.abs(first - other).max() > 1e-12, "another generator gives the same children")
