"""Looking for what is wrong with a training: the handout's worked examples, random numbers, and what else is promised.

Expected numbers: by hand, and torch.
"""

import numpy as np
import torch
import torch.nn.functional as F

from datasets.broken_runs import record_run
from grader.judge import check, layouts, task, to_torch


def scripted(losses):
    """Return a step that adds 1 to all parameters and reports the next loss of a list."""
    left = iter(losses)
    return lambda params: ([w + 1 for w in params], next(left))


@task("first_loss", points=0.5)
def test_the_first_loss_matches_the_worked_example_of_the_handout(student):
    loss, expected = student.first_loss(np.array([[0.0, np.log(3), 0.0, np.log(3)]]), np.array([0]))
    check(float(loss), "loss").equals(np.log(8))
    check(float(expected), "expected").equals(np.log(4))


@task("first_loss", points=0.75)
def test_first_losses_of_random_scores_agree_with_torch(student, rng):
    for examples, classes in ((6, 4), (3, 9)):
        scores, labels = 3 * rng.normal(size=(examples, classes)), rng.integers(0, classes, examples)
        for arranged in layouts(scores):
            loss, expected = student.first_loss.keeping_arguments(arranged, labels)
            check(loss, "loss").equals(F.cross_entropy(to_torch(scores), torch.from_numpy(labels)))
            check(float(expected), "expected").equals(float(np.log(classes)))


@task("first_loss", points=0.25)
def test_first_losses_of_scores_of_ten_thousand_are_finite(student, rng):
    labels = np.array([1, 0, 2])
    scores = np.round(1e4 * rng.normal(size=(3, 4)))
    loss, expected = student.first_loss(scores, labels)
    check(loss, "loss").equals(F.cross_entropy(to_torch(scores), torch.from_numpy(labels)))
    check(float(expected), "expected").equals(float(np.log(4)))


@task("overfits_one_batch", points=0.5)
def test_a_batch_is_learned_in_the_worked_example_of_the_handout(student):
    learned, losses = student.overfits_one_batch(scripted([0.9, 0.4, 0.05, 0.01]), [np.zeros(2)])
    check([bool(learned), list(losses)], "learned and losses").equals([True, [0.9, 0.4, 0.05]])


@task("overfits_one_batch", points=1)
def test_training_ends_at_the_target_after_the_last_step_or_with_nan(student, rng):
    falling = np.sort(rng.uniform(0.3, 3, 8))[::-1].tolist()
    nan = float("nan")
    cases = [
        (falling, falling[4], 8, True, 5),
        (falling, 0.2, 6, False, 6),
        ([*falling[:3], nan, 0.1], 0.2, 5, False, 4),
    ]
    for losses, target, most, learned, steps in cases:
        got, run = student.overfits_one_batch(scripted(losses), [np.zeros(2)], target=target, max_steps=most)
        check(len(run), "how many steps were taken").equals(steps)
        check(bool(got), "learned").equals(learned)


@task("overfits_one_batch", points=0.5)
def test_a_step_that_trains_in_place_leaves_the_first_parameters(student, rng):
    def step(params):
        params[0] -= 0.5 * params[0]
        return params, float((params[0] ** 2).sum())

    first = rng.uniform(1, 2, size=(3, 2))
    learned, losses = student.overfits_one_batch.keeping_arguments(step, [first], target=1e-3, max_steps=50)
    expected = [float(0.25 ** (k + 1) * (first**2).sum()) for k in range(len(losses))]
    check(list(losses), "losses").equals(expected)
    check([bool(learned), losses[-1] <= 1e-3], "learned").equals([True, True])


@task("update_ratios", points=0.5)
def test_ratios_match_the_worked_example_of_the_handout(student):
    before = [np.array([[3.0, 4.0]]), np.array([6.0])]
    after = [np.array([[3.0, 4.5]]), np.array([7.0])]
    check(student.update_ratios(before, after), "ratios").equals(np.array([0.1]))


@task("update_ratios", points=1)
def test_ratios_of_matrices_and_kernels_are_those_of_lengths(student, rng):
    before = [rng.normal(size=shape) for shape in ((4, 3), (4,), (2, 3, 5, 1), (2,))]
    after = [w + rng.uniform(1e-4, 1) * rng.normal(size=w.shape) for w in before]
    expected = [(to_torch(new - old).norm() / to_torch(old).norm()) for old, new in zip(before, after, strict=True)]
    got = student.update_ratios.keeping_arguments(before, after)
    check(got, "ratios").equals(torch.stack([expected[0], expected[2]]))
    swapped = student.update_ratios(after[2:], before[2:])
    check(swapped, "ratios").equals((to_torch(before[2] - after[2]).norm() / to_torch(after[2]).norm())[None])


@task("update_ratios", points=0.25)
def test_ratios_of_float32_weights_are_computed_in_float64(student, rng):
    for size in (1e25, 1e-25):
        before = (size * rng.normal(size=(4, 3))).astype(np.float32)
        after = (before * np.float32(rng.uniform(1.1, 3))).astype(np.float32)
        expected = to_torch(after.astype(np.float64) - before).norm() / to_torch(before.astype(np.float64)).norm()
        check(student.update_ratios([before], [after]), "ratios").equals(expected[None])


