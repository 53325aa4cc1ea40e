"""Penalties on weights, max-norm, noise, augmentation, early stopping.

Requires: penalties and gradients of matrices and kernels, none of biases; weights moved towards 0 and not beyond; rows
longer than the bound shortened, others left; normal noise of its own for every number, in training alone; shifts that
lose what leaves the image; chosen images mirrored left to right; an augmentation that draws all its choices by itself;
one image and none; the parameters of the best epoch. Arguments unchanged; float32 stays float32.

Catches: biases penalized, a factor 2 at the wrong place, norms instead of squares, strength forgotten, columns or whole
matrices shortened or lengthened, small weights cut off without the large ones moved, or moved beyond 0, variances taken
for standard deviations, shifts that come in again on the other side or go the other way, rows and columns mixed up,
images upside down, one choice for the whole batch, patience counted from the start or off by one, the last network
returned.

Expected numbers: torch.autograd, torch.renorm (which adds 1e-7 to a length, hence 1e-6), torch's pad and flip, and a
definition of early stopping by whole curves. Counts keep Hoeffding's bound and distributions that of Dvoretzky, Kiefer,
Wolfowitz and Massart, each with a false alarm below `RARE`.
"""

from collections import Counter
from itertools import chain, repeat
from statistics import NormalDist

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.dropout_batchnorm.strategies import curve_cases, images_cases, penalty_cases

RARE = 1e-11  # the probability of one false alarm; no test here makes more than a hundred comparisons


def fresh(rng):
    """Return a generator of its own for one call: what a student's code draws does not move the test's on."""
    return np.random.default_rng(rng.integers(2**32))


def room(count):
    """Return how far a share, or a distribution function, may stray among this many independent events."""
    return np.sqrt(np.log(2 / RARE) / (2 * count))


def require_shares(values, expected, what):
    """Require that each possible value is as frequent as it should be, up to chance."""
    counts, size = Counter(values), len(values)
    for value, share in expected.items():
        told = f"{what} {value} happened {counts[value]} times among {size}; it should be about {share * size:.0f}"
        check(values, "the choices").holds(abs(counts[value] / size - share) <= room(size), told)


def require_penalty(function, cost, case):
    """Require the penalty and torch's gradients, for weights with at least two axes."""
    leaves = to_torch(*case.params, grad=True)
    expected = sum(cost(leaf) if leaf.ndim > 1 else 0 * leaf.sum() for leaf in leaves) * case.strength
    penalty, gradients = function.keeping_arguments(case.params, strength=case.strength)
    check(penalty, "penalty").equals(expected)
    check(list(gradients), "gradients").equals(list(torch.autograd.grad(expected, leaves)))


def require_penalty_dtype(function, slope, rng):
    """Require gradients in float32 from float32, and nothing for a network of biases."""
    params = [rng.normal(size=(3, 2)).astype(np.float32), rng.normal(size=3).astype(np.float32)]
    expected = [np.float32(0.3) * slope(params[0]), np.zeros(3, np.float32)]
    for _ in range(2):
        check(list(function.returning_new_arrays(params, strength=0.3)[1]), "gradients").equals(expected)
    penalty, gradients = function([np.ones(3)], strength=0.3)
    check(penalty, "penalty of a bias").equals(0.0)
    check(list(gradients), "gradients of a bias").equals([np.zeros(3)])


@task("l1_penalty", points=1, about="kernels, matrices and biases in any order")
@given(case=penalty_cases())
def test_l1_agrees_with_torch(student, case):
    require_penalty(student.l1_penalty, lambda w: w.abs().sum(), case)


@task("l1_penalty", points=1, about="float32, a network of biases, new answers")
def test_l1_costs_nothing_for_biases_and_stays_in_float32(student, rng):
    require_penalty_dtype(student.l1_penalty, np.sign, rng)


@task("l2_penalty", points=1, about="kernels, matrices and biases in any order")
@given(case=penalty_cases())
def test_l2_agrees_with_torch(student, case):
    require_penalty(student.l2_penalty, lambda w: (w**2).sum() / 2, case)


@task("l2_penalty", points=1, about="float32, a network of biases, new answers")
def test_l2_costs_nothing_for_biases_and_stays_in_float32(student, rng):
    require_penalty_dtype(student.l2_penalty, lambda w: w, rng)


