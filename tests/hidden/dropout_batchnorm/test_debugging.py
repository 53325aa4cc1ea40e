"""First losses, one batch, ratios of update and weight, dead units, and the faults of recorded trainings.

Requires: the mean cross-entropy and log C, for very large scores too; a training on one batch that ends at the target,
at what is not finite, or after the last step, and leaves its first parameters; lengths of whole matrices and kernels,
in float64; units that are exactly 0 in every example of every batch; every sign of a record that was broken in one
place, by its name and in order. Arguments unchanged, in every memory layout.

Catches: sums instead of means, log 2 for any C, probabilities that round to 0, one step too many or too few, NaN that
counts as learned, parameters changed by a step in place, biases in the list, ratios turned round, squared or by
numbers, overflow of float32, units that are small or seldom active called dead, the mean over a layer's units taken for
the unit, shares of all layers together, NaN overlooked.

Expected numbers: torch in float64, and the definitions. The records are drawn by the secret; what the faults lead to is
read off the records by the definitions, and what a fault must lead to is known besides.
"""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from datasets.broken_runs import record_run
from grader.judge import check, layouts, task, to_torch
from tests.hidden.dropout_batchnorm.strategies import layer_outputs_cases, record_cases, step_cases

PLANTED = {
    "healthy": set(),
    "scores too large": {"first loss"},
    "labels shuffled alone": {"one batch"},
    "rate too small": {"one batch", "updates too small"},
    "rate too large": {"one batch", "updates too large"},
    "biases far below 0": {"dead units"},
}
"""What each fault leads to at least; seen for each of 100 seeds."""


def descent(scale, rate, log):
    """Return a step down a parabola: the loss falls by (1 - rate)^2; it notes how often it was called."""

    def step(params):
        loss = scale * sum(float((w**2).sum()) for w in params)
        log.append(loss)
        return [w - rate * w for w in params], loss

    return step


def scripted(losses):
    """Return a step that adds 1 to all parameters and reports the next loss of a list."""
    left = iter(losses)
    return lambda params: ([w + 1 for w in params], next(left))


@task("first_loss", points=1, about="any number of examples and classes, other layouts in memory")
def test_loss_and_expectation_agree_with_torch(student, rng):
    for examples, classes in ((7, 3), (1, 10), (4, 2), (5, 12)):
        labels = rng.integers(0, classes, examples)
        scores = rng.uniform(0.1, 5) * rng.normal(size=(examples, classes))
        for arranged in (scores, *layouts(scores)):
            loss, expected = student.first_loss.keeping_arguments(arranged, labels)
            check(loss, "loss").equals(F.cross_entropy(to_torch(scores), torch.from_numpy(labels)))
            check(float(expected), "expected").equals(-float(np.log(1 / classes)))


@task("first_loss", points=0.5, about="very large scores, float32")
def test_first_losses_of_very_large_scores_are_finite(student, rng):
    labels = np.array([1, 0, 2])
    for size in (1e4, 800.0):
        scores = np.round(size * rng.normal(size=(3, 4)), 1)
        for dtype in (np.float64, np.float32):
            loss, expected = student.first_loss(scores.astype(dtype), labels)
            reference = F.cross_entropy(to_torch(scores.astype(dtype)), torch.from_numpy(labels))
            check(float(loss), "loss").equals(float(reference), rtol=1e-5)
            check(float(expected), "expected").equals(float(np.log(4)))


@task("overfits_one_batch", points=1, about="trainings that reach the target and others that do not")
@given(case=step_cases())
def test_training_goes_on_until_the_target_is_reached_or_steps_run_out(student, case):
    for rate in (case.rate, 0.0, 2.5):
        calls = []
        learned, losses = student.overfits_one_batch.keeping_arguments(
            descent(case.scale, rate, calls), case.params, target=case.target, max_steps=case.max_steps
        )
        start = case.scale * sum(float((w**2).sum()) for w in case.params)
        curve = [start * (1 - rate) ** (2 * k) for k in range(case.max_steps)]
        steps = next((k + 1 for k, loss in enumerate(curve) if loss <= case.target), case.max_steps)
        check(len(calls), "the number of steps").equals(steps)
        check(list(losses), "losses").equals(curve[:steps])
        check(bool(learned), "learned").equals(curve[steps - 1] <= case.target)


