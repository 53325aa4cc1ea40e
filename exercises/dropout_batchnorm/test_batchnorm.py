"""Batch norm and layer norm: the handout's worked example, random numbers, and what else is promised.

Expected numbers: by hand, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X, OUT = np.array([[1.0], [3.0], [5.0], [7.0]]), np.array([[-1.0], [1 / 3], [5 / 3], [3.0]])
DOUT, DX = np.array([[9.0], [0.0], [0.0], [0.0]]), np.array([[3.0], [-2.0], [-1.0], [0.0]])
ZERO, ONE, TWO = np.zeros(1), np.ones(1), np.full(1, 2.0)
WEIGHT, BIAS = np.full(4, 2.0), np.ones(4)
SHAPES = ((5, 3), (4, 3, 2, 5))  # columns, and images
OPTIONS = {"momentum": 0.3, "eps": 0.2}
OUTPUTS, GRADIENTS = ("out", "running_mean", "running_var"), ("dx", "dweight", "dbias")


def arrays_for(rng, *shape, dtype=np.float64):
    """Return an input, running statistics, weight and bias; channels have different means and spreads."""
    channels = np.arange(1.0, 4.0).reshape(3, *[1] * (len(shape) - 2))
    x = channels * rng.normal(size=shape) - channels
    arrays = x, rng.normal(size=3), rng.uniform(0.5, 2, 3), rng.normal(size=3), rng.normal(size=3)
    return [array.astype(dtype) for array in arrays]


def batch_norm_of(arrays, **options):
    """Return torch's output with its new running statistics, and its leaves."""
    x, weight, bias = to_torch(arrays[0], *arrays[3:], grad=True)
    mean, var = to_torch(*arrays[1:3])
    out = F.batch_norm(x, mean, var, weight, bias, **options)
    return (out, mean, var), (x, weight, bias)


def require(values, expected, names, **tolerances):
    """Compare several results by name."""
    for value, reference, name in zip(values, expected, names, strict=True):
        check(value, name).equals(reference, **tolerances)


def require_batch_norm(student, arrays, **options):
    """Compare what batch_norm_forward returns, without its cache."""
    out = student.batch_norm_forward.keeping_arguments(*arrays, **options)
    require(out[:3], batch_norm_of(arrays, **options)[0], OUTPUTS)


def require_batch_norm_gradients(student, arrays, dout, *, training, **tolerances):
    """Compare the gradients of a batch norm with those of autograd, in float64 and up to rounding."""
    cache = student.batch_norm_forward(*arrays, training=training, **OPTIONS)[3]
    gradients = student.batch_norm_backward.keeping_arguments(dout, cache)
    (out, *_), leaves = batch_norm_of(arrays, training=training, **OPTIONS)
    require(gradients, torch.autograd.grad(out, leaves, to_torch(dout)), GRADIENTS, **tolerances)


def layer_norm_case(rng, axes, dtype=np.float64):
    """Return an input of three axes, the weight and bias of its last ones, and an upstream gradient."""
    x, dout = 2 * rng.normal(size=(2, 2, 3, 4)) + 3
    return [array.astype(dtype) for array in (x, *rng.normal(size=(2, *x.shape[-axes:])), dout)]


def require_layer_norm_gradients(student, x, weight, bias, dout, **tolerances):
    """Compare the gradients of a layer norm with those of autograd."""
    _, cache = student.layer_norm_forward(x, weight.shape, weight, bias)
    leaves = to_torch(x, weight, bias, grad=True)
    out = F.layer_norm(leaves[0], weight.shape, *leaves[1:])
    expected = torch.autograd.grad(out, leaves, to_torch(dout))
    require(student.layer_norm_backward.keeping_arguments(dout, cache), expected, GRADIENTS, **tolerances)


@task("batch_norm_forward", points=0.5)
def test_training_matches_the_worked_example_of_the_handout(student):
    out, mean, var, _ = student.batch_norm_forward(X, ZERO, ONE, TWO, ONE, training=True, momentum=0.75, eps=4.0)
    check(out, "out").equals(OUT)
    check(mean, "running_mean").equals(np.array([3.0]))
    check(var, "running_var").equals(np.array([5.25]))
    out, mean, var, _ = student.batch_norm_forward(X, 4 * ONE, 5 * ONE, TWO, ONE, eps=4.0)
    check(out, "out when tested").equals(OUT)
    check([mean, var], "running statistics when tested").equals([4 * ONE, 5 * ONE])


@task("batch_norm_forward", points=0.5)
def test_training_agrees_with_torch_for_columns_and_images(student, rng):
    for shape in SHAPES:
        require_batch_norm(student, arrays_for(rng, *shape), training=True, **OPTIONS)
        require_batch_norm(student, arrays_for(rng, *shape), training=True)


