"""The lower tasks."""

import numpy as np

from grader.judge import check, task

X = np.arange(1.0, 4.0)


@task("halve", points=2)
def test_halves(student):
    check(student.halve(X)).equals(X / 2)


@task("mask", points=2)
def test_draws_a_mask(student):
    check(student.mask(9, np.random.default_rng(5))).equals(np.random.default_rng(5).random(9) < 0.5)


@task("shrink", points=2)
def test_shrinks_in_place(student):
    check(student._ask("shrink", ({"w": X},), {}, keep=True).args[0]["w"], "w").equals(X / 2)


@task("twice", points=2)
def test_applies_twice(student):
    check(student.twice(lambda x: x / 2 + 1, X)).equals(X / 4 + 1.5)


@task("scale_forward", points=2)
def test_scales(student):
    check(student.scale_forward(X, 3.0)[0], "out").equals(3 * X)


@task("scale_backward", points=2)
def test_scales_gradients(student):
    _, cache = student.scale_forward(X, 3.0)
    dx, dw = student.scale_backward(X, cache)
    check(dx, "dx").equals(3 * X)
    check(dw, "dw").equals(float(X @ X))
