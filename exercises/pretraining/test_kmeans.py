"""What you can check at home: kmeans.py against torch's distances and means."""

import numpy as np
import torch

from grader.judge import check, task, to_torch


def nearest(x, centers):
    """Return numbers of the nearest centres."""
    return torch.cdist(to_torch(x), to_torch(centers)).argmin(dim=1).numpy()


def lloyd(x, centers, steps):
    """Return centres after so many steps, and their labels."""
    for _ in range(steps):
        labels = nearest(x, centers)
        groups = [to_torch(x)[to_torch(labels) == label] for label in range(len(centers))]
        centers = np.array([g.mean(dim=0).numpy() if len(g) else c for g, c in zip(groups, centers, strict=True)])
    return centers, nearest(x, centers)


@task("kmeans_assign", points=1)
def test_every_example_goes_to_the_nearest_centre(student, rng):
    x, centers = 3 * rng.normal(size=(20, 3)), 3 * rng.normal(size=(5, 3))
    check(student.kmeans_assign.keeping_arguments(x, centers), "labels").equals(nearest(x, centers))
    ties = student.kmeans_assign(np.zeros((1, 2)), np.array([[3.0, 0], [1, 0], [0, 1]]))
    check(ties, "labels").equals(np.array([1]))


@task("kmeans_update", points=1)
def test_centres_move_to_the_means_and_empty_ones_stay(student, rng):
    x, labels, centers = rng.normal(size=(20, 3)), rng.choice((0, 1, 3), 20), rng.normal(size=(4, 3))
    moved = student.kmeans_update.returning_new_arrays(x, labels, centers)
    check(moved[2], "the centre without examples").equals(centers[2])
    for label in np.unique(labels):
        check(moved[label], f"centre {label}").equals(to_torch(x)[to_torch(labels) == label].mean(dim=0))
    check(student.kmeans_update.keeping_arguments(x, labels, centers), "centers").equals(moved)


@task("kmeans", points=1)
def test_each_step_is_an_update_and_an_assignment(student, rng):
    x, seed = 2 * rng.normal(size=(40, 3)), int(rng.integers(2**32))
    begin = student.kmeans(x, 6, np.random.default_rng(seed), max_iterations=0)[0]
    kinds = len({tuple(row) for row in np.asarray(begin)} & {tuple(row) for row in x})
    check(begin, "centers").holds(kinds == 6, f"{kinds} different examples for 6 centres to begin at")
    for steps in (1, 2, 100):
        centers, labels, inertia = student.kmeans(x, 6, np.random.default_rng(seed), max_iterations=steps)
        expected, nearby = lloyd(x, begin, steps)
        check(centers, "centers").equals(expected)
        check(labels, "labels").equals(nearby)
        check(float(inertia), "inertia").equals(float(((x - expected[nearby]) ** 2).sum()))
