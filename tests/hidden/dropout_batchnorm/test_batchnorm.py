"""Batch norm and layer norm, forward and backward, against torch.

Requires: outputs, running statistics and all gradients as torch's, for columns and images, in training and testing;
running statistics returned and not changed in place; one value per channel refused when training, a shape that does not
fit refused by layer norm; one example and none where torch takes them. Arguments unchanged; float32 stays float32.

Catches: eps outside of the root or forgotten, an unbiased variance in the output or a biased one in the running
variance, momentum the wrong way round, running statistics used while training or moved while testing, means over the
wrong axes, gradients that forget the mean or the variance or sum over the wrong axes, a weight that is drawn out of
layer norm's means, x_hat recovered by dividing by a weight of zero, variances as differences of large numbers.

Expected numbers: torch.nn.functional and torch.autograd in float64 with a random upstream gradient.
"""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.dropout_batchnorm.strategies import LayerNormCase, layer_norm_cases, norm_cases

GRADIENTS = ("dx", "dweight", "dbias")


def batch_norm_of(arrays, dout, **options):
    """Return torch's output, its running statistics and the three gradients."""
    x, weight, bias = to_torch(arrays[0], *arrays[3:], grad=True)
    mean, var = to_torch(*arrays[1:3])
    out = F.batch_norm(x, mean, var, weight, bias, **options)
    return (out, mean, var), torch.autograd.grad(out, (x, weight, bias), to_torch(dout))


def layer_norm_of(case, eps):
    """Return torch's output and the three gradients."""
    x, weight, bias = to_torch(case.x, case.weight, case.bias, grad=True)
    out = F.layer_norm(x, weight.shape, weight, bias, eps)
    return out, torch.autograd.grad(out, (x, weight, bias), to_torch(case.dout))


def require(got, expected, names, **tolerances):
    """Compare several results by name."""
    for value, reference, name in zip(got, expected, names, strict=True):
        check(value, name).equals(reference, **tolerances)


def require_outputs(got, expected, **tolerances):
    """Compare what batch_norm_forward returns, without its cache."""
    require(got[:3], expected, ("out", "running_mean", "running_var"), **tolerances)


def require_float32(got, expected):
    """Compare gradients in float32 with those of float64, up to what rounding leaves of sums that cancel."""
    require(got, [gradient.float() for gradient in expected], GRADIENTS, rtol=1e-3, atol=1e-3)


def arrays_for(x, rng):
    """Return all arrays of a batch norm around an input."""
    c = x.shape[1]
    return x, rng.normal(size=c), rng.uniform(0.5, 2, c), rng.normal(size=c), rng.normal(size=c)


@task("batch_norm_forward", points=1, about="training, columns and images, with options and without")
@given(case=norm_cases())
def test_output_and_running_statistics_agree_with_torch_in_training(student, case):
    for options in (case.options, {}):
        got = student.batch_norm_forward.keeping_arguments(*case.arrays, training=True, **options)
        require_outputs(got, batch_norm_of(case.arrays, case.dout, training=True, **options)[0])


@task("batch_norm_forward", points=1, about="testing, columns and images, with options and without")
@given(case=norm_cases())
def test_testing_uses_the_running_statistics_and_leaves_them(student, case):
    for options in (case.options, {}):
        got = student.batch_norm_forward.keeping_arguments(*case.arrays, **options)
        require_outputs(got, batch_norm_of(case.arrays, case.dout, training=False, **options)[0])


@task("batch_norm_forward", points=1, about="several steps of training, then testing")
def test_trains_and_tests_like_a_module_of_torch(student, rng):
    for module, shape in ((torch.nn.BatchNorm1d(3), (5, 3)), (torch.nn.BatchNorm2d(3), (4, 3, 2, 5))):
        module.double()
        x, (mean, var, one, zero) = rng.normal(size=shape) + 2, (np.zeros(3), np.ones(3), np.ones(3), np.zeros(3))
        for _ in range(4):
            x = x * 1.5 - 0.5
            out, mean, var, _ = student.batch_norm_forward(x, mean, var, one, zero, training=True)
            require_outputs((out, mean, var), (module(to_torch(x)), module.running_mean, module.running_var))
        module.eval()
        check(student.batch_norm_forward(x, mean, var, one, zero)[0], "out").equals(module(to_torch(x)))


