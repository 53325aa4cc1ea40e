"""k-means against distances and means by torch.

Requires: the nearest centre by torch.cdist, of ties the first; means by a scatter, empty groups that stay; the whole
algorithm, step by step from where it begins: different examples from the generator, labels that belong to the returned
centres, the sum of squared distances, an end where nothing moves.

Catches: distances along the wrong axis, the farthest centre, empty centres that become NaN or 0, labels of the step
before, distances that are not squared or averaged, two centres at one example, one step too many or too few.

Expected numbers: live torch in float64.
"""

import numpy as np
import torch
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.pretraining.strategies import groups, groups_cases


def nearest(x, centers):
    """Return numbers of the nearest centres."""
    return torch.cdist(x, centers, compute_mode="donot_use_mm_for_euclid_dist").argmin(dim=1)


def means(x, labels, centers):
    """Return means of the groups, and the old centres of empty ones."""
    index = labels[:, None].expand_as(x)
    return centers.scatter_reduce(0, index, x, reduce="mean", include_self=False)


@task("kmeans_assign", points=1, about="several sizes, nothing changed in place", examples=6)
@given(case=groups_cases())
def test_labels_agree_with_torch(student, case):
    labels = student.kmeans_assign.keeping_arguments(case.x, case.centers)
    check(labels, "labels").equals(nearest(to_torch(case.x), to_torch(case.centers)))


@task("kmeans_assign", points=0.5, about="ties, far away from the origin")
def test_ties_go_to_the_first_centre(student, rng):
    middle = rng.integers(-5, 5, size=3).astype(float)
    centers = middle + np.array([[9.0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0]])
    x = middle + np.array([[0.0, 0, 0], [8, 0, 0], [-3, 0, 0], [0, 5, 0]])
    check(student.kmeans_assign(x, centers), "labels").equals(np.array([1, 0, 2, 3]))
    case = groups(rng)
    far = student.kmeans_assign(case.x + 1e5, case.centers + 1e5)
    check(far, "labels").equals(nearest(to_torch(case.x + 1e5), to_torch(case.centers + 1e5)))


@task("kmeans_assign", points=0.5, about="float32, arrays in another memory layout, new answers")
def test_memory_and_dtype_of_labels(student, rng):
    for dtype in (np.float64, np.float32):
        case = groups(rng, dtype=dtype)
        for x, centers in layouts(case.x, case.centers):
            labels = student.kmeans_assign.returning_new_arrays(x, centers)
            check(labels, "labels").equals(nearest(to_torch(case.x), to_torch(case.centers)))


@task("kmeans_update", points=1, about="several sizes, nothing changed in place", examples=6)
@given(case=groups_cases())
def test_centres_move_to_the_means(student, case):
    labels = nearest(to_torch(case.x), to_torch(case.centers))
    moved = student.kmeans_update.keeping_arguments(case.x, labels.numpy(), case.centers)
    check(moved, "centers").equals(means(to_torch(case.x), labels, to_torch(case.centers)))


@task("kmeans_update", points=0.5, about="groups without examples")
def test_empty_groups_stay_where_they_are(student, rng):
    case = groups(rng)
    for labels in (np.full(23, 2), rng.choice((0, 3), 23)):
        moved = student.kmeans_update(case.x, labels, case.centers)
        check(moved, "centers").equals(means(*map(to_torch, (case.x, labels, case.centers))))


@task("kmeans_update", points=0.5, about="float32, arrays in another memory layout, new answers")
def test_memory_and_dtype_of_centres(student, rng):
    for dtype in (np.float64, np.float32):
        case, labels = groups(rng, dtype=dtype), rng.integers(0, 3, 23)
        expected = means(*map(to_torch, (case.x, labels, case.centers)))
        for x, numbers, centers in layouts(case.x, labels, case.centers):
            check(student.kmeans_update.returning_new_arrays(x, numbers, centers), "centers").equals(expected)


def continued(x, centers, steps):
    """Return where centres are after so many steps by torch, with labels and inertia."""
    x, centers = to_torch(x), to_torch(centers)
    for _ in range(steps):
        centers = means(x, nearest(x, centers), centers)
    labels = nearest(x, centers)
    return centers, labels, float(((x - centers[labels]) ** 2).sum())


def compare(answer, expected):
    for name, got, wanted in zip(("centers", "labels"), answer[:2], expected[:2], strict=True):
        check(got, name).equals(wanted)
    check(float(answer[2]), "inertia").equals(expected[2], rtol=1e-5)


@task("kmeans", points=1, about="where it begins, the generator")
def test_centres_begin_at_different_examples(student, rng):
    x, k = rng.normal(size=(9, 2)), 7
    begins = []
    for seed in rng.integers(2**32, size=4):
        answer = student.kmeans(x, k, np.random.default_rng(seed), max_iterations=0)
        distances = torch.cdist(to_torch(answer[0]), to_torch(x))
        examples = distances.argmin(dim=1)
        check(answer[0], "centers").equals(x[examples.numpy()])
        kinds = len(examples.unique())
        check(answer[0], "centers").holds(kinds == k, f"{kinds} different examples for {k} centres")
        compare(answer, continued(x, answer[0], 0))
        begins.append(tuple(sorted(examples.tolist())))
        again = student.kmeans(x, k, np.random.default_rng(seed), max_iterations=0)
        check(again[0], "centers of the same generator").equals(answer[0])
    check(begins, "the beginnings").holds(len(set(begins)) > 1, "every generator begins at the same examples")


@task("kmeans", points=2, about="every step, the end, nothing changed in place")
def test_assignment_and_update_follow_each_other_to_the_end(student, rng):
    x, seed = groups(rng, 60, 3, 5).x, int(rng.integers(2**32))
    centers = student.kmeans(x, 5, np.random.default_rng(seed), max_iterations=0)[0]
    for steps in (1, 2, 3, 100):
        answer = student.kmeans.keeping_arguments(x, 5, np.random.default_rng(seed), max_iterations=steps)
        compare(answer, continued(x, centers, steps))
    compare(student.kmeans(x, 5, np.random.default_rng(seed)), continued(x, centers, 100))


@task("kmeans", points=0.5, about="float32, arrays in another memory layout, new answers")
def test_memory_and_dtype_of_the_groups(student, rng):
    for dtype in (np.float64, np.float32):
        x, seed = groups(rng, 20, 2, 3, dtype).x, int(rng.integers(2**32))
        centers = student.kmeans(x, 3, np.random.default_rng(seed), max_iterations=0)[0]
        for array in layouts(x):
            answer = student.kmeans.returning_new_arrays(array, 3, np.random.default_rng(seed), max_iterations=2)
            compare(answer, continued(x, centers, 2))