@task("update_ratios", points=0.25)
def test_ratios_of_zeros_are_zero_or_infinite_and_lists_must_be_equally_long(student, rng):
    zeros, w = np.zeros((2, 3)), rng.normal(size=(2, 3))
    check(student.update_ratios([zeros, zeros, w], [zeros, w, 2 * w]), "ratios").equals(np.array([0, np.inf, 1]))
    student.update_ratios.refuses(ValueError, [w, w], [w])


@task("dead_units", points=0.5)
def test_dead_units_match_the_worked_example_of_the_handout(student):
    batches = [np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])]
    check(student.dead_units(batches), "dead").equals(np.array([True, False, False]))


@task("dead_units", points=1)
def test_a_unit_is_dead_if_it_is_zero_in_all_batches(student, rng):
    batches = [np.maximum(rng.normal(size=(size, 7)), 0) for size in (5, 2, 0)]
    for batch in batches:
        batch[:, 3] = 0.0
    batches[0][:, 5], batches[1][:, 5] = 0.0, [0.0, -1.0]
    batches[0][0], batches[1][0, 0] = [1, 1, 1, 0, 1, 0, 1], 0.0
    batches[0][:, 6], batches[1][:, 6] = 0.0, [1e-300, 0.0]
    for arranged in zip(*(layouts(batch) for batch in batches), strict=True):
        check(student.dead_units(list(arranged)), "dead").equals(np.arange(7) == 3)
    student.dead_units.refuses(ValueError, [])


@task("diagnose", points=0.25)
def test_signs_match_the_example_of_the_docstring(student):
    weights, hidden = [np.array([[3.0, 4.0]])], [np.array([[0.0, 2.0, 0.0]])]
    record = {"scores": np.zeros((1, 2)), "labels": np.array([1]), "losses": [0.7, 0.6], "hidden": hidden}
    signs = student.diagnose(record | {"before": weights, "after": weights})
    check(list(signs), "signs").equals(["one batch", "updates too small", "dead units"])


@task("diagnose", points=0.75)
def test_faults_of_recorded_trainings_are_named(student, rng):
    for fault, signs in (
        ("healthy", []),
        ("scores too large", ["first loss"]),
        ("labels shuffled alone", ["one batch"]),
        ("rate too small", ["one batch", "updates too small"]),
    ):
        check(list(student.diagnose(record_run(rng, fault))), f"the signs of {fault!r}").equals(signs)


def healthy(rng):
    """Return a record in which everything is as it should be: three layers of weights, five examples, two classes."""
    before = [rng.normal(size=shape) for shape in ((4, 3), (4,), (8, 4), (8,), (2, 8), (2,))]
    return {
        "scores": np.zeros((5, 2)),
        "labels": rng.integers(0, 2, 5),
        "losses": [0.7, 0.1],
        "before": before,
        "after": [1.001 * w for w in before],
        "hidden": [rng.uniform(0.1, 1, size=(5, units)) for units in (4, 8)],
    }


@task("diagnose", points=0.5)
def test_losses_are_signs_beyond_their_limits_on_either_side(student, rng):
    good = healthy(rng)
    right = np.eye(2)[good["labels"]]
    for change, signs in (
        ({"scores": 0.25 * right}, []),  # 0.576 where 0.693 is expected
        ({"scores": 0.34 * right}, ["first loss"]),  # 0.538
        ({"scores": -0.2 * right}, []),  # 0.798
        ({"scores": -0.3 * right}, ["first loss"]),  # 0.854
        ({"losses": [0.7, 0.05, 0.2]}, ["one batch"]),
    ):
        check(list(student.diagnose(good | change)), "signs").equals(signs)


@task("diagnose", points=0.25)
def test_updates_and_dead_units_are_signs_in_any_layer(student, rng):
    good = healthy(rng)
    for place, factor, signs in (
        (0, 1 + 5e-6, ["updates too small"]),
        (2, 1 + 5e-6, ["updates too small"]),
        (4, 1 + 2e-5, []),
        (0, 1.4, []),
        (2, 1.6, ["updates too large"]),
        (4, 0.4, ["updates too large"]),
    ):
        after = [factor * w if number == place else 1.001 * w for number, w in enumerate(good["before"])]
        check(list(student.diagnose(good | {"after": after})), "signs").equals(signs)
    for layer, dead, signs in ((0, 3, ["dead units"]), (1, 5, ["dead units"]), (0, 2, []), (1, 4, [])):
        hidden = [outs.copy() for outs in good["hidden"]]
        hidden[layer][:, :dead] = 0.0
        check(list(student.diagnose(good | {"hidden": hidden})), "signs").equals(signs)


@task("diagnose", points=0.25)
def test_each_number_that_is_nan_is_a_sign(student, rng):
    good, nan = healthy(rng), float("nan")
    check(list(student.diagnose(good)), "signs").equals([])
    for change, signs in (
        ({"scores": np.full((5, 2), nan)}, ["first loss"]),
        ({"losses": [0.7, nan]}, ["one batch"]),
        ({"after": [nan * good["before"][0], *good["after"][1:]]}, ["updates too large"]),
    ):
        check(list(student.diagnose(good | change)), "signs").equals(signs)