@task("overfits_one_batch", points=0.5, about="the defaults, a loss that meets the target, no steps at all")
def test_defaults_of_a_training_on_one_batch(student, rng):
    for last, steps in ((0.1, 300), (0.1 + 1e-9, 300)):
        losses = [*rng.uniform(0.2, 3, 299).tolist(), last, 0.05]
        learned, run = student.overfits_one_batch(scripted(losses), [rng.normal(size=2)])
        check(list(run), "losses").equals(losses[:steps])
        check(bool(learned), "learned").equals(last <= 0.1)
    learned, run = student.overfits_one_batch(scripted([]), [rng.normal(size=2)], max_steps=0)
    check([learned in (True, False), bool(learned), list(run)], "a truth value, learned, losses").equals(
        [True, False, []]
    )
    target = float(rng.uniform(0.2, 1))
    learned, run = student.overfits_one_batch(scripted([3.0, target, 0.1]), [rng.normal(size=2)], target=target)
    check([bool(learned), list(run)], "learned and losses").equals([True, [3.0, target]])


@task("overfits_one_batch", points=0.5, about="a second training by the same step")
def test_a_second_training_by_the_same_step_has_its_own_losses(student, rng):
    losses, first = rng.uniform(0.2, 3, 6).tolist(), [rng.normal(size=2)]
    step = scripted(losses)
    for expected in (losses[:3], losses[3:]):
        _, run = student.overfits_one_batch(step, first, max_steps=3)
        check(list(run), "losses").equals(expected)


@task("overfits_one_batch", points=0.5, about="losses that are not finite")
def test_a_loss_that_is_not_finite_ends_the_training(student, rng):
    for bad in (float("nan"), float("inf")):
        losses = [*rng.uniform(0.2, 3, 2).tolist(), bad, 0.05, 0.05]
        learned, run = student.overfits_one_batch(scripted(losses), [rng.normal(size=2)], max_steps=5)
        check(list(run), "losses").equals(losses[:3])
        check(bool(learned), "learned").equals(False)


@task("overfits_one_batch", points=0.5, about="a step that trains in place")
def test_first_parameters_outlive_steps_that_train_in_place(student, rng):
    def step(params):
        loss = sum(float(np.abs(w).sum()) for w in params)
        for place in range(len(params)):
            params[place] *= 0.5
        return params, loss

    first = [rng.uniform(1, 2, size=(2, 3)), rng.uniform(1, 2, size=4)]
    total = sum(float(w.sum()) for w in first)
    for most in (3, 6):
        learned, losses = student.overfits_one_batch.keeping_arguments(step, first, target=total / 20, max_steps=most)
        check(list(losses), "losses").equals([total / 2**k for k in range(min(most, 6))])
        check(bool(learned), "learned").equals(most == 6)


def changed(rng, w):
    """Return weights after a step of random size."""
    return w + 10.0 ** rng.uniform(-6, 1) * rng.normal(size=w.shape)


@task("update_ratios", points=1, about="matrices and kernels, other layouts in memory, new answers")
def test_ratios_of_random_steps_agree_with_torch(student, rng):
    for shapes in ([(4, 3), (4,), (2, 3, 5, 1), (2,)], [(3,), (1, 6)], [(5, 1), (2, 4), (3, 2, 2)], [(4,)]):
        before = [rng.uniform(0.1, 3) * rng.normal(size=shape) for shape in shapes]
        after = [changed(rng, w) for w in before]
        weights = [pair for pair in zip(before, after, strict=True) if pair[0].ndim > 1]
        expected = np.array([float(to_torch(new - old).norm() / to_torch(old).norm()) for old, new in weights])
        for arranged in (before, *zip(*(layouts(w) for w in before), strict=True)):
            check(student.update_ratios.returning_new_arrays(list(arranged), after), "ratios").equals(expected)