@task("batch_norm_forward", points=0.5)
def test_testing_agrees_with_torch_for_columns_images_and_one_example(student, rng):
    for shape in (*SHAPES, (1, 3), (1, 3, 1, 1)):
        require_batch_norm(student, arrays_for(rng, *shape), **OPTIONS)


@task("batch_norm_forward", points=0.25)
def test_training_stays_right_around_a_million_and_in_float32(student, rng):
    require_batch_norm(student, arrays_for(rng, 5, 3, dtype=np.float32), training=True)
    x, *arrays = arrays_for(rng, 6, 3)
    out = student.batch_norm_forward(x + 1e6, *arrays, training=True)[0]
    check(out, "out").equals(batch_norm_of([x + 1e6, *arrays], training=True)[0][0], atol=1e-7)


@task("batch_norm_forward", points=0.25)
def test_one_value_per_channel_is_refused_in_training(student, rng):
    require_batch_norm(student, arrays_for(rng, 1, 3, 1, 2), training=True)
    for shape in ((1, 3), (1, 3, 1, 1)):
        student.batch_norm_forward.refuses(ValueError, *arrays_for(rng, *shape), training=True)


@task("batch_norm_backward", points=0.25)
def test_gradients_of_batch_norm_match_the_worked_example_of_the_handout(student):
    *_, cache = student.batch_norm_forward(X, ZERO, ONE, TWO, ONE, training=True, eps=4.0)
    dx, dweight, dbias = student.batch_norm_backward(DOUT, cache)
    check(dx, "dx").equals(DX)
    check([dweight, dbias], "dweight and dbias").equals([np.array([-9.0]), np.array([9.0])])
    *_, cache = student.batch_norm_forward(X, 4 * ONE, 5 * ONE, TWO, ONE, eps=4.0)
    check(student.batch_norm_backward(DOUT, cache)[0], "dx when tested").equals(DOUT * 2 / 3)


@task("batch_norm_backward", points=0.5)
def test_gradients_of_batch_norm_agree_with_torch_after_training_and_testing(student, rng):
    for shape in SHAPES:
        for training in (True, False):
            arrays, dout = arrays_for(rng, *shape), rng.normal(size=shape)
            require_batch_norm_gradients(student, arrays, dout, training=training)


@task("batch_norm_backward", points=0.25)
def test_batch_norm_sends_float32_back_as_float32(student, rng):
    arrays, dout = arrays_for(rng, 5, 3, dtype=np.float32), rng.normal(size=(5, 3)).astype(np.float32)
    require_batch_norm_gradients(student, arrays, dout, training=True, rtol=1e-3, atol=1e-3)


@task("layer_norm_forward", points=0.25)
def test_layer_norm_matches_the_worked_example_of_the_handout(student):
    check(student.layer_norm_forward(X.T, (4,), WEIGHT, BIAS, eps=4.0)[0], "out").equals(OUT.T)


@task("layer_norm_forward", points=0.5)
def test_layer_norm_agrees_with_torch_over_one_axis_and_several(student, rng):
    for axes, options in ((1, {}), (2, {"eps": 0.5}), (3, {})):
        x, weight, bias, _ = layer_norm_case(rng, axes)
        out, _ = student.layer_norm_forward.keeping_arguments(x, weight.shape, weight, bias, **options)
        check(out, "out").equals(F.layer_norm(to_torch(x), weight.shape, *to_torch(weight, bias), **options))


@task("layer_norm_forward", points=0.25)
def test_layer_norm_stays_in_float32_and_refuses_a_shape_that_does_not_fit(student, rng):
    x, weight, bias, _ = layer_norm_case(rng, 1, np.float32)
    out, _ = student.layer_norm_forward(x, (4,), weight, bias)
    check(out, "out").equals(F.layer_norm(to_torch(x), (4,), *to_torch(weight, bias)))
    for wrong in ((1,), (3, 1)):
        student.layer_norm_forward.refuses(ValueError, x, wrong, np.ones(wrong), np.zeros(wrong))


@task("layer_norm_backward", points=0.25)
def test_gradients_of_layer_norm_match_the_worked_example_of_the_handout(student):
    _, cache = student.layer_norm_forward(X.T, (4,), WEIGHT, BIAS, eps=4.0)
    dx, dweight, dbias = student.layer_norm_backward(DOUT.T, cache)
    check(dx, "dx").equals(DX.T)
    check([dweight, dbias], "dweight and dbias").equals([-DOUT[:, 0], DOUT[:, 0]])


@task("layer_norm_backward", points=0.5)
def test_gradients_of_layer_norm_agree_with_torch_over_one_axis_and_several(student, rng):
    for axes in (1, 2, 3):
        require_layer_norm_gradients(student, *layer_norm_case(rng, axes))


@task("layer_norm_backward", points=0.25)
def test_layer_norm_sends_float32_back_as_float32(student, rng):
    require_layer_norm_gradients(student, *layer_norm_case(rng, 1, np.float32), rtol=1e-3, atol=1e-3)
