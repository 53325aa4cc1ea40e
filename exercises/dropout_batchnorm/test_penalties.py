"""Penalties, noise, augmentation, early stopping: numbers by hand, random numbers, and what else is promised.

Expected numbers: by hand, torch with its autograd, and definitions. Chance is told from mistakes by Hoeffding's bound:
the share of n events strays by more than t with a probability of at most 2 exp(-2 n t * t).
"""

from itertools import chain, repeat

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

PARAMS = [np.array([[3.0, -4.0]]), np.array([6.0])]
IMAGE = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
MARK = np.array([0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0])  # the middle row of an image: 1 in its centre, 2 to the right


def fresh(rng):
    """Return a generator for one call: how many numbers the call draws does not matter to the next one."""
    return np.random.default_rng(rng.integers(2**32))


def drawn_params(rng, dtype=np.float64):
    """Return a kernel, a bias, a matrix with a zero, and a bias."""
    params = [rng.normal(size=shape).astype(dtype) for shape in ((2, 3, 5, 1), (2,), (4, 3), (4,))]
    params[2][1, 2] = 0.0
    return params


def require_penalty(function, cost, params, strength):
    """Compare a penalty and its gradients with torch's; biases cost nothing."""
    leaves = to_torch(*params, grad=True)
    expected = strength * sum(cost(leaf) if leaf.ndim > 1 else 0 * leaf.sum() for leaf in leaves)
    penalty, gradients = function.keeping_arguments(params, strength=strength)
    check(float(penalty), "penalty").equals(expected.item(), rtol=1e-6)
    check(list(gradients), "gradients").equals(list(torch.autograd.grad(expected, leaves)))


def shifted(image, down, right):
    """Move one image of 3 x 5 pixels by padding it on one side and cropping it on the other."""
    return F.pad(to_torch(image), (right, -right, down, -down))


def scripted(losses):
    """Return an epoch that adds 1 to all parameters and reports the next loss of a list, or 9 behind its end."""
    left = chain(losses, repeat(9.0))
    return lambda params: ([w + 1 for w in params], next(left))


def falling(rng, end):
    """Return one to four losses above `end`, each smaller than the one before."""
    return (end + np.cumsum(rng.uniform(0.1, 1, rng.integers(1, 5)))[::-1]).tolist()


def stopped(losses, patience):
    """Return the best epoch and how many are run, from the definition."""
    for epochs in range(1, len(losses) + 1):
        best = int(np.argmin(losses[:epochs])) + 1  # the first of equal ones
        if epochs - best >= patience:
            break
    return best, epochs


@task("l1_penalty", points=0.25)
def test_l1_matches_the_worked_example_of_the_handout(student):
    penalty, gradients = student.l1_penalty(PARAMS, strength=0.25)
    check(penalty, "penalty").equals(1.75)
    check(list(gradients), "gradients").equals([np.array([[0.25, -0.25]]), np.zeros(1)])


@task("l1_penalty", points=0.5)
def test_l1_agrees_with_torch_on_kernels_matrices_and_biases(student, rng):
    require_penalty(student.l1_penalty, lambda w: w.abs().sum(), drawn_params(rng), 0.3)


@task("l1_penalty", points=0.25)
def test_gradients_of_l1_stay_in_float32(student, rng):
    require_penalty(student.l1_penalty, lambda w: w.abs().sum(), drawn_params(rng, np.float32), 0.7)


@task("l2_penalty", points=0.25)
def test_l2_matches_the_worked_example_of_the_handout(student):
    penalty, gradients = student.l2_penalty(PARAMS, strength=0.25)
    check(penalty, "penalty").equals(3.125)
    check(list(gradients), "gradients").equals([np.array([[0.75, -1.0]]), np.zeros(1)])


@task("l2_penalty", points=0.5)
def test_l2_agrees_with_torch_on_kernels_matrices_and_biases(student, rng):
    require_penalty(student.l2_penalty, lambda w: (w**2).sum() / 2, drawn_params(rng), 0.3)