@task("update_ratios", points=0.5, about="weights of zero")
def test_zeros_that_stay_and_zeros_that_move(student, rng):
    zeros, w = np.zeros((3, 2)), rng.normal(size=(3, 2))
    for before, after, expected in (
        ([zeros, w], [zeros, w], [0.0, 0.0]),
        ([zeros, w, zeros], [w, zeros, zeros], [np.inf, 1.0, 0.0]),
        ([np.zeros(2), w], [np.ones(2), -w], [2.0]),
    ):
        check(student.update_ratios.keeping_arguments(before, after), "ratios").equals(np.array(expected))


@task("update_ratios", points=0.5, about="float32, numbers of every size, lists that do not fit")
def test_ratios_are_computed_in_double_precision(student, rng):
    w = rng.normal(size=(4, 3))
    for size in (1e25, 1e-25, 1.0):
        before = (size * w).astype(np.float32)
        after = (before * np.float32(1.5)).astype(np.float32)
        expected = to_torch(after.astype(np.float64) - before).norm() / to_torch(before.astype(np.float64)).norm()
        check(student.update_ratios([before], [after]), "ratios").equals(expected[None])
    for before, after in (([w, w], [w]), ([w], [w, w])):
        student.update_ratios.refuses(ValueError, before, after)


@task("dead_units", points=1, about="batches of several sizes, an empty one, other layouts in memory")
@given(case=layer_outputs_cases())
def test_units_are_dead_that_are_zero_in_every_example(student, case):
    expected = to_torch(np.concatenate(case)).eq(0).all(dim=0).numpy()
    for arranged in (case, *zip(*(layouts(batch) for batch in case), strict=True)):
        check(student.dead_units.keeping_arguments(list(arranged)), "dead").equals(expected)
    for batch in (case[0], 0 * case[0]):
        got = student.dead_units.returning_new_arrays([batch])
        check(got, "dead").equals(to_torch(batch).eq(0).all(dim=0).numpy())


@task("dead_units", points=0.5, about="units that are negative, tiny or NaN, and no batches")
def test_only_exact_zeros_are_dead(student, rng):
    columns = np.array([0.0, -0.0, -1e-3, 1e-300, np.nan, 1.0])
    for places in (rng.permutation(6), rng.permutation(6)):
        batch = np.zeros((4, 6))
        batch[rng.integers(4)] = columns[places]
        check(student.dead_units([batch]), "dead").equals(np.isin(places, (0, 1)))
        check(student.dead_units([batch.astype(np.float32)]), "dead").equals(np.isin(places, (0, 1, 3)))
    student.dead_units.refuses(ValueError, [])


@task("dead_units", points=0.5, about="many examples of which one counts")
def test_one_example_among_many_brings_a_unit_to_life(student, rng):
    batch = np.zeros((400, 6))
    for units in ([], [2], [2, 4]):
        batch[rng.integers(100, 300), units] = 1.0
        check(student.dead_units([batch]), "dead").equals(~np.isin(np.arange(6), units))


def signs_of(record):
    """Return the signs of a record by their definitions, in torch."""
    scores, labels = to_torch(record["scores"]), torch.from_numpy(record["labels"])
    expected = float(np.log(scores.shape[1]))
    loss = float(F.cross_entropy(scores, labels))
    pairs = [(to_torch(a), to_torch(b)) for a, b in zip(record["before"], record["after"], strict=True) if a.ndim > 1]
    ratios = [float((b - a).norm() / a.norm()) for a, b in pairs]
    dead = [float(to_torch(outs).eq(0).all(dim=0).double().mean()) for outs in record["hidden"]]
    seen = {
        "first loss": not 0.8 * expected <= loss <= 1.2 * expected,
        "one batch": not record["losses"][-1] <= 0.1,
        "updates too small": any(ratio < 1e-5 for ratio in ratios),
        "updates too large": any(not ratio <= 0.5 for ratio in ratios),
        "dead units": any(share > 0.5 for share in dead),
    }
    return [sign for sign, wrong in seen.items() if wrong]


