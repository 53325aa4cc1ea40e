"""Your own tests of `conv_output_size`, beside a right version and three wrong ones.

The wrong ones are no secret: their names say what is wrong with them. After submission your tests meet others.
"""

import torch
import torch.nn.functional as F

from grader.judge import task
from grader.judge.written_tests import Examiner


def right(size, kernel_size, *, stride=1, padding=0, dilation=1):
    """Count as torch does."""
    image, kernel = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size)
    try:
        return F.conv1d(image, kernel, stride=stride, padding=padding, dilation=dilation).shape[2]
    except RuntimeError:
        raise ValueError("the window does not fit") from None


def a_stride_that_is_ignored(size, kernel_size, *, stride=1, padding=0, dilation=1):
    """Take every step as one pixel."""
    return right(size, kernel_size, padding=padding, dilation=dilation)


def padding_that_is_ignored(size, kernel_size, *, stride=1, padding=0, dilation=1):
    """Leave the frame out."""
    return right(size, kernel_size, stride=stride, dilation=dilation)


def one_stop_too_many(size, kernel_size, *, stride=1, padding=0, dilation=1):
    """Count one more."""
    return right(size, kernel_size, stride=stride, padding=padding, dilation=dilation) + 1


VERSIONS = Examiner("conv_output_size", right, public=True)


@task("test_conv_output_size", points=0.25)
def test_your_tests_catch_a_stride_that_is_ignored(student):
    VERSIONS.require_caught(student, a_stride_that_is_ignored)


@task("test_conv_output_size", points=0.25)
def test_your_tests_catch_padding_that_is_ignored(student):
    VERSIONS.require_caught(student, padding_that_is_ignored)


@task("test_conv_output_size", points=0.25)
def test_your_tests_catch_one_stop_too_many(student):
    VERSIONS.require_caught(student, one_stop_too_many)
