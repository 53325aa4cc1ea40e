"""Dropout: the handout's worked example, random numbers, and what else is promised.

Expected numbers: by hand, and the definition. By Hoeffding's bound the share of 20,000 independent events strays by
more than 0.03 with a probability below 1e-15.
"""

import numpy as np

from grader.judge import check, task

X, DOUT = np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 8.0)


def fresh(rng):
    """Return a generator for one call: how many numbers the call draws does not matter to the next one."""
    return np.random.default_rng(rng.integers(2**32))


def require_share(events, expected, what):
    """Require that the share of independent events is what it should be, up to chance."""
    share = np.mean(events)
    check(share, "the mask").holds(abs(share - expected) <= 0.03, f"{share:.3g} of {what}, not about {expected:.3g}")


@task("dropout_forward", points=0.25)
def test_what_is_kept_matches_the_worked_example_of_the_handout(student, rng):
    out, _ = student.dropout_forward(np.tile(X, 50), fresh(rng), p=0.2)  # none of 200 is dropped by chance: 1e-19
    check(out, "out").equals(np.where(out == 0, 0, np.tile([1.25, 2.5, 3.75, 5.0], 50)))
    check(student.dropout_forward(X, fresh(rng), p=0.2, training=False)[0], "out when tested").equals(X)


@task("dropout_forward", points=0.25)
def test_numbers_are_struck_out_one_by_one_with_probability_p(student, rng):
    x = rng.uniform(1, 3, (200, 200))
    for options in ({}, {"p": 0.2}):
        p = options.get("p", 0.5)
        out, _ = student.dropout_forward.keeping_arguments(x, fresh(rng), **options)
        kept = out != 0
        check(out, "out").equals(np.where(kept, x, 0) / (1 - p))
        require_share(~kept, p, f"40,000 numbers are struck out for p = {p}")
        require_share(kept[::2] != kept[1::2], 2 * p * (1 - p), "20,000 pairs, one below the other, have two fates")
        require_share(kept[:, ::2] != kept[:, 1::2], 2 * p * (1 - p), "20,000 pairs side by side have two fates")


@task("dropout_forward", points=0.25)
def test_the_extreme_probabilities_are_legal_and_others_are_refused(student, rng):
    x = rng.normal(size=(4, 3))
    check(student.dropout_forward(x, fresh(rng), p=0.0)[0], "out for p = 0").equals(x)
    check(student.dropout_forward(x, fresh(rng), p=1.0)[0], "out for p = 1").equals(np.zeros((4, 3)))
    for p, training in ((-0.1, True), (1.1, True), (-0.1, False), (1.1, False)):
        student.dropout_forward.refuses(ValueError, x, fresh(rng), p=p, training=training)


@task("dropout_forward", points=0.25)
def test_masks_come_from_the_generator_and_float32_stays(student, rng):
    x, seed = rng.uniform(1, 3, (9, 7)).astype(np.float32), int(rng.integers(2**32))
    first, again, other = (student.dropout_forward(x, np.random.default_rng(s))[0] for s in (seed, seed, seed + 1))
    check(first, "out").equals(np.where(first != 0, 2 * x, np.float32(0)))
    check(again, "the second answer to the same generator").equals(first)
    differ = np.any(first != other)  # two masks of 63 numbers agree with a probability of 1e-19
    check(other, "out").holds(differ, "two different generators gave the same mask")


@task("dropout_backward", points=0.25)
def test_gradient_matches_the_worked_example_of_the_handout(student, rng):
    _, cache = student.dropout_forward(X, fresh(rng), p=0.2, training=False)
    check(student.dropout_backward(DOUT, cache), "dx when tested").equals(DOUT)
    out, cache = student.dropout_forward(np.tile(X, 50), fresh(rng), p=0.2)
    check(student.dropout_backward(np.tile(DOUT, 50), cache), "dx").equals(np.where(out == 0, 0.0, 10.0))


@task("dropout_backward", points=0.5)
def test_gradient_takes_the_mask_of_its_own_forward_pass(student, rng):
    for p in (0.3, 0.75):
        x, dout = rng.uniform(1, 3, (2, 40, 25))
        out, cache = student.dropout_forward(x, fresh(rng), p=p)
        student.dropout_forward(x, fresh(rng), p=p)
        dx = student.dropout_backward.keeping_arguments(dout, cache)
        check(out, "out").holds(np.any(out != 0), "all of 1,000 numbers were dropped")
        check(dx, "dx").equals(np.where(out != 0, dout, 0) / (1 - p))


@task("dropout_backward", points=0.25)
def test_gradient_stays_in_float32_and_an_input_of_zero_has_one(student, rng):
    dout = rng.uniform(1, 3, (40, 25)).astype(np.float32)
    _, cache = student.dropout_forward(np.zeros_like(dout), fresh(rng), p=0.5)
    dx = student.dropout_backward(dout, cache)
    check(dx, "dx").equals(np.where(dx != 0, 2 * dout, np.float32(0)))
    share = np.mean(dx != 0)  # of 1,000 fair coins no more than 350 or fewer than 650 fall alike but by chance: 1e-19
    check(dx, "dx").holds(0.35 < share < 0.65, f"{share:.0%} of the gradients pass for p = 0.5")
