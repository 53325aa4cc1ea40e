"""What you can check at home: penalties.py on the handout's worked example."""

import numpy as np

from grader.judge import check, task

PARAMS = [np.array([[3.0, -4.0]]), np.array([5.0])]
IMAGE = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])


@task("l1_penalty", points=1)
def test_l1_matches_the_worked_example_of_the_handout(student):
    penalty, gradients = student.l1_penalty(PARAMS, strength=0.5)
    check(penalty, "penalty").equals(3.5)
    check(list(gradients), "gradients").equals([np.array([[0.5, -0.5]]), np.zeros(1)])


@task("l2_penalty", points=1)
def test_l2_matches_the_worked_example_of_the_handout(student):
    penalty, gradients = student.l2_penalty(PARAMS, strength=0.5)
    check(penalty, "penalty").equals(6.25)
    check(list(gradients), "gradients").equals([np.array([[1.5, -2.0]]), np.zeros(1)])


@task("max_norm", points=1)
def test_max_norm_matches_the_worked_example_of_the_handout(student):
    got = student.max_norm(np.array([[3.0, 4.0], [0.6, 0.8]]), bound=2.5)
    check(got, "weight").equals(np.array([[1.5, 2.0], [0.6, 0.8]]))


@task("gaussian_noise", points=1)
def test_noise_has_its_standard_deviation_and_is_for_training(student, rng):
    """The mean square of 30,000 normal numbers strays by more than 10 % with a probability below 1e-28."""
    x = rng.normal(size=(100, 300))
    square = np.mean((student.gaussian_noise(x, rng, std=0.5) - x) ** 2)
    check(square, "the mean square of the noise").holds(0.9 < square / 0.25 < 1.1, f"{square:.3g}, not about 0.25")
    check(student.gaussian_noise(x, rng, std=0.5, training=False), "noisy when tested").equals(x)


@task("shift_images", points=1)
def test_shifts_match_the_worked_example_of_the_handout(student):
    images = np.concatenate([IMAGE, IMAGE])
    got = student.shift_images(images, np.array([1, 0]), np.array([0, -1]))
    check(got, "shifted").equals(np.array([[[[0.0, 0.0], [1.0, 2.0]]], [[[2.0, 0.0], [4.0, 0.0]]]]))


@task("flip_images", points=1)
def test_mirrored_image_matches_the_worked_example_of_the_handout(student):
    got = student.flip_images(np.concatenate([IMAGE, IMAGE]), np.array([False, True]))
    check(got, "flipped").equals(np.concatenate([IMAGE, IMAGE[..., ::-1]]))


@task("augment", points=1)
def test_mirrors_all_images_where_that_is_certain(student, rng):
    images = rng.normal(size=(5, 2, 3, 4))
    check(student.augment(images, rng, reach=0, p=1.0), "augmented").equals(images[..., ::-1].copy())
    check(student.augment(images, rng, reach=0, p=0.0), "augmented").equals(images)


@task("early_stopping", points=1)
def test_early_stopping_matches_the_worked_example_of_the_handout(student):
    given = iter([0.9, 0.5, 0.7, 0.6, 0.1])
    params, best, losses = student.early_stopping(lambda p: ([p[0] + 1], next(given)), [np.zeros(1)], patience=2)
    check(list(losses), "losses").equals([0.9, 0.5, 0.7, 0.6])
    check(best, "best").equals(2)
    check(list(params), "params").equals([np.array([2.0])])