@task("soft_threshold", points=1, about="the minimum that it stands for, several amounts")
def test_the_result_costs_least_of_all_numbers_near_it(student, rng):
    """Soft thresholding minimizes (v - w)^2 / 2 + amount |v| (Daubechies, Defrise, De Mol, 2004, section 1)."""
    for amount in (0.2, 0.7, 2.5):
        weight = rng.uniform(-3, 3, size=(6, 5))
        after = student.soft_threshold.keeping_arguments(weight, amount=amount)
        check(after, "weight").equals(F.softshrink(to_torch(weight), amount))
        others = np.linspace(-3, 3, 601)[:, None, None]
        cost = ((others - weight) ** 2 / 2 + amount * np.abs(others)).min(axis=0)
        got = (after - weight) ** 2 / 2 + amount * np.abs(after)
        check(after, "weight").holds(bool((got <= cost + 1e-12).all()), "another number costs less")


@task("soft_threshold", points=1, about="exact zeros where steps along L1's sign make none")
def test_steps_with_it_end_in_exact_zeros(student, rng):
    """With orthonormal columns the lasso is the threshold of the least squares (Tibshirani, 1996, equation 3)."""
    basis, _ = np.linalg.qr(rng.normal(size=(30, 8)))
    best = np.array([2.0, -1.5, 0.3, -0.2, 0.1, 0.9, -0.05, 0.4])
    target, weight = basis @ best, np.zeros(8)
    for _ in range(60):
        gradient = basis.T @ (basis @ weight - target)
        weight = student.soft_threshold(weight - 0.5 * gradient, amount=0.5 * 0.5)
    check(weight, "the weights after 60 steps").equals(F.softshrink(to_torch(best), 0.5), rtol=1e-9, atol=1e-12)
    check(weight == 0, "which weights are exactly 0").equals(np.abs(best) < 0.5)


@task(
    "soft_threshold",
    points=0.5,
    about="float32, an empty array, amounts that are refused, other layouts in memory, new answers",
)
def test_soft_threshold_keeps_the_dtype_and_refuses_what_moves_away(student):
    student.soft_threshold.refuses(ValueError, np.ones((2, 3)), amount=-1e-3)
    for small in (np.float32([[0.2, -3.0]]), np.zeros((0, 3))):
        for arranged in layouts(small):
            after = student.soft_threshold.returning_new_arrays(arranged, amount=1.0)
            check(after, "weight").equals(F.softshrink(to_torch(small), 1.0))


@task("max_norm", points=1, about="matrices and kernels, several bounds")
def test_rows_that_are_too_long_get_the_bound_as_their_length(student, rng):
    for shape in ((7, 4), (6, 3, 2, 5), (1, 5)):
        weight = rng.uniform(0.2, 3, (shape[0], *[1] * (len(shape) - 1))) * rng.normal(size=shape)
        for bound in (0.5, 2.0, 4.0):
            got = student.max_norm.keeping_arguments(weight, bound=bound)
            check(got, "weight").equals(torch.renorm(to_torch(weight), 2, 0, bound), rtol=1e-6)
            longest = np.linalg.norm(got.reshape(shape[0], -1), axis=1).max()
            check(got, "weight").holds(longest <= bound * (1 + 1e-12), f"a row of length {longest:.12g} for {bound}")


@task("max_norm", points=1, about="short rows, float32, other layouts in memory, new answers")
def test_short_rows_stay_as_they_are_beside_a_long_one(student, rng):
    short = np.concatenate([np.zeros((1, 4)), rng.normal(size=(5, 4)) * 1e-3])
    check(student.max_norm.returning_new_arrays(short, bound=2.0), "weight").equals(short, rtol=0.0, atol=0.0)
    for dtype in ("float64", "float32"):
        weight = np.concatenate([short, [[3.0, 0.0, -4.0, 0.0]]]).astype(dtype)
        for arranged in layouts(weight):
            got = student.max_norm.returning_new_arrays(arranged, bound=2.0)
            check(got[:-1], "the short rows").equals(weight[:-1], rtol=0.0, atol=0.0)
            check(got[-1], "the long row").equals(np.array([1.2, 0.0, -1.6, 0.0], dtype))