@task("diagnose", points=2, about="trainings that were broken in one place", examples=4)
@given(case=record_cases(tuple(PLANTED)))
def test_signs_of_broken_trainings_are_named_in_order(student, case):
    for fault, seed in case:
        record = record_run(np.random.default_rng(seed), fault)
        signs = signs_of(record)
        check(set(signs) >= PLANTED[fault], f"whether {fault!r} shows").equals(True)
        check(list(student.diagnose.keeping_arguments(record)), f"the signs of {fault!r}").equals(signs)


def healthy(rng):
    """Return a record of a training in which everything is as it should be."""
    before = [rng.normal(size=shape) for shape in ((4, 3), (4,), (6, 4), (6,), (5, 6), (5,))]
    hidden = [rng.uniform(0.1, 1, size=(7, units)) for units in (4, 6)]
    return {
        "scores": 0.01 * rng.normal(size=(7, 5)),
        "labels": rng.integers(0, 5, 7),
        "losses": [1.6, 0.5, 0.1],
        "before": before,
        "after": [w + 1e-3 * rng.normal(size=w.shape) for w in before],
        "hidden": hidden,
    }


def put(arrays, place, array):
    """Return a list of arrays with another one in one place."""
    return [*arrays[:place], array, *arrays[place + 1 :]]


def with_dead(hidden, layer, count):
    """Return the answers of hidden layers in which the first units of one layer are dead."""
    changed = [outs.copy() for outs in hidden]
    changed[layer][:, :count] = 0.0
    return changed


@task("diagnose", points=1, about="one sign at a time, any layer, values at the limits")
def test_each_sign_is_seen_alone_in_any_layer(student, rng):
    good = healthy(rng)
    for place in (0, 2, 4):
        weight = np.full(good["before"][place].shape, 2.0)
        before = put(good["before"], place, weight)
        for factor, signs in (
            (1.5, []),
            (1.6, ["updates too large"]),
            (0.4, ["updates too large"]),
            (1 + 2e-5, []),
            (1 + 5e-6, ["updates too small"]),
            (1.0, ["updates too small"]),
        ):
            record = good | {"before": before, "after": put(good["after"], place, factor * weight)}
            check(list(student.diagnose(record)), "signs").equals(signs)
    weight = np.where(np.arange(12).reshape(4, 3) == 7, 1e5, 0.0)
    for step, signs in ((1.0, []), (0.5, ["updates too small"]), (5e4, []), (6e4, ["updates too large"])):
        after = np.where(weight > 0, weight + step, 0.0)
        record = good | {"before": put(good["before"], 0, weight), "after": put(good["after"], 0, after)}
        check(list(student.diagnose(record)), "signs").equals(signs)
    for layer, half in ((0, 2), (1, 3)):
        for count, signs in ((half, []), (half + 1, ["dead units"])):
            record = good | {"hidden": with_dead(good["hidden"], layer, count)}
            check(list(student.diagnose(record)), "signs").equals(signs)


@task("diagnose", points=0.5, about="first and last losses on either side of their limits, NaN")
def test_losses_at_their_limits_and_nan(student, rng):
    good, nan = healthy(rng), float("nan")
    label = np.eye(5)[good["labels"]]
    after = [w.copy() for w in good["after"]]
    after[2][0, 0] = nan
    for change, signs in (
        ({"scores": 0.35 * label}, []),
        ({"scores": 0.5 * label}, ["first loss"]),
        ({"scores": -0.3 * label}, []),
        ({"scores": -0.5 * label}, ["first loss"]),
        ({"scores": good["scores"] + nan}, ["first loss"]),
        ({"losses": [0.05, 0.11]}, ["one batch"]),
        ({"losses": [0.05, nan]}, ["one batch"]),
        ({"losses": [nan, 0.05]}, []),
        ({"after": after}, ["updates too large"]),
        ({"after": after, "losses": [3.0]}, ["one batch", "updates too large"]),
    ):
        check(list(student.diagnose(good | change)), "signs").equals(signs)
