"""Where is it? From a network that only says what, to boxes that overlap, to one box for each thing.

A network that ends in the mean over all places has scored every place on its way: leave out the mean, and see which
places spoke for a class. A detector proposes many boxes for one thing. How much two boxes have in common says which
are the same one, and the best of them stays.

References
----------
Zhou, Khosla, Lapedriza, Oliva, Torralba (2016), Learning deep features for discriminative localization.
Girshick, Donahue, Darrell, Malik (2014), Rich feature hierarchies for accurate object detection.
"""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


def class_activation_map(
    maps: Float[Array, "N C H W"], weight: Float[Array, "L C"], labels: Int[Array, "N"]
) -> Float[Array, "N H W"]:
    """Return how much each place speaks for a class: the maps' sum, weighted as the class weights their means.

    The mean of an image's map over its places is the class's score without the bias.

    Parameters
    ----------
    maps : ndarray
        What comes before the global average pooling.
    weight : ndarray
        The last layer's weights, one row for each of L classes.
    labels : ndarray
        For each image, the class that is asked for.

    Returns
    -------
    activation : in the dtype of `maps`. It may be negative: a place may speak against a class.

    Examples
    --------
    >>> maps, weight = np.array([[[[1.0, 0.0]], [[0.0, 2.0]]]]), np.array([[1.0, 1.0], [3.0, -1.0]])
    >>> class_activation_map(maps, weight, np.array([1]))
    array([[[ 3., -2.]]])
    """
    ### BEGIN SOLUTION
    return np.einsum("nchw,nc->nhw", maps, weight[labels])
    ### END SOLUTION


def box_iou(a: Float[Array, "N 4"], b: Float[Array, "M 4"]) -> Float[Array, "N M"]:
    """Return the intersection over union of each box with each other one.

    Parameters
    ----------
    a, b : ndarray
        Boxes (x1, y1, x2, y2) with x1 < x2 and y1 < y2.

    Returns
    -------
    iou : the area that two boxes share, divided by the area that they cover together.

    Examples
    --------
    >>> box_iou(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 1, 3, 3], [2, 2, 4, 4], [0, 0, 2, 1]])).round(3)
    array([[0.143, 0.   , 0.5  ]])
    """
    ### BEGIN SOLUTION
    lower, upper = np.maximum(a[:, None, :2], b[:, :2]), np.minimum(a[:, None, 2:], b[:, 2:])
    shared = np.maximum(upper - lower, 0).prod(axis=2)
    area_a, area_b = ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b))
    return shared / (area_a[:, None] + area_b - shared)
    ### END SOLUTION


def non_maximum_suppression(
    boxes: Float[Array, "N 4"], scores: Float[Array, "N"], *, iou_threshold: float = 0.5
) -> Int[Array, "K"]:
    """Return which boxes stay: the best one, and in turn each that overlaps with none that stays already.

    Parameters
    ----------
    boxes : ndarray
        (x1, y1, x2, y2).
    scores : ndarray
        Of equal ones the first comes first.
    iou_threshold : float
        A box goes if its IoU with a box that stays is *larger* than this.

    Returns
    -------
    kept : indices of the boxes that stay, the best one first.

    Examples
    --------
    >>> boxes = np.array([[0.0, 0, 4, 4], [0, 0, 4, 5], [8, 8, 9, 9]])
    >>> non_maximum_suppression(boxes, np.array([0.6, 0.9, 0.7]))
    array([1, 2])
    """
    ### BEGIN SOLUTION
    overlaps = box_iou(boxes, boxes) > iou_threshold
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if not overlaps[index, kept].any():
            kept.append(int(index))
    return np.array(kept, dtype=np.int64)
    ### END SOLUTION