def require_normal(noise, std):
    """Require a normal distribution of mean 0, up to chance."""
    ordered, count = np.sort(noise.ravel()), noise.size
    theory = np.array([NormalDist(0, std).cdf(value) for value in ordered.tolist()])
    ranks = np.arange(count)
    gap = max(np.max(theory - ranks / count), np.max((ranks + 1) / count - theory))
    told = f"its distribution is {gap:.3g} away from the normal one with std {std:g}; chance explains {room(count):.2g}"
    check(noise, "the noise").holds(gap <= room(count), told)


@task("gaussian_noise", points=1, about="the distribution of the noise")
def test_noise_is_normal_and_drawn_for_every_number_by_itself(student, rng):
    x = rng.uniform(-5, 5, (50, 200))
    for options in ({}, {"std": 0.5}, {"std": 3.0}):
        noise = student.gaussian_noise.keeping_arguments(x, fresh(rng), **options) - x
        require_normal(noise, options.get("std", 0.1))
        repeated = noise.size - len(np.unique(noise.round(13)))  # by chance about one in a million is
        check(noise, "the noise").holds(repeated < 20, f"{repeated} of {noise.size} numbers are repeated")


@task("gaussian_noise", points=1, about="the generator, testing, an empty batch")
def test_noise_comes_from_the_generator_and_only_in_training(student, rng):
    x, seed = rng.normal(size=(4, 6)), int(rng.integers(2**32))
    first, other = (student.gaussian_noise(x, np.random.default_rng(s)) for s in (seed, seed + 1))
    again = student.gaussian_noise(x, np.random.default_rng(seed), std=0.1, training=True)
    check(again, "the answer to the same generator with the defaults spelled out").equals(first, rtol=0.0, atol=0.0)
    check(other, "noisy").holds(np.all(other != first), "numbers that another generator gave as well")
    for inputs in (x, x[:0]):
        noisy = student.gaussian_noise(inputs, fresh(rng), std=2.0, training=False)
        check(noisy, "noisy").equals(inputs, rtol=0.0, atol=0.0)
    check(student.gaussian_noise(x[:0], fresh(rng)), "noisy").equals(x[:0])


@task("gaussian_noise", points=1, about="float32, a negative standard deviation, other layouts in memory, new answers")
def test_noise_keeps_float32_and_refuses_a_negative_std(student, rng):
    x = rng.normal(size=(3, 4)).astype(np.float32)
    for training in (True, False):
        check(student.gaussian_noise(x, fresh(rng), std=0.3, training=training), "noisy").has_dtype("float32")
    for arranged in layouts(x):
        check(student.gaussian_noise.returning_new_arrays(arranged, fresh(rng), std=0.0), "noisy").equals(x)
    student.gaussian_noise.refuses(ValueError, x, fresh(rng), std=-0.1)


def shifted(image, down, right):
    """Move one image by padding it on one side and cropping it on the other."""
    return F.pad(to_torch(image), (right, -right, down, -down)) if _stays(image, down, right) else 0 * to_torch(image)


def _stays(image, down, right):
    return abs(down) < image.shape[1] and abs(right) < image.shape[2]


@task("shift_images", points=1, about="shifts in all directions, also beyond the border")
@given(case=images_cases())
def test_shifts_agree_with_padding_and_cropping(student, case):
    got = student.shift_images.keeping_arguments(case.images, case.rows, case.columns)
    each = zip(case.images, case.rows.tolist(), case.columns.tolist(), strict=True)
    check(got, "shifted").equals(torch.stack([shifted(*arguments) for arguments in each]))


@task("shift_images", points=1, about="no shift, float32, an empty batch, other layouts in memory, new answers")
def test_no_shift_is_a_copy_in_float32(student, rng):
    images, none = rng.normal(size=(2, 3, 4, 5)).astype(np.float32), np.zeros(2, int)
    for count in (2, 1, 0):
        shifted_by_none = student.shift_images(images[:count], none[:count], none[:count])
        check(shifted_by_none, "shifted").equals(images[:count], rtol=0.0, atol=0.0)
    down = torch.stack([shifted(image, 1, 0) for image in images])
    for arranged in layouts(images):
        check(student.shift_images.returning_new_arrays(arranged, none + 1, none), "shifted").equals(down)


