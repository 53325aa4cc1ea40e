"""What you can check at home: evolution.py, replayed from the places at which your code calls the function."""

import numpy as np

from grader.judge import check, task


def noted(f):
    """Return the function, and lists of the places at which it is called and of its values there."""
    places, values = [], []

    def of(x):
        places.append(np.array(x, dtype=np.float64))
        values.append(f(x))
        return values[-1]

    return of, places, values


def bowl(x):
    """Return the height of a bowl of three axes."""
    return float((np.array([1.0, 4.0, 0.5]) * (x - 1) ** 2).sum())


def replay(places, values, sigma):
    """Return the last parent, and the spread after the last child, from all calls of f."""
    best = 0
    for index in range(1, len(places)):
        success = values[index] <= values[best]
        best, sigma = (index, sigma * 1.5) if success else (best, sigma * 1.5**-0.25)
    return places[best], sigma


@task("evolution_gradient", points=1)
def test_the_estimate_follows_from_pairs_of_trials(student, rng):
    theta = rng.normal(size=3)
    for sigma in (0.1, 0.5):
        f, places, values = noted(bowl)
        got = student.evolution_gradient.keeping_arguments(f, theta, rng, pairs=6, sigma=sigma)
        trials = [(place - theta) / sigma for place in places if np.abs(place - theta).max() > 0]
        numbers = [value for place, value in zip(places, values, strict=True) if np.abs(place - theta).max() > 0]
        check(trials, "the trials").holds(len(trials) in (12, 24), f"f is called at {len(trials)} trials, not at 12")
        unpaired = sum(np.abs(np.array(trials) + e).max(axis=1).min() > 1e-6 for e in trials)
        check(trials, "the trials").holds(unpaired == 0, f"{unpaired} of {len(trials)} trials have no opposite one")
        expected = sum(value * e for value, e in zip(numbers, trials, strict=True)) / (len(trials) * sigma)
        check(got).equals(expected, rtol=1e-6)


@task("evolution_gradient", points=0.5)
def test_trials_have_the_given_spread_and_differ(student, rng):
    theta = rng.normal(size=20)
    f, places, values = noted(lambda x: float(x.sum()))
    got = student.evolution_gradient(f, theta, rng)
    trials = np.array([(place - theta) / 0.1 for place in places])
    check(got).equals(np.array(values) @ trials / (len(trials) * 0.1), rtol=1e-6, atol=1e-6)
    spread, kinds = trials.std(), len(np.unique(trials.round(6), axis=0))
    check(trials, "the trials").holds(abs(spread - 1) < 0.2, f"a standard deviation of {0.1 * spread:.3g}, not 0.1")
    check(trials, "the trials").holds(kinds >= 100, f"{kinds} different trials, not 100")
    again, other = (student.evolution_gradient(bowl, np.zeros(3), np.random.default_rng(s), pairs=3) for s in (5, 6))
    check(other).holds(np.abs(again - other).min() > 1e-9, "another generator gives the same trials")


@task("evolution_strategy", points=1)
def test_a_step_goes_down_the_estimate_of_its_trials(student, rng):
    theta = rng.normal(size=3)
    f, places, values = noted(bowl)
    end, history = student.evolution_strategy(f, theta, rng, steps=1, lr=0.05, pairs=5, sigma=0.2)
    trials = [index for index, place in enumerate(places) if np.abs(place - theta).max() > 1e-9][:10]
    directions = [(places[index] - theta) / 0.2 for index in trials]
    estimate = sum(values[index] * e for index, e in zip(trials, directions, strict=True)) / (10 * 0.2)
    check(end, "theta").equals(theta - 0.05 * estimate, rtol=1e-6)
    check(history, "history").equals(np.array([bowl(theta), bowl(theta - 0.05 * estimate)]), rtol=1e-6)


@task("evolution_strategy", points=1)
def test_the_bottom_of_a_bowl_is_found(student, rng):
    """All of 20 seeds end below 0.01 of where they began, the worst at 2e-4."""
    theta = 1 + rng.choice((-1.0, 1.0), 3)
    end, history = student.evolution_strategy.keeping_arguments(bowl, theta, rng, steps=30, lr=0.1, pairs=20)
    check(history, "history").has_shape(31)
    check(float(history[-1]), "history[-1]").equals(bowl(end), rtol=1e-6)
    share = bowl(end) / bowl(theta)
    check(end, "theta").holds(share < 0.01, f"{share:.2g} of the height is left")


@task("one_plus_one", points=1)
def test_parents_and_spread_follow_from_the_children(student, rng):
    for sigma in (1.0, 0.3):
        f, places, values = noted(bowl)
        theta, spread = student.one_plus_one.keeping_arguments(f, rng.normal(size=3), rng, steps=10, sigma=sigma)
        check(places, "the calls of f").holds(len(places) == 11, f"{len(places)} calls for 10 children")
        parent, expected = replay(places, values, sigma)
        check(theta, "theta").equals(parent)
        check(float(spread), "sigma").equals(expected)


@task("one_plus_one", points=0.5)
def test_children_land_around_their_parent(student, rng):
    """400 numbers: off by 0.25 with a probability below 1e-6."""
    f, places, values = noted(lambda x: float(((x - 30) ** 2).sum()))
    end, _ = student.one_plus_one(f, rng.normal(size=40), rng, steps=10)
    check(end, "theta").equals(replay(places, values, 1.0)[0])
    directions = []
    for index in range(1, len(places)):
        parent, sigma = replay(places[:index], values[:index], 1.0)
        directions.append((places[index] - parent) / sigma)
    mean, spread = np.mean(directions), np.std(directions)
    check(directions, "the children").holds(abs(mean) < 0.25, f"a mean of {mean:.3g}, not 0")
    check(directions, "the children").holds(abs(spread - 1) < 0.25, f"a spread of {spread:.3g} times sigma, not 1")