@task("l2_penalty", points=0.25)
def test_gradients_of_l2_stay_in_float32(student, rng):
    require_penalty(student.l2_penalty, lambda w: (w**2).sum() / 2, drawn_params(rng, np.float32), 0.7)


@task("soft_threshold", points=0.25)
def test_soft_threshold_matches_the_worked_example_of_the_handout(student):
    after = student.soft_threshold(np.array([[3.0, -4.0, 0.25], [-0.5, 0.0, 1.0]]), amount=0.5)
    check(after, "weight").equals(np.array([[2.5, -3.5, 0.0], [0.0, 0.0, 0.5]]))


@task("soft_threshold", points=0.5)
def test_soft_threshold_agrees_with_torch(student, rng):
    for amount in (0.0, 0.3, 1.5):
        weight = rng.normal(size=(3, 2, 4))
        after = student.soft_threshold.keeping_arguments(weight, amount=amount)
        check(after, "weight").equals(F.softshrink(to_torch(weight), amount))


@task("soft_threshold", points=0.25)
def test_soft_threshold_keeps_float32_and_refuses_a_negative_amount(student, rng):
    weight = rng.normal(size=(4, 3)).astype(np.float32)
    check(student.soft_threshold(weight, amount=0.25), "weight").equals(F.softshrink(to_torch(weight), 0.25))
    student.soft_threshold.refuses(ValueError, weight, amount=-0.1)


@task("max_norm", points=0.25)
def test_max_norm_matches_the_worked_example_of_the_handout(student):
    weight = student.max_norm(np.array([[3.0, 4.0], [0.6, 0.8]]), bound=2.5)
    check(weight, "weight").equals(np.array([[1.5, 2.0], [0.6, 0.8]]))


@task("max_norm", points=0.5)
def test_matrices_and_filters_are_shortened_to_the_bound(student, rng):
    for shape in ((7, 4), (6, 3, 2, 5)):
        lengths = rng.uniform(0.2, 3, (shape[0], *[1] * (len(shape) - 1)))
        weight = lengths * rng.normal(size=shape)
        for bound in (0.5, 4.0):
            expected = torch.renorm(to_torch(weight), 2, 0, bound)  # it adds 1e-7 to every length
            check(student.max_norm.keeping_arguments(weight, bound=bound), "weight").equals(expected, rtol=1e-6)


@task("max_norm", points=0.25)
def test_short_rows_and_rows_of_zeros_stay_as_they_are(student, rng):
    short = np.concatenate([np.zeros((1, 4)), 1e-3 * rng.normal(size=(2, 4))])
    weight = np.concatenate([short, [[3.0, 0.0, -4.0, 0.0]]]).astype(np.float32)
    after = student.max_norm(weight, bound=2.0)
    check(after, "weight").equals(np.concatenate([weight[:3], np.array([[1.2, 0.0, -1.6, 0.0]], np.float32)]))


@task("gaussian_noise", points=0.5)
def test_noise_is_normal_with_its_standard_deviation(student, rng):
    """Of 30,000 normal numbers 68.3 % lie within one standard deviation; chance explains less than 2 %."""
    x = rng.uniform(-5, 5, size=(100, 300))
    for options in ({}, {"std": 0.5}):
        std = options.get("std", 0.1)
        noise = (student.gaussian_noise.keeping_arguments(x, fresh(rng), **options) - x) / std
        square, share = np.mean(noise**2), np.mean(np.abs(noise) < 1)
        check(square, "the mean square of the noise").holds(0.9 < square < 1.1, f"{square * std**2:.3g} for std {std}")
        check(share, "the noise").holds(abs(share - 0.683) < 0.02, f"{share:.1%} within one std, not 68.3 %")
        distinct = len(np.unique(noise.round(11)))
        check(noise, "the noise").holds(distinct > 29900, f"{distinct} different numbers among 30,000")


