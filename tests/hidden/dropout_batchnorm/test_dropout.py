"""Inverted dropout, forward and backward.

Requires: every number is 0 or x / (1 - p), decided by itself with probability p from the generator alone; testing
changes nothing; p = 0 and p = 1 are legal, what is no probability is refused, when testing as well; the gradient takes
the mask of its own forward pass; batches of one number and of none. Arguments unchanged; float32 stays float32.

Catches: p taken for the probability to keep, no scaling or the wrong one, scaling when tested, one mask for all
examples or one decision per example, a fixed seed, a mask drawn anew or read off the zeros of the output on the way
back, 0 / 0 at p = 1.

Expected numbers: the definition, exactly. Counts of independent events keep Hoeffding's bound: among n of probability
q, the share strays by more than t with a probability of at most 2 exp(-2 n t^2). `RARE` per count makes t 0.0172 for
40,000 events.
"""

import numpy as np
from hypothesis import given

from grader.judge import check, layouts, task
from tests.hidden.dropout_batchnorm.strategies import dropout_cases

RARE = 1e-10  # the probability of one false alarm; no test here makes more than ten counts


def fresh(rng):
    """Return a generator of its own for one call: what a student's code draws does not move the test's on."""
    return np.random.default_rng(rng.integers(2**32))


def require_share(events, expected, what):
    """Require that the share of independent events is what it should be, up to chance."""
    share, room = np.mean(events), np.sqrt(np.log(2 / RARE) / (2 * np.size(events)))
    told = f"{share:.4g} of {np.size(events)} {what}; it should be {expected:.4g} within {room:.2g}"
    check(share, "the mask").holds(abs(share - expected) <= room, told)


def kept_of(out, x, p):
    """Require that every number is 0 or x / (1 - p), and return which are the latter."""
    check(out, "out").has_shape(*x.shape)
    kept = np.asarray(out) != 0
    check(out, "out").equals(np.where(kept, x, 0) / (1 - p))
    return kept


def scaled(x, out, p):
    """Return what has to come out where the output is not zero, in float32; there is no p = 1 to divide by."""
    return np.where(out != 0, x / np.float32(1 - p or 1), np.float32(0)) if p < 1 else np.zeros_like(x)


@task("dropout_forward", points=1, about="probabilities close to 0 and 1, arrays of any shape")
@given(case=dropout_cases())
def test_every_number_is_zero_or_scaled_up(student, case):
    out, _ = student.dropout_forward.keeping_arguments(case.x, np.random.default_rng(case.seed), p=case.p)
    kept_of(out, case.x, case.p)
    many = np.random.default_rng(case.seed).uniform(1, 3, 5000)
    kept = kept_of(student.dropout_forward(many, np.random.default_rng(case.seed + 1), p=case.p)[0], many, case.p)
    check(kept, "out").holds(kept.any(), f"all of 5000 numbers are struck out for p = {case.p}")  # by chance: 1e-21


@task("dropout_forward", points=1, about="how many numbers are struck out")
def test_p_is_the_share_of_the_numbers_struck_out(student, rng):
    x = rng.uniform(1, 2, (200, 200))
    for options in ({}, {"p": 0.1}, {"p": 0.8}, {"p": 0.97}):
        p = options.get("p", 0.5)
        kept = kept_of(student.dropout_forward(x, fresh(rng), **options)[0], x, p)
        require_share(~kept, p, f"were struck out for {options or 'the default p'}")


@task("dropout_forward", points=1, about="masks that depend on each other")
def test_every_number_is_decided_on_by_itself(student, rng):
    x = rng.uniform(1, 2, (40, 10, 20, 10))
    kept = kept_of(student.dropout_forward(x, fresh(rng), p=0.3)[0], x, 0.3)
    for axis in range(4):
        even, odd = np.moveaxis(kept, axis, 0)[::2], np.moveaxis(kept, axis, 0)[1::2]
        require_share(even != odd, 0.42, f"pairs of neighbours along axis {axis} differ")


@task("dropout_forward", points=1, about="the generator")
def test_masks_come_from_the_generator_alone(student, rng):
    x, seed = rng.uniform(1, 2, (9, 7)), int(rng.integers(2**32))
    first, again, other = (student.dropout_forward(x, np.random.default_rng(s))[0] for s in (seed, seed, seed + 1))
    kept_of(first, x, 0.5)
    check(again, "the second answer to the same generator").equals(first, rtol=0.0, atol=0.0)
    differ = np.any(first != other)  # two masks of 63 fair coins agree with a probability of 1e-19
    check(other, "out").holds(differ, "two different generators gave the same mask")