@task(
    "flip_images", points=1, about="any choice of images, float32, an empty batch, other layouts in memory, new answers"
)
@given(case=images_cases())
def test_chosen_images_are_mirrored(student, case):
    images = to_torch(case.images)
    expected = torch.where(to_torch(case.chosen)[:, None, None, None], images.flip(3), images)
    for count in (None, 1, 0):
        flipped = student.flip_images.keeping_arguments(case.images[:count], case.chosen[:count])
        check(flipped, "flipped").equals(expected[:count])
    for arranged in layouts(case.images.astype(np.float32)):
        single = student.flip_images.returning_new_arrays(arranged, case.chosen)
        check(single, "flipped").equals(expected.float())
    none = np.zeros_like(case.chosen)
    check(student.flip_images.returning_new_arrays(case.images, none), "flipped").equals(case.images)


def choices_of(augmented, images, reach):
    """Find which shift and which side each augmented image has; the test fails where there is none."""
    steps = range(-reach, reach + 1)
    found = [None] * len(images)
    for down, right, mirrored in ((d, r, m) for d in steps for r in steps for m in (False, True)):
        source = to_torch(images[..., ::-1] if mirrored else images)
        candidate = F.pad(source, (right, -right, down, -down)).numpy()
        for index in np.flatnonzero((np.abs(candidate - augmented) < 1e-9).all(axis=(1, 2, 3))):
            found[index] = (down, right, mirrored)
    unknown = found.count(None)
    check(augmented, "augmented").holds(unknown == 0, f"{unknown} of {len(images)} images are no shifted ones")
    return found


@task("augment", points=1, about="how often each shift and side comes")
def test_every_image_gets_one_of_all_shifts_and_sides(student, rng):
    images = rng.normal(size=(4000, 1, 5, 4))
    for reach, p, options in ((1, 0.5, {}), (2, 0.2, {"reach": 2, "p": 0.2})):
        augmented = student.augment.keeping_arguments(images, fresh(rng), **options)
        check(augmented, "augmented").has_shape(4000, 1, 5, 4)
        down, right, mirrored = zip(*choices_of(augmented, images, reach), strict=True)
        steps = dict.fromkeys(range(-reach, reach + 1), 1 / (2 * reach + 1))
        require_shares(down, steps, "a shift down by")
        require_shares(right, steps, "a shift right by")
        require_shares(mirrored, {True: p, False: 1 - p}, "mirrored:")


@task("augment", points=1, about="choices that depend on each other")
def test_all_choices_are_independent(student, rng):
    images = rng.normal(size=(4000, 1, 5, 4))
    choices = choices_of(student.augment(images, fresh(rng)), images, 1)
    pairs = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    require_shares([choice[:2] for choice in choices], dict.fromkeys(pairs, 1 / 9), "the shift")
    for axis in (0, 1):
        sided = [(choice[axis], choice[2]) for choice in choices]
        require_shares(sided, {(s, m): 1 / 6 for s in (-1, 0, 1) for m in (True, False)}, "shift and mirroring")


@task("augment", points=1, about="the extreme options, float32, an empty batch, other layouts in memory, new answers")
def test_nothing_and_everything_can_be_asked_for(student, rng):
    images = rng.normal(size=(6, 2, 3, 4)).astype(np.float32)
    for arranged in layouts(images):
        augmented = student.augment.returning_new_arrays(arranged, fresh(rng), reach=0, p=0.0)
        check(augmented, "augmented").equals(images, rtol=0.0, atol=0.0)
    for count in (6, 1, 0):
        mirrored = images[:count, ..., ::-1].copy()
        check(student.augment(images[:count], fresh(rng), reach=0, p=1.0), "augmented").equals(mirrored)


