"""What you can check at home: batchnorm.py on the handout's worked example, and images against torch."""

import numpy as np
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X, OUT = np.array([[1.0], [3.0], [5.0], [7.0]]), np.array([[-1.0], [1 / 3], [5 / 3], [3.0]])
DOUT, DX = np.array([[9.0], [0.0], [0.0], [0.0]]), np.array([[3.0], [-2.0], [-1.0], [0.0]])
ZERO, ONE, TWO = np.zeros(1), np.ones(1), np.full(1, 2.0)
WEIGHT, BIAS = np.full(4, 2.0), np.ones(4)


@task("batch_norm_forward", points=1)
def test_training_matches_the_worked_example_of_the_handout(student):
    out, mean, var, _ = student.batch_norm_forward(X, ZERO, ONE, TWO, ONE, training=True, momentum=0.75, eps=4.0)
    check(out, "out").equals(OUT)
    check(mean, "running_mean").equals(np.array([3.0]))
    check(var, "running_var").equals(np.array([5.25]))
    out, mean, var, _ = student.batch_norm_forward(X, 4 * ONE, 5 * ONE, TWO, ONE, eps=4.0)
    check(out, "out when tested").equals(OUT)
    check([mean, var], "running statistics when tested").equals([4 * ONE, 5 * ONE])


@task("batch_norm_forward", points=1)
def test_channels_of_images_agree_with_torch(student, rng):
    x, mean, var = rng.normal(size=(4, 3, 2, 5)), np.zeros(3), np.ones(3)
    weight, bias = rng.normal(size=(2, 3))
    out, *_ = student.batch_norm_forward(x, mean, var, weight, bias, training=True)
    check(out, "out").equals(F.batch_norm(*to_torch(x, mean, var, weight, bias), training=True))


@task("batch_norm_backward", points=1)
def test_gradients_of_batch_norm_match_the_worked_example_of_the_handout(student):
    *_, cache = student.batch_norm_forward(X, ZERO, ONE, TWO, ONE, training=True, eps=4.0)
    dx, dweight, dbias = student.batch_norm_backward(DOUT, cache)
    check(dx, "dx").equals(DX)
    check([dweight, dbias], "dweight and dbias").equals([np.array([-9.0]), np.array([9.0])])
    *_, cache = student.batch_norm_forward(X, 4 * ONE, 5 * ONE, TWO, ONE, eps=4.0)
    check(student.batch_norm_backward(DOUT, cache)[0], "dx when tested").equals(DOUT * 2 / 3)


@task("layer_norm_forward", points=1)
def test_layer_norm_matches_the_worked_example_of_the_handout(student):
    check(student.layer_norm_forward(X.T, (4,), WEIGHT, BIAS, eps=4.0)[0], "out").equals(OUT.T)


@task("layer_norm_backward", points=1)
def test_gradients_of_layer_norm_match_the_worked_example_of_the_handout(student):
    _, cache = student.layer_norm_forward(X.T, (4,), WEIGHT, BIAS, eps=4.0)
    dx, dweight, dbias = student.layer_norm_backward(DOUT.T, cache)
    check(dx, "dx").equals(DX.T)
    check([dweight, dbias], "dweight and dbias").equals([-DOUT[:, 0], DOUT[:, 0]])