@task("dropout_forward", points=1, about="testing")
def test_without_training_nothing_changes(student, rng):
    for p, shape in ((0.5, (3, 5)), (0.9, (3, 5)), (1.0, (3, 5)), (0.5, (0, 5)), (0.5, (1, 1))):
        x = rng.normal(size=shape)
        out, _ = student.dropout_forward.keeping_arguments(x, fresh(rng), p=p, training=False)
        check(out, "out").equals(x, rtol=0.0, atol=0.0)
    ones = np.ones(100)
    kept = kept_of(student.dropout_forward(ones, fresh(rng), p=0.5)[0], ones, 0.5)
    check(kept, "out").holds(not kept.all(), "training strikes nothing out either")  # by chance: 1e-30


@task("dropout_forward", points=1, about="the extreme probabilities, huge numbers")
def test_everything_and_nothing_may_be_struck_out(student, rng):
    for shape in ((4, 3), (0, 3), (1, 1)):
        x = rng.normal(size=shape) * 1e300
        check(student.dropout_forward(x, fresh(rng), p=0.0)[0], "out for p = 0").equals(x, rtol=0.0, atol=0.0)
        check(student.dropout_forward(x, fresh(rng), p=1.0)[0], "out for p = 1").equals(np.zeros(shape))
        kept_of(student.dropout_forward(x, fresh(rng), p=0.3)[0], x, 0.3)


@task("dropout_forward", points=1, about="float32, other layouts in memory, new answers when training")
def test_float32_stays_float32(student, rng):
    x = rng.uniform(1, 2, (6, 5)).astype(np.float32)
    for p in (0.0, 0.3, 1.0):
        for training in (True, False):
            out, _ = student.dropout_forward(x, fresh(rng), p=p, training=training)
            check(out, "out").equals(scaled(x, out, p) if training else x)
    for arranged in layouts(x):
        out, _ = student.dropout_forward.returning_new_arrays(arranged, fresh(rng), p=0.3, training=True)
        check(out, "out").equals(scaled(x, out, 0.3))


@task("dropout_backward", points=1, about="float32, other layouts in memory, new answers when training")
def test_gradients_of_float32_stay_float32(student, rng):
    x = rng.uniform(1, 2, (6, 5)).astype(np.float32)
    for p in (0.0, 0.3, 1.0):
        for training in (True, False):
            out, cache = student.dropout_forward(x, fresh(rng), p=p, training=training)
            check(student.dropout_backward(x, cache), "dx").equals(scaled(x, out, p) if training else x)
    for arranged in layouts(x):
        out, cache = student.dropout_forward(x, fresh(rng), p=0.3)
        check(student.dropout_backward.returning_new_arrays(arranged, cache), "dx").equals(scaled(x, out, 0.3))


@task("dropout_forward", points=1, about="what is no probability, in training and in testing")
def test_refuses_what_is_no_probability(student, rng):
    x = rng.normal(size=(4, 3))
    for training in (True, False):
        student.dropout_forward(x, fresh(rng), p=0.25, training=training)
        for p in (-0.01, 1.01):
            student.dropout_forward.refuses(ValueError, x, fresh(rng), p=p, training=training)


@task("dropout_backward", points=1, about="several forward and backward passes")
@given(case=dropout_cases())
def test_gradient_takes_the_way_of_the_forward_pass(student, case):
    out, cache = student.dropout_forward(case.x, np.random.default_rng(case.seed), p=case.p)
    student.dropout_forward(case.x, np.random.default_rng(case.seed + 1), p=case.p)
    kept = kept_of(out, case.x, case.p)
    for dout in (case.dout, case.dout[::-1]):
        got = student.dropout_backward.keeping_arguments(dout, cache)
        check(got, "dx").equals(np.where(kept, dout, 0) / (1 - case.p))
    ones = np.ones(5000)
    out, cache = student.dropout_forward(ones, np.random.default_rng(case.seed), p=case.p)
    kept = kept_of(out, ones, case.p)
    check(kept, "out").holds(kept.any(), f"all of 5000 numbers are struck out for p = {case.p}")  # by chance: 1e-21
    check(student.dropout_backward(ones, cache), "dx").equals(kept / (1 - case.p))


@task("dropout_backward", points=1, about="inputs of zero")
def test_gradient_depends_on_the_mask_and_not_on_the_output(student, rng):
    _, cache = student.dropout_forward(np.zeros((200, 200)), fresh(rng), p=0.3)
    dout = rng.uniform(1, 2, (200, 200))
    require_share(kept_of(student.dropout_backward(dout, cache), dout, 0.3), 0.7, "gradients passed for p = 0.3")


@task("dropout_backward", points=1, about="testing, the extreme probabilities, an empty batch")
def test_gradient_agrees_for_every_mode_and_extreme_probability(student, rng):
    for shape in ((3, 4), (1, 1), (0, 4)):
        x, dout = rng.normal(size=(2, *shape))
        for options, expected in (
            ({"p": 0.4, "training": False}, dout),
            ({"p": 1.0}, np.zeros_like(dout)),
            ({"p": 0.0}, dout),
        ):
            _, cache = student.dropout_forward(x, fresh(rng), **options)
            check(student.dropout_backward(dout, cache), "dx").equals(expected)
