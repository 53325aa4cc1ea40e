"""What you can check at home: pooling.py on the handout's worked example, and against torch on random images."""

import numpy as np
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[[[1.0, 2.0, 0.0], [3.0, 1.0, 2.0], [0.0, 1.0, 4.0]]]])
DOUT = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])


@task("max_pool2d_forward", points=1)
def test_maxima_match_the_worked_example_and_torch(student, rng):
    check(student.max_pool2d_forward(X, 2, stride=1)[0]).equals(np.array([[[[3.0, 2.0], [3.0, 4.0]]]]))
    x = rng.normal(-2, 1, size=(2, 3, 6, 7))
    check(student.max_pool2d_forward(x, (2, 3), padding=1)[0]).equals(F.max_pool2d(to_torch(x), (2, 3), padding=1))


@task("max_pool2d_backward", points=1)
def test_winners_match_the_worked_example(student):
    _, cache = student.max_pool2d_forward(X, 2, stride=1)
    dx = student.max_pool2d_backward(DOUT, cache)
    check(dx, "dx").equals(np.array([[[[0.0, 2.0, 0.0], [4.0, 0.0, 0.0], [0.0, 0.0, 4.0]]]]))


@task("avg_pool2d_forward", points=1)
def test_means_match_the_worked_example(student):
    check(student.avg_pool2d_forward(X, 2, stride=1)[0]).equals(np.array([[[[1.75, 1.25], [1.25, 2.0]]]]))
    out, _ = student.avg_pool2d_forward(X, 2, padding=1)
    check(out).equals(np.array([[[[0.25, 0.5], [0.75, 2.0]]]]))
    out, _ = student.avg_pool2d_forward(X, 2, padding=1, count_include_pad=False)
    check(out).equals(np.array([[[[1.0, 1.0], [1.5, 2.0]]]]))


@task("avg_pool2d_backward", points=1)
def test_shares_match_the_worked_example(student):
    _, cache = student.avg_pool2d_forward(X, 2, stride=1)
    dx = student.avg_pool2d_backward(DOUT, cache)
    check(dx, "dx").equals(np.array([[[[0.25, 0.75, 0.5], [1.0, 2.5, 1.5], [0.75, 1.75, 1.0]]]]))
    _, cache = student.avg_pool2d_forward(X, 2, padding=1, count_include_pad=False)
    dx = student.avg_pool2d_backward(DOUT, cache)
    check(dx, "dx").equals(np.array([[[[1.0, 1.0, 1.0], [1.5, 1.0, 1.0], [1.5, 1.0, 1.0]]]]))


@task("global_avg_pool2d_forward", points=1)
def test_keeps_the_mean_of_each_channel(student):
    out, _ = student.global_avg_pool2d_forward(np.array([[[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [0.0, 2.0]]]]))
    check(out).equals(np.array([[3.0, 0.5]]))


@task("global_avg_pool2d_backward", points=1)
def test_shares_the_gradient_among_all_pixels(student, rng):
    _, cache = student.global_avg_pool2d_forward(rng.normal(size=(2, 1, 2, 4)))
    dx = student.global_avg_pool2d_backward(np.array([[4.0], [-2.0]]), cache)
    check(dx, "dx").equals(np.array([[[[0.5] * 4] * 2], [[[-0.25] * 4] * 2]]))
