"""The higher tasks."""

import numpy as np

from grader.judge import check, task

X = np.arange(1.0, 4.0)


@task("quarter", points=2)
def test_quarters(student):
    check(student.quarter(X)).equals(X / 4)


@task("quarter", points=1)
def test_quarters_no_numbers(student):
    check(student.quarter(np.zeros(0))).equals(np.zeros(0))


@task("stranger", points=2)
def test_needs_nobody(student):
    check(student.stranger(X)).equals(X / 2)


@task("two_masks", points=2)
def test_draws_one_after_the_other(student):
    rng = np.random.default_rng(5)
    first, second = student.two_masks(9, np.random.default_rng(5))
    check(first, "first").equals(rng.random(9) < 0.5)
    check(second, "second").equals(rng.random(9) < 0.5)


@task("shrink_twice", points=2)
def test_shrinks_twice(student):
    check(student.shrink_twice({"w": X, "b": np.ones(1)})).equals({"w": X / 4, "b": np.ones(1) / 4})


@task("four_times", points=2)
def test_applies_four_times(student):
    seen = []

    def note(x):
        seen.append(x)
        return x / 2

    check(student.four_times(note, X)).equals(X / 16)
    check(seen, "arguments").equals([X, X / 2, X / 4, X / 8])


@task("sixteenth", points=2)
def test_halves_four_times(student):
    check(student.sixteenth(X)).equals(X / 16)


@task("block_forward", points=2)
def test_scales_twice(student):
    check(student.block_forward(X, 3.0)[0], "out").equals(9 * X)


@task("block_backward", points=2)
def test_goes_back_through_both(student):
    _, cache = student.block_forward(X, 3.0)
    dx, dw = student.block_backward(X, cache)
    check(dx, "dx").equals(9 * X)
    check(dw, "dw").equals(float(6 * X @ X))
