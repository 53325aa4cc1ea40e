"""Maps of a class, overlaps of boxes, one box for each thing.

Requires: torch's weighted sums; overlaps as counted pixel by pixel; the boxes that stay by the definition, ties,
thresholds that are met exactly; float32, none, other layouts in memory, new answers.

Catches: another class's weights, means over places, overlaps of boxes that do not touch, unions that count twice,
boxes that are gone and suppress others, scores that are not sorted.

Expected numbers: live torch.einsum in float64, and counted pixels.
"""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, layouts, task, to_torch
from tests.hidden.architectures.strategies import SEEDS, boxes


@task("class_activation_map", points=2, about="labels, weights and maps of every sign", examples=8)
@given(seed=SEEDS)
def test_maps_agree_with_torch(student, seed):
    rng = np.random.default_rng(seed)
    maps, weight, labels = rng.normal(size=(6, 3, 4, 5)), rng.normal(size=(7, 3)), rng.integers(0, 7, size=6)
    activation = student.class_activation_map.keeping_arguments(maps, weight, labels)
    expected = torch.einsum("nchw,nc->nhw", to_torch(maps), to_torch(weight)[torch.from_numpy(labels)])
    check(activation, "activation").equals(expected)


@task("class_activation_map", points=1, about="float32, other layouts in memory, new answers")
def test_memory_of_maps(student, rng):
    maps, weight, labels = rng.normal(size=(3, 2, 4, 5)), rng.normal(size=(4, 2)), np.array([3, 0, 3])
    expected = torch.einsum("nchw,nc->nhw", to_torch(maps), to_torch(weight[labels]))
    for array, rows in layouts(maps, weight):
        check(student.class_activation_map.returning_new_arrays(array, rows, labels), "activation").equals(expected)
    small = student.class_activation_map(maps.astype(np.float32), weight.astype(np.float32), labels)
    check(small, "activation").has_dtype("float32")
    check(small, "activation").equals(torch.as_tensor(expected).float(), rtol=1e-4, atol=1e-5)


def counted(a, b):
    """Return IoU of boxes with whole corners by counting pixels."""
    pages = []
    for group in (a, b):
        page = np.zeros((len(group), 14, 14), bool)
        for image, (x1, y1, x2, y2) in zip(page, group.astype(int), strict=True):
            image[y1:y2, x1:x2] = True
        pages.append(page)
    first, second = pages[0][:, None], pages[1][None]
    return (first & second).sum((2, 3)) / (first | second).sum((2, 3))


@task("box_iou", points=2, about="boxes that overlap, touch, contain or miss each other", examples=8)
@given(seed=SEEDS)
def test_overlaps_agree_with_counted_pixels(student, seed):
    rng = np.random.default_rng(seed)
    a, b = boxes(rng, 9), boxes(rng, 7)
    check(student.box_iou.keeping_arguments(a, b), "iou").equals(counted(a, b))


@task("box_iou", points=1, about="small boxes, float32, none, other layouts in memory, new answers")
def test_memory_of_overlaps(student, rng):
    a, b = boxes(rng, 5), boxes(rng, 4)
    for first, second in layouts(a, b):
        check(student.box_iou.returning_new_arrays(first, second), "iou").equals(counted(a, b))
    check(student.box_iou(a / 100, b / 100), "iou").equals(counted(a, b))
    small = student.box_iou(a.astype(np.float32), b.astype(np.float32))
    check(small, "iou").has_dtype("float32")
    check(small, "iou").equals(torch.as_tensor(counted(a, b)).float(), rtol=1e-5, atol=1e-6)
    check(student.box_iou(a[:0], b), "iou").has_shape(0, 4)


def kept_by_definition(these, scores, threshold):
    """Return what stays, by looking at every pair."""
    overlaps, gone, kept = counted(these, these), set(), []
    for index in sorted(range(len(these)), key=lambda number: (-scores[number], number)):
        if index not in gone:
            kept.append(index)
            gone |= {other for other in range(len(these)) if overlaps[index, other] > threshold}
    return kept


@task("non_maximum_suppression", points=2, about="every threshold, scores of any order, ties", examples=10)
@given(seed=SEEDS, threshold=st.sampled_from((0.1, 0.25, 0.3, 0.6, 0.75)), ties=st.booleans())
def test_boxes_that_stay_agree_with_the_definition(student, seed, threshold, ties):
    rng = np.random.default_rng(seed)
    these, scores = boxes(rng, 12), rng.permutation(12) / 12
    scores = np.round(scores * 3) / 3 if ties else scores
    kept = student.non_maximum_suppression.keeping_arguments(these, scores, iou_threshold=threshold)
    check(list(np.asarray(kept)), "kept").equals(kept_by_definition(these, scores, threshold))


@task("non_maximum_suppression", points=1, about="an overlap equal to the threshold, chains of boxes, negative scores")
def test_boxes_exactly_at_the_threshold_stay(student, rng):
    these = np.array([[0.0, 0, 4, 2], [0, 0, 2, 2], [1, 0, 5, 2], [2, 0, 6, 2]])
    scores = np.array([0.0, -1, -2, -3]) + float(rng.uniform(-2, 2))
    check(list(np.asarray(student.non_maximum_suppression(these, scores))), "kept").equals([0, 1, 3])
    order = rng.permutation(4)
    kept = student.non_maximum_suppression(these[order], scores[order])
    check(list(order[np.asarray(kept)]), "kept").equals([0, 1, 3])


@task("non_maximum_suppression", points=0.5, about="no boxes, other layouts in memory, new answers")
def test_memory_of_what_stays(student, rng):
    these, scores = boxes(rng, 8), rng.permutation(8) / 8
    expected = kept_by_definition(these, scores, 0.5)
    for first, second in layouts(these, scores):
        check(list(np.asarray(student.non_maximum_suppression.returning_new_arrays(first, second)))).equals(expected)
    check(np.asarray(student.non_maximum_suppression(these[:0], scores[:0])), "kept").has_shape(0)