@task("batch_norm_forward", points=1, about="constant channels, large numbers")
def test_channels_of_any_scale_are_normalized(student, rng):
    x = rng.normal(size=(6, 4))
    x[:, 1] = 7.5
    x[:, 2] += 1e6
    x[:, 3] *= 1e8
    arrays = arrays_for(x, rng)
    got = student.batch_norm_forward(*arrays, training=True)
    require_outputs(got, batch_norm_of(arrays, x, training=True)[0], rtol=1e-6)
    check(got[0][:, 2], "out around a million").equals(batch_norm_of(arrays, x, training=True)[0][0][:, 2], atol=1e-7)


@task("batch_norm_forward", points=1, about="a single example, an empty batch")
def test_small_batches_work_without_training(student, rng):
    for shape in ((1, 3), (1, 3, 1, 1), (0, 3), (0, 3, 2, 4)):
        arrays = arrays_for(rng.normal(size=shape), rng)
        got = student.batch_norm_forward(*arrays)
        require_outputs(got, batch_norm_of(arrays, arrays[0], training=False)[0])


@task("batch_norm_forward", points=1, about="a single value per channel")
def test_refuses_to_train_on_one_value_per_channel(student, rng):
    for one, two in (((1, 3), (2, 3)), ((1, 3, 1, 1), (1, 3, 1, 2))):
        student.batch_norm_forward(*arrays_for(rng.normal(size=two), rng), training=True)
        student.batch_norm_forward.refuses(ValueError, *arrays_for(rng.normal(size=one), rng), training=True)


@task("batch_norm_forward", points=1, about="float32, other layouts in memory, new answers when training", examples=4)
@given(case=norm_cases())
def test_batch_norm_stays_in_float32(student, case):
    arrays, dout = tuple(array.astype(np.float32) for array in case.arrays), case.dout.astype(np.float32)
    for training in (True, False):
        got = student.batch_norm_forward(*arrays, training=training, **case.options)
        require_outputs(got, batch_norm_of(arrays, dout, training=training, **case.options)[0])
    for arranged in layouts(*arrays):
        got = student.batch_norm_forward.returning_new_arrays(*arranged, training=True, **case.options)
        require_outputs(got, batch_norm_of(arrays, dout, training=True, **case.options)[0])


@task("batch_norm_backward", points=2, about="training, columns and images")
@given(case=norm_cases())
def test_gradients_agree_with_torch_in_training(student, case):
    *_, cache = student.batch_norm_forward(*case.arrays, training=True, **case.options)
    for dout in (case.dout, np.flip(case.dout).copy()):
        got = student.batch_norm_backward.keeping_arguments(dout, cache)
        require(got, batch_norm_of(case.arrays, dout, training=True, **case.options)[1], GRADIENTS)


@task("batch_norm_backward", points=1, about="testing, a single example, an empty batch")
@given(case=norm_cases())
def test_gradients_agree_with_torch_when_tested(student, case):
    for rows in (None, 1, 0):
        arrays, dout = (case.arrays[0][:rows], *case.arrays[1:]), case.dout[:rows]
        *_, cache = student.batch_norm_forward(*arrays, **case.options)
        got = student.batch_norm_backward.keeping_arguments(dout, cache)
        require(got, batch_norm_of(arrays, dout, training=False, **case.options)[1], GRADIENTS)


@task("batch_norm_backward", points=1, about="constant channels, large numbers")
def test_gradients_stay_right_for_channels_of_any_scale(student, rng):
    x = rng.normal(size=(6, 4))
    x[:, 1] = 7.5
    x[:, 2] *= 1e4
    arrays, dout = arrays_for(x, rng), rng.normal(size=x.shape)
    *_, cache = student.batch_norm_forward(*arrays, training=True)
    require(
        student.batch_norm_backward(dout, cache),
        batch_norm_of(arrays, dout, training=True)[1],
        GRADIENTS,
        rtol=1e-7,
        atol=1e-10,
    )


@task("layer_norm_forward", points=1, about="one axis and several, with eps and without")
@given(case=layer_norm_cases())
def test_layer_norm_agrees_with_torch(student, case):
    for options in ({"eps": case.eps}, {}):
        out, _ = student.layer_norm_forward.keeping_arguments(*case.arguments, **options)
        check(out, "out").equals(layer_norm_of(case, options.get("eps", 1e-5))[0])


@task("layer_norm_forward", points=1, about="equal features, large numbers, an empty batch")
def test_layer_norm_stays_right_for_features_of_any_scale(student, rng):
    one, zero = rng.normal(size=(2, 5))
    equal, large = np.repeat(rng.normal(size=(3, 1)), 5, axis=1), rng.normal(size=(3, 5)) + 1e6
    single = rng.normal(size=(3, 1))
    for x, weight, bias in (
        (equal, one, zero),
        (large, one, zero),
        (single, one[:1], zero[:1]),
        (large[:1], one, zero),
        (large[0], one, zero),
        (large[:0], one, zero),
    ):
        out, _ = student.layer_norm_forward(x, weight.shape, weight, bias)
        expected = F.layer_norm(to_torch(x), weight.shape, to_torch(weight), to_torch(bias))
        check(out, "out").equals(expected, atol=1e-8)


