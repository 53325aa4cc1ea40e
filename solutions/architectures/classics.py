"""How far a unit sees, and how many numbers a network learns.

Both are answers that a plan of the layers gives, without an image and without a weight. A unit of the first layer
sees a kernel's width. A unit further up sees more, and each stride makes all later kernels wider. Parameters are
counted layer by layer: few in a convolution however large the image, most of them in the linear layers at the end.

References
----------
Krizhevsky, Sutskever, Hinton (2012), ImageNet classification with deep convolutional neural networks.
Simonyan, Zisserman (2015), Very deep convolutional networks for large-scale image recognition, section 2.3.
Araujo, Norris, Sim (2019), Computing receptive fields of convolutional neural networks.
"""

from collections.abc import Sequence
from typing import Any

Plan = Sequence[tuple[Any, ...]]
"""Layers in their order; each is a tuple of its kind and its sizes."""


def receptive_field(layers: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Return how many pixels in a row a unit after these layers depends on, and how far apart two neighbours look.

    Before the first layer a unit sees itself, and its neighbour is one pixel away. A layer whose kernel has K numbers,
    with dilation d, adds (K - 1) * d times the distance of its inputs. Its stride multiplies the distance.

    Parameters
    ----------
    layers : sequence of (kernel_size, stride, dilation)
        Convolutions and poolings, first to last.

    Returns
    -------
    size : int
    jump : int

    Examples
    --------
    Three kernels of 3 see as much as one of 7; a pooling in between makes them see more.

    >>> receptive_field([(3, 1, 1), (3, 1, 1), (3, 1, 1)])
    (7, 1)
    >>> receptive_field([(3, 1, 1), (2, 2, 1), (3, 1, 1)])
    (8, 2)
    """
    ### BEGIN SOLUTION
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += (kernel_size - 1) * dilation * jump
        jump *= stride
    return size, jump
    ### END SOLUTION


def count_parameters(plan: Plan, in_channels: int) -> int:
    """Return how many numbers a network learns.

    A plan has these layers, of which some have plans within them:

        ("conv", filters, kernel_size, groups)   square filters and a bias each, in groups of channels
        ("norm",)                                a scale and a shift for each channel
        ("flatten", pixels)                      nothing; channels become channels * pixels features
        ("linear", features)                     weights and a bias each
        ("add", plan, plan)                      both take the same input; the results are added
        ("concatenate", plan, plan, ...)         all take the same input; their channels stand behind one another

    A convolution directly before a norm, in the same plan, has no bias: the norm subtracts the mean. An empty plan
    hands on its input. What learns nothing (ReLU, pooling, dropout) is not in a plan.

    Parameters
    ----------
    plan : sequence of tuples
    in_channels : int

    Returns
    -------
    count : int

    Raises
    ------
    ValueError
        The groups divide the channels or the filters with a remainder; or the plans that are added give different
        numbers of channels.

    References
    ----------
    He, Zhang, Ren, Sun (2016), Deep residual learning for image recognition; Huang and others (2017), Densely connected
    convolutional networks.

    Examples
    --------
    >>> count_parameters([("conv", 8, 3, 1), ("flatten", 16), ("linear", 10)], 3)
    1514
    >>> count_parameters([("concatenate", [("conv", 4, 1, 1)], []), ("linear", 1)], 2)
    19
    """
    ### BEGIN SOLUTION
    return _count(plan, in_channels)[0]
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def _count(plan: Plan, channels: int) -> tuple[int, int]:
    """Return parameters and channels after a plan."""
    count = 0
    for (kind, *sizes), (follower, *_) in zip(plan, [*plan[1:], ("end",)], strict=False):
        if kind in {"add", "concatenate"}:
            more, channels = _count_branches(kind, sizes, channels)
        elif kind == "flatten":
            more, channels = 0, channels * sizes[0]
        elif kind == "norm":
            more = 2 * channels
        elif kind == "linear":
            more, channels = (channels + 1) * sizes[0], sizes[0]
        else:
            more, channels = _count_filters(sizes, channels, bias=follower != "norm"), sizes[0]
        count += more
    return count, channels


def _count_branches(kind: str, plans: list[Plan], channels: int) -> tuple[int, int]:
    """Return parameters and channels of plans that take the same input."""
    counts, widths = zip(*[_count(plan, channels) for plan in plans], strict=True)
    if kind == "concatenate":
        return sum(counts), sum(widths)
    if len(set(widths)) > 1:
        raise ValueError(f"{widths} channels cannot be added")
    return sum(counts), widths[0]


def _count_filters(sizes: list[int], channels: int, *, bias: bool) -> int:
    """Return the parameters of a convolution."""
    filters, kernel_size, groups = sizes
    if channels % groups or filters % groups:
        raise ValueError(f"{groups} groups do not divide {channels} channels and {filters} filters")
    return filters * (channels // groups * kernel_size**2 + bias)


### END SOLUTION ONLY