@task("augment", points=1, about="the generator")
def test_augment_draws_from_the_generator_alone(student, rng):
    images, seed = rng.normal(size=(600, 1, 4, 3)), int(rng.integers(2**32))
    first, other = (student.augment(images, np.random.default_rng(s)) for s in (seed, seed + 1))
    choices_of(first, images, 1)
    again = student.augment(images, np.random.default_rng(seed), reach=1, p=0.5)
    check(again, "the answer to the same generator with the defaults spelled out").equals(first, rtol=0.0, atol=0.0)
    differ = np.any(first != other)  # 600 choices of 18 agree with a probability of 18**-600
    check(other, "augmented").holds(differ, "two different generators made the same choices")


def stopped(case):
    """Return the best epoch and how many were run, from the definition."""
    for epochs in range(1, case.max_epochs + 1):
        best = int(np.argmin(case.losses[:epochs])) + 1  # the first of equal ones
        if epochs - best >= case.patience:
            break
    return best, epochs


def scripted(losses):
    """Return an epoch that adds 1 to all parameters and reports the next loss of a list, or 9 behind its end."""
    left = chain(losses, repeat(9.0))
    return lambda params: ([w + 1 for w in params], next(left))


def falling(rng, end):
    """Return one to four losses above `end`, each smaller than the one before."""
    return (end + np.cumsum(rng.uniform(0.1, 1, rng.integers(1, 5)))[::-1]).tolist()


@task("early_stopping", points=1, about="curves that fall and rise, equal losses")
@given(case=curve_cases())
def test_stops_and_returns_as_defined(student, case):
    start, (best, epochs) = [np.array([0.5, -2.0]), np.zeros((2, 1))], stopped(case)
    params, got, losses = student.early_stopping(
        scripted(case.losses), start, patience=case.patience, max_epochs=case.max_epochs
    )
    check(list(losses), "losses").equals(case.losses[:epochs])
    check(got, "best").equals(best)
    check(list(params), "params").equals([w + best for w in start])


@task("early_stopping", points=1, about="the defaults")
def test_defaults_are_a_patience_of_five_and_a_hundred_epochs(student, rng):
    first, start = falling(rng, 3.0), rng.normal(size=2)
    few = len(first) + 1
    for losses, best, epochs in (([*first, 2.0, *[2.5] * 98], few, few + 5), ([-e for e in range(101)], 100, 100)):
        params, got, run = student.early_stopping(scripted([float(loss) for loss in losses]), [start])
        check(got, "best").equals(best)
        check(len(run), "the number of epochs").equals(epochs)
        check(list(params), "params").equals([start + best])


@task("early_stopping", points=1, about="losses that are not a number")
def test_only_a_smaller_loss_is_better(student, rng):
    nan, first, start = float("nan"), falling(rng, 1.0), rng.normal(size=2)
    fallen = len(first)
    for losses, best, epochs in (
        ([*first, nan, 1.0, nan, nan], fallen + 2, fallen + 4),
        ([nan, nan, *first], 0, 2),
        ([nan, *first, nan, nan], fallen + 1, fallen + 3),
    ):
        params, got, run = student.early_stopping(scripted(losses), [start], patience=2)
        check(got, "best").equals(best)
        check(len(run), "the number of epochs").equals(epochs)
        check(list(params), "params").equals([start + best])


@task("early_stopping", points=0.5, about="no patience")
def test_a_patience_below_one_is_refused(student, rng):
    first = falling(rng, 1.0)
    check(student.early_stopping(scripted([*first, 9.0, 0.5]), [np.zeros(1)], patience=1)[1], "best").equals(len(first))
    for options in ({}, {"max_epochs": 3}):
        student.early_stopping.refuses(ValueError, scripted([1.0, 2.0]), [np.zeros(1)], patience=0, **options)


@task("early_stopping", points=0.5, about="an epoch that trains in place")
def test_the_best_parameters_outlive_epochs_that_train_in_place(student, rng):
    losses, start = [*falling(rng, 1.0), 1.0, 3.0, 4.0], rng.normal(size=2)
    fallen = len(losses) - 2
    params, *_ = student.early_stopping(scripted(losses), [start], patience=2)
    check(list(params), "params").equals([start + fallen])
    left = chain(losses, losses)

    def epoch(params):
        params[0] += 1
        return params, next(left)

    for _ in range(2):
        params, best, _ = student.early_stopping.keeping_arguments(epoch, [start], patience=2)
        check(best, "best").equals(fallen)
        check(list(params), "params").equals([start + fallen])
