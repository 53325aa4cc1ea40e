"""What you can check at home: detection.py on the handout's worked example, and against torch."""

import numpy as np
import torch

from grader.judge import check, task, to_torch


@task("class_activation_map", points=0.5)
def test_a_map_matches_the_worked_example(student):
    maps, weight = np.array([[[[1.0, 0.0]], [[0.0, 2.0]]]]), np.array([[1.0, 1.0], [3.0, -1.0]])
    check(student.class_activation_map(maps, weight, np.array([1])), "activation").equals(np.array([[[3.0, -2.0]]]))


@task("class_activation_map", points=1)
def test_maps_of_three_images_agree_with_torch(student, rng):
    maps, weight, labels = rng.normal(size=(3, 2, 4, 5)), rng.normal(size=(4, 2)), np.array([3, 0, 1])
    expected = torch.einsum("nchw,nc->nhw", to_torch(maps), to_torch(weight[labels]))
    check(student.class_activation_map(maps, weight, labels), "activation").equals(expected)


@task("box_iou", points=0.5)
def test_overlaps_match_the_worked_example(student):
    iou = student.box_iou(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 1, 3, 3], [2, 2, 4, 4], [0, 0, 2, 1]]))
    check(iou, "iou").equals(np.array([[1 / 7, 0, 0.5]]))


@task("box_iou", points=1)
def test_boxes_apart_share_nothing(student, rng):
    width = float(rng.uniform(1, 2))
    a, b = np.array([[0, 0, width, 1], [5, 5, 6, 8]]), np.array([[3.0, 3, 4, 4], [5, 6, 6, 8], [9, 0, 11, 1]])
    check(student.box_iou(a, b), "iou").equals(np.array([[0.0, 0, 0], [0, 2 / 3, 0]]))
    check(student.box_iou(a, a), "iou").equals(np.eye(2))


@task("non_maximum_suppression", points=0.5)
def test_boxes_match_the_worked_example(student):
    boxes = np.array([[0.0, 0, 4, 4], [0, 0, 4, 5], [8, 8, 9, 9]])
    check(list(np.asarray(student.non_maximum_suppression(boxes, np.array([0.6, 0.9, 0.7]))))).equals([1, 2])


@task("non_maximum_suppression", points=1)
def test_a_box_that_is_gone_removes_no_other(student, rng):
    boxes = np.array([[0.0, 0, 4, 2], [1, 0, 5, 2], [2, 0, 6, 2], [0, 0, 2, 2]])
    order = rng.permutation(4)
    kept = student.non_maximum_suppression(boxes[order], np.array([0.9, 0.8, 0.7, 0.6])[order])
    check(list(order[np.asarray(kept)]), "kept").equals([0, 2, 3])