@task("layer_norm_forward", points=1, about="float32, other layouts in memory, new answers", examples=4)
@given(case=layer_norm_cases())
def test_layer_norm_stays_in_float32(student, case):
    x, weight, bias = (a.astype(np.float32) for a in (case.x, case.weight, case.bias))
    for arranged, *affine in layouts(x, weight, bias):
        out, _ = student.layer_norm_forward.returning_new_arrays(arranged, weight.shape, *affine)
        check(out, "out").equals(F.layer_norm(to_torch(x), weight.shape, *to_torch(weight, bias)))


@task("layer_norm_forward", points=1, about="shapes that do not fit")
def test_refuses_a_shape_that_x_does_not_end_in(student, rng):
    x = rng.normal(size=(2, 3, 4))
    for fits, wrong in (((4,), (1,)), ((3, 4), (1, 4)), ((3, 4), (3, 1))):
        student.layer_norm_forward(x, fits, np.ones(fits), np.zeros(fits))
        student.layer_norm_forward.refuses(ValueError, x, wrong, np.ones(wrong), np.zeros(wrong))


@task("layer_norm_backward", points=2, about="one axis and several")
@given(case=layer_norm_cases())
def test_gradients_of_layer_norm_agree_with_torch(student, case):
    _, cache = student.layer_norm_forward(*case.arguments, eps=case.eps)
    for dout in (case.dout, np.flip(case.dout).copy()):
        case_of_dout = type(case)(case.x, case.weight, case.bias, dout, case.eps)
        got = student.layer_norm_backward.keeping_arguments(dout, cache)
        require(got, layer_norm_of(case_of_dout, case.eps)[1], GRADIENTS)


def require_layer_norm_gradients(student, x, weight, bias, dout):
    """Compare the gradients of a layer norm over one axis with torch's."""
    case = LayerNormCase(x, weight, bias, dout, 1e-5)
    _, cache = student.layer_norm_forward(*case.arguments)
    require(student.layer_norm_backward(dout, cache), layer_norm_of(case, 1e-5)[1], GRADIENTS, rtol=1e-8)


@task("layer_norm_backward", points=0.5, about="equal features, weights of zero")
def test_gradients_of_layer_norm_stay_right_for_special_features(student, rng):
    x, dout = rng.normal(size=(2, 3, 5))
    x[1], x[2] = 4.0, 1e4 * x[2]
    weight, bias = rng.normal(size=(2, 5))
    weight[2] = 0.0
    require_layer_norm_gradients(student, x, weight, bias, dout)


@task("layer_norm_backward", points=0.5, about="a single example, an empty batch, a single feature")
def test_gradients_of_layer_norm_exist_for_any_number_of_examples(student, rng):
    x, dout = rng.normal(size=(2, 3, 5))
    weight, bias = rng.normal(size=(2, 5))
    for part in (np.s_[:1], np.s_[0], np.s_[:0], np.s_[:2, :1]):
        size = x[part].shape[-1]
        require_layer_norm_gradients(student, x[part], weight[:size], bias[:size], dout[part])


@task("batch_norm_backward", points=1, about="float32, other layouts in memory, new answers", examples=4)
@given(case=norm_cases())
def test_gradients_of_batch_norm_stay_in_float32(student, case):
    arrays, dout = tuple(array.astype(np.float32) for array in case.arrays), case.dout.astype(np.float32)
    for training in (True, False):
        cache = student.batch_norm_forward(*arrays, training=training, **case.options)[3]
        expected = batch_norm_of(case.arrays, case.dout, training=training, **case.options)[1]
        for arranged in layouts(dout):
            require_float32(student.batch_norm_backward.returning_new_arrays(arranged, cache), expected)


@task("layer_norm_backward", points=1, about="float32, other layouts in memory, new answers", examples=4)
@given(case=layer_norm_cases())
def test_gradients_of_layer_norm_stay_in_float32(student, case):
    x, weight, bias, dout = (a.astype(np.float32) for a in (case.x, case.weight, case.bias, case.dout))
    _, cache = student.layer_norm_forward(x, weight.shape, weight, bias)
    for arranged in layouts(dout):
        got = student.layer_norm_backward.returning_new_arrays(arranged, cache)
        require_float32(got, layer_norm_of(case, 1e-5)[1])