@task("gaussian_noise", points=0.5)
def test_noise_is_for_training_and_comes_from_the_generator(student, rng):
    x, seed = rng.normal(size=(4, 6)).astype(np.float32), int(rng.integers(2**32))
    check(student.gaussian_noise(x, fresh(rng), std=0.5, training=False), "noisy when tested").equals(x)
    first, again, other = (student.gaussian_noise(x, np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    check(again, "the second answer to the same generator").equals(first)
    check(first, "noisy").has_dtype("float32")
    check(other, "noisy").holds(np.all(first != other), "another generator gave the same noise")
    student.gaussian_noise.refuses(ValueError, x, fresh(rng), std=-0.1)


@task("shift_images", points=0.25)
def test_shifts_of_one_pixel_by_hand(student):
    images = np.concatenate([IMAGE, IMAGE])
    down, left = [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]], [[2.0, 3.0, 0.0], [5.0, 6.0, 0.0]]
    check(student.shift_images(images, np.array([1, 0]), np.array([0, -1])), "shifted").equals(
        np.array([[down], [left]])
    )


@task("shift_images", points=0.5)
def test_shifts_in_all_directions_agree_with_padding_and_cropping(student, rng):
    rows, columns = rng.permutation([-2, -1, 0, 1, 2, -1]), rng.permutation([-4, -3, 2, 1, 0, 3])
    images = rng.normal(size=(6, 2, 3, 5))
    expected = torch.stack([shifted(*case) for case in zip(images, rows.tolist(), columns.tolist(), strict=True)])
    check(student.shift_images.keeping_arguments(images, rows, columns), "shifted").equals(expected)


@task("shift_images", points=0.25)
def test_far_shifts_leave_nothing_and_float32_stays(student, rng):
    images = rng.normal(size=(3, 2, 3, 5)).astype(np.float32)
    after = student.shift_images(images, np.array([3, 0, -7]), np.array([0, -6, 1]))
    check(after, "shifted").equals(np.zeros_like(images))
    none = np.zeros(3, int)
    check(student.shift_images(images, none, none), "shifted by nothing").equals(images)


@task("flip_images", points=0.25)
def test_a_mirrored_image_by_hand(student):
    flipped = student.flip_images(np.concatenate([IMAGE, IMAGE]), np.array([False, True]))
    check(flipped, "flipped").equals(np.concatenate([IMAGE, [[[[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]]]]))


@task("flip_images", points=0.75)
def test_the_chosen_images_are_mirrored_as_by_torch(student, rng):
    for dtype in (np.float64, np.float32):
        images, chosen = rng.normal(size=(5, 2, 3, 4)).astype(dtype), rng.permutation(np.arange(5) < 2)
        expected = torch.where(to_torch(chosen)[:, None, None, None], to_torch(images).flip(3), to_torch(images))
        check(student.flip_images.keeping_arguments(images, chosen), "flipped").equals(expected)


def choices_of(augmented):
    """Return how far down and right every marked image was shifted, and whether it was mirrored."""
    centre, beside = ((augmented == value).reshape(len(augmented), -1).argmax(axis=1) for value in (1, 2))
    return centre // 7 - 2, centre % 7 - 3, beside < centre


def marked(down, right, mirrored):
    """Return the marked images shifted and mirrored, 5 x 7 pixels each."""
    images = np.zeros((len(down), 1, 5, 7))
    number = np.arange(len(down))
    images[number, 0, 2 + down, 3 + right] = 1
    images[number, 0, 2 + down, 3 + right + np.where(mirrored, -1, 1)] = 2
    return images


def require_shares(events, expected, what):
    """Require the share of 2,000 events up to 0.08, which chance alone misses with a probability below 6e-12."""
    share = np.mean(events)
    check(share, "the choices").holds(
        abs(share - expected) < 0.08, f"{share:.3g} of the images {what}, not {expected:.3g}"
    )


@task("augment", points=0.25)
def test_mirrors_all_images_where_that_is_certain(student, rng):
    images = rng.normal(size=(5, 2, 3, 4)).astype(np.float32)
    check(student.augment(images, fresh(rng), reach=0, p=1.0), "augmented").equals(images[..., ::-1].copy())
    check(student.augment(images, fresh(rng), reach=0, p=0.0), "augmented").equals(images)


@task("augment", points=0.5)
def test_every_image_gets_a_shift_and_a_side_by_itself(student, rng):
    none = np.zeros(2000, int)
    for reach, p, options in ((1, 0.5, {}), (2, 0.2, {"reach": 2, "p": 0.2})):
        augmented = student.augment.keeping_arguments(marked(none, none, none > 0), fresh(rng), **options)
        down, right, mirrored = choices_of(augmented)
        check(augmented, "augmented").equals(marked(down, right, mirrored))
        for step in range(-reach, reach + 1):
            require_shares(down == step, 1 / (2 * reach + 1), f"move down by {step}")
            require_shares(right == step, 1 / (2 * reach + 1), f"move right by {step}")
        require_shares(mirrored, p, "are mirrored")
        require_shares(down == right, 1 / (2 * reach + 1), "move as far down as right")
        require_shares(mirrored & (down == reach), p / (2 * reach + 1), f"are mirrored and move down by {reach}")


@task("augment", points=0.25)
def test_choices_come_from_the_generator(student, rng):
    none, seed = np.zeros(200, int), int(rng.integers(2**32))
    images = marked(none, none, none > 0)
    first, again, other = (student.augment(images, np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    check(first, "augmented").equals(marked(*choices_of(first)))
    check(again, "the second answer to the same generator").equals(first)
    differ = np.any(first != other)  # 200 choices of 18 agree with a probability of 18**-200
    check(other, "augmented").holds(differ, "two different generators made the same choices")


@task("early_stopping", points=0.25)
def test_early_stopping_matches_the_worked_example_of_the_handout(student):
    params, best, losses = student.early_stopping(scripted([0.9, 0.5, 0.7, 0.6, 0.1]), [np.zeros(1)], patience=2)
    check(list(losses), "losses").equals([0.9, 0.5, 0.7, 0.6])
    check(best, "best").equals(2)
    check(list(params), "params").equals([np.array([2.0])])


@task("early_stopping", points=0.25)
def test_random_curves_stop_and_return_as_defined(student, rng):
    for patience in (1, 2, 3, 4):
        steps = rng.integers(-2, 3, 14) + np.where(np.arange(14) < 3 * patience, -1, 1)
        losses = (40.0 + np.cumsum(steps)).tolist()
        best, epochs = stopped(losses, patience)
        start = [np.array([0.5, -2.0]), np.zeros((2, 1))]
        params, number, run = student.early_stopping(scripted(losses), start, patience=patience, max_epochs=14)
        check(list(run), "losses").equals(losses[:epochs])
        check(number, "best").equals(best)
        check(list(params), "params").equals([w + best for w in start])


@task("early_stopping", points=0.25)
def test_equal_losses_and_nan_are_not_better_and_patience_is_needed(student, rng):
    nan, first = float("nan"), falling(rng, 1.0)
    for rest, best in (([1.0, 1.0, 1.0, 0.0], len(first) + 1), ([nan, 1.0, nan, nan], len(first) + 2)):
        params, number, run = student.early_stopping(scripted([*first, *rest]), [np.zeros(2)], patience=2)
        check([number, len(run)], "the best epoch and the number of epochs").equals([best, best + 2])
        check(list(params), "params").equals([np.full(2, float(best))])
    student.early_stopping.refuses(ValueError, scripted([1.0, 2.0]), [np.zeros(1)], patience=0)


@task("early_stopping", points=0.25)
def test_later_epochs_do_not_change_the_best_parameters(student, rng):
    losses = [*falling(rng, 1.0), 1.0, 3.0, 4.0]
    left = iter(losses)

    def epoch(params):
        params[0] += 1
        return params, next(left)

    params, best, _ = student.early_stopping.keeping_arguments(epoch, [np.zeros(2)], patience=2)
    check(best, "best").equals(len(losses) - 2)
    check(list(params), "params").equals([np.full(2, len(losses) - 2.0)])
