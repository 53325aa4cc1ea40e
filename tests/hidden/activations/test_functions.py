"""functions.py against torch: every activation and every gradient, element by element.

Requires what torch promises of each function, its option and its default; the slope at a corner that torch takes; the
dtype of the input, float32 too; right values at ±10,000; batches of one and of none; arguments unchanged. Gradients are
checked on every coordinate with a random upstream gradient, PReLU's with respect to its slopes as well.

Catches: a softmax that is not shifted, or shifted by the maximum of everything, or along the wrong axis; its backward
pass element by element; the logarithm of a probability that is 0; slopes computed from the input where they belong to
the output, and the reverse; a missing upstream gradient; leaks on the positive side; slopes not summed; alpha and
omega left out; GELU's forms mixed up; overflow, infinity times zero; float32 lifted to float64.

Expected numbers: live torch and torch.autograd on the same array. The step's gradient is zero by definition.
"""

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, task, to_torch
from tests.hidden.activations.strategies import array_cases, large_cases, score_cases, slopes_cases

ALPHAS = (0.4, 2.5)
FORMS = ("none", "tanh")
OMEGAS = (0.6, 6.0)
SLOPES = (0.05, 1.7, -0.4)
EMPTY = np.zeros((0, 3))


def step(x):
    return torch.heaviside(x, torch.ones((), dtype=x.dtype))


def gaussian(x):
    return torch.exp(-x.square())


def softmax(x, dim=-1):
    return F.softmax(x, dim)


def log_softmax(x, dim=-1):
    return F.log_softmax(x, dim)


def sine(x, omega=1.0):
    return torch.sin(omega * x)


def axes(case):
    """Return all axes of the case's array, and the last one counted from the back as well."""
    return range(-1, case.x.ndim)


def check_forward(function, reference, x, **options):
    """Check an activation with its option; then float32, a batch of one and an empty one with its default."""
    check(function.keeping_arguments(x, **options)[0]).equals(reference(to_torch(x), **options))
    for batch in (x.astype(np.float32), x[:1], EMPTY):
        check(function(batch)[0]).equals(reference(to_torch(batch)))


def check_values(function, reference, x, **options):
    """Check an activation in float64 and in float32."""
    for given_x in (x, x.astype(np.float32)):
        check(function(given_x, **options)[0]).equals(reference(to_torch(given_x), **options))


def check_backward(forward, backward, reference, case, **options):
    """Check a gradient against torch.autograd, in float64 and in float32; then an empty batch with its default."""
    for dtype in (np.float64, np.float32):
        check_gradient(forward, backward, reference, case.x.astype(dtype), case.dout.astype(dtype), **options)
    check_gradient(forward, backward, reference, EMPTY, EMPTY)


def check_gradient(forward, backward, reference, given_x, dout, **options):
    """Check a gradient for one input and one upstream gradient."""
    _, cache = forward(given_x, **options)
    x = to_torch(given_x, grad=True)
    (dx,) = torch.autograd.grad(reference(x, **options), x, to_torch(dout))
    check(backward.keeping_arguments(dout, cache), "dx").equals(dx)


def check_prelu_gradient(student, case, dtype=np.float64, examples=None):
    """Check PReLU's gradients with respect to its input and its slopes, for some of the examples or for all."""
    given_x, slopes, dout = (array.astype(dtype) for array in (case.x[:examples], case.weight, case.dout[:examples]))
    _, cache = student.prelu_activation(given_x, slopes)
    dx, dweight = student.prelu_gradient.keeping_arguments(dout, cache)
    x, weight = to_torch(given_x, slopes, grad=True)
    expected = torch.autograd.grad(F.prelu(x, weight), (x, weight), to_torch(dout))
    check(dx, "dx").equals(expected[0])
    check(dweight, "dweight").equals(expected[1])


@task("step_activation", points=1, examples=3)
@given(case=array_cases())
def test_step_agrees_with_torch_at_zero_and_beside_it(student, case):
    check_forward(student.step_activation, step, case.x)


@task("step_gradient", points=1, examples=3)
@given(case=array_cases())
def test_nothing_comes_back_through_a_step(student, case):
    for x in (case.x, case.x.astype(np.float32), EMPTY):
        _, cache = student.step_activation(x)
        dx = student.step_gradient(np.resize(case.dout, x.shape).astype(x.dtype), cache)
        check(dx, "dx").equals(np.zeros_like(x))


@task("sigmoid_activation", points=1, examples=3)
@given(case=array_cases())
def test_sigmoid_agrees_with_torch(student, case):
    check_forward(student.sigmoid_activation, torch.sigmoid, case.x)


@task("sigmoid_activation", points=1, examples=3)
@given(case=large_cases())
def test_sigmoid_stays_right_up_to_ten_thousand(student, case):
    check_values(student.sigmoid_activation, torch.sigmoid, case.x)


@task("sigmoid_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_sigmoid_agrees_with_torch(student, case):
    check_backward(student.sigmoid_activation, student.sigmoid_gradient, torch.sigmoid, case)


@task("sigmoid_gradient", points=1, examples=3)
@given(case=large_cases())
def test_gradient_through_sigmoid_vanishes_for_ten_thousand(student, case):
    check_backward(student.sigmoid_activation, student.sigmoid_gradient, torch.sigmoid, case)


@task("tanh_activation", points=1, examples=3)
@given(case=array_cases())
def test_tanh_agrees_with_torch(student, case):
    check_forward(student.tanh_activation, torch.tanh, case.x)


@task("tanh_activation", points=1, examples=3)
@given(case=large_cases())
def test_tanh_stays_right_up_to_ten_thousand(student, case):
    check_values(student.tanh_activation, torch.tanh, case.x)


@task("tanh_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_tanh_agrees_with_torch(student, case):
    check_backward(student.tanh_activation, student.tanh_gradient, torch.tanh, case)


@task("tanh_gradient", points=1, examples=3)
@given(case=large_cases())
def test_gradient_through_tanh_vanishes_for_ten_thousand(student, case):
    check_backward(student.tanh_activation, student.tanh_gradient, torch.tanh, case)


@task("gaussian_activation", points=1, examples=3)
@given(case=array_cases())
def test_gaussian_agrees_with_torch(student, case):
    check_forward(student.gaussian_activation, gaussian, case.x)


@task("gaussian_activation", points=1, examples=3)
@given(case=large_cases())
def test_gaussian_stays_right_up_to_ten_thousand(student, case):
    check_values(student.gaussian_activation, gaussian, case.x)


@task("gaussian_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_gaussian_agrees_with_torch(student, case):
    check_backward(student.gaussian_activation, student.gaussian_gradient, gaussian, case)


@task("gaussian_gradient", points=1, examples=3)
@given(case=large_cases())
def test_gradient_through_gaussian_stays_right_up_to_ten_thousand(student, case):
    check_backward(student.gaussian_activation, student.gaussian_gradient, gaussian, case)


@task("softmax_activation", points=1, examples=3)
@given(case=score_cases())
def test_softmax_agrees_with_torch_along_every_axis(student, case):
    for dim in axes(case):
        check_forward(student.softmax_activation, softmax, case.x, dim=dim)
    images = np.stack([[case.x, 2 * case.x], [-case.x, 3 * case.x], [case.x / 2, -case.x]])
    for scores in (images, images[..., :1]):
        check(student.softmax_activation(scores)[0], "out by default").equals(torch.softmax(to_torch(scores), -1))


@task("softmax_activation", points=1, examples=3)
@given(case=score_cases(scale=1e4))
def test_softmax_stays_right_for_scores_of_ten_thousand(student, case):
    for dim in axes(case):
        check_values(student.softmax_activation, softmax, case.x, dim=dim)


@task("softmax_gradient", points=1, examples=3)
@given(case=score_cases())
def test_gradient_through_softmax_agrees_with_torch_along_every_axis(student, case):
    for dim in axes(case):
        check_backward(student.softmax_activation, student.softmax_gradient, softmax, case, dim=dim)


@task("softmax_gradient", points=1, examples=3)
@given(case=score_cases(scale=1e4))
def test_gradient_through_softmax_stays_right_for_scores_of_ten_thousand(student, case):
    """Far apart, where nearly all gradients are 0, and close together, where they are not."""
    for dim in axes(case):
        for scores in (case, replace(case, x=1e4 + case.x / 1e4)):
            check_backward(student.softmax_activation, student.softmax_gradient, softmax, scores, dim=dim)


@task("log_softmax_activation", points=1, examples=3)
@given(case=score_cases())
def test_log_softmax_agrees_with_torch_along_every_axis(student, case):
    for dim in axes(case):
        check_forward(student.log_softmax_activation, log_softmax, case.x, dim=dim)


@task("log_softmax_activation", points=1, examples=3)
@given(case=score_cases(scale=1e4))
def test_log_softmax_stays_right_for_scores_of_ten_thousand(student, case):
    for dim in axes(case):
        check_values(student.log_softmax_activation, log_softmax, case.x, dim=dim)


@task("log_softmax_gradient", points=1, examples=3)
@given(case=score_cases())
def test_gradient_through_log_softmax_agrees_with_torch_along_every_axis(student, case):
    for dim in axes(case):
        check_backward(student.log_softmax_activation, student.log_softmax_gradient, log_softmax, case, dim=dim)


@task("log_softmax_gradient", points=1, examples=3)
@given(case=score_cases(scale=1e4))
def test_gradient_through_log_softmax_stays_right_for_scores_of_ten_thousand(student, case):
    for dim in axes(case):
        check_backward(student.log_softmax_activation, student.log_softmax_gradient, log_softmax, case, dim=dim)


@task("relu_activation", points=1, examples=3)
@given(case=array_cases())
def test_relu_agrees_with_torch(student, case):
    for x in (case.x, 1e4 * case.x):
        check_forward(student.relu_activation, F.relu, x)


@task("relu_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_relu_agrees_with_torch_also_at_zero(student, case):
    check_backward(student.relu_activation, student.relu_gradient, F.relu, case)


@task("leaky_relu_activation", points=1, examples=3)
@given(case=array_cases())
def test_leaky_relu_agrees_with_torch_for_any_slope(student, case):
    for slope in SLOPES:
        for x in (case.x, 1e4 * case.x):
            check_forward(student.leaky_relu_activation, F.leaky_relu, x, negative_slope=slope)


@task("leaky_relu_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_leaky_relu_agrees_with_torch_also_at_zero(student, case):
    pair = student.leaky_relu_activation, student.leaky_relu_gradient
    for slope in SLOPES:
        check_backward(*pair, F.leaky_relu, case, negative_slope=slope)


@task("prelu_activation", points=1, examples=5)
@given(case=slopes_cases())
def test_prelu_agrees_with_torch_for_vectors_sequences_and_images(student, case):
    for x in (case.x, 1e4 * case.x, case.x[:1], case.x[:0]):
        out, _ = student.prelu_activation.keeping_arguments(x, case.weight)
        check(out).equals(F.prelu(to_torch(x), to_torch(case.weight)))
    x, weight = case.x.astype(np.float32), case.weight[:1].astype(np.float32)
    check(student.prelu_activation(x, weight)[0]).equals(F.prelu(to_torch(x), to_torch(weight)))


@task("prelu_activation", points=1)
def test_prelu_refuses_a_number_of_slopes_that_is_neither_one_nor_one_per_channel(student, rng):
    x, weight = rng.normal(size=(2, 3, 2)), rng.uniform(size=3)
    check(student.prelu_activation(x, weight)[0]).equals(F.prelu(to_torch(x), to_torch(weight)))
    student.prelu_activation.refuses(ValueError, x, weight[:2])
    student.prelu_activation.refuses(ValueError, x[:, :1], weight)  # NumPy would stretch the one channel to three


@task("prelu_gradient", points=1, examples=5)
@given(case=slopes_cases())
def test_gradients_of_prelu_agree_with_torch_for_one_slope_per_channel(student, case):
    check_prelu_gradient(student, case)
    check_prelu_gradient(student, case, np.float32)
    for examples in (1, 0):
        check_prelu_gradient(student, case, examples=examples)


@task("prelu_gradient", points=1, examples=4)
@given(case=slopes_cases(shared=True))
def test_gradients_of_prelu_agree_with_torch_for_one_slope_in_all(student, case):
    for examples in (None, 1, 0):
        check_prelu_gradient(student, case, examples=examples)


@task("elu_activation", points=1, examples=3)
@given(case=array_cases())
def test_elu_agrees_with_torch_for_every_alpha(student, case):
    for alpha in ALPHAS:
        check_forward(student.elu_activation, F.elu, case.x, alpha=alpha)


@task("elu_activation", points=1, examples=3)
@given(case=large_cases())
def test_elu_stays_right_up_to_ten_thousand(student, case):
    for alpha in ALPHAS:
        check_values(student.elu_activation, F.elu, case.x, alpha=alpha)


@task("elu_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_elu_agrees_with_torch_also_at_zero(student, case):
    for alpha in ALPHAS:
        check_backward(student.elu_activation, student.elu_gradient, F.elu, case, alpha=alpha)


@task("elu_gradient", points=1, examples=3)
@given(case=large_cases())
def test_gradient_through_elu_stays_right_up_to_ten_thousand(student, case):
    for alpha in ALPHAS:
        check_backward(student.elu_activation, student.elu_gradient, F.elu, case, alpha=alpha)


@task("silu_activation", points=1, examples=3)
@given(case=array_cases())
def test_silu_agrees_with_torch(student, case):
    check_forward(student.silu_activation, F.silu, case.x)


@task("silu_activation", points=1, examples=3)
@given(case=large_cases())
def test_silu_stays_right_up_to_ten_thousand(student, case):
    check_values(student.silu_activation, F.silu, case.x)


@task("silu_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_silu_agrees_with_torch(student, case):
    check_backward(student.silu_activation, student.silu_gradient, F.silu, case)


@task("silu_gradient", points=1, examples=3)
@given(case=large_cases())
def test_gradient_through_silu_stays_right_up_to_ten_thousand(student, case):
    check_backward(student.silu_activation, student.silu_gradient, F.silu, case)


@task("gelu_activation", points=1, examples=3)
@given(case=array_cases())
def test_gelu_agrees_with_torch_in_both_forms(student, case):
    for form in FORMS:
        check_forward(student.gelu_activation, F.gelu, case.x, approximate=form)


@task("gelu_activation", points=1, examples=3)
@given(case=large_cases())
def test_gelu_stays_right_up_to_ten_thousand(student, case):
    for form in FORMS:
        check_values(student.gelu_activation, F.gelu, case.x, approximate=form)


@task("gelu_activation", points=1)
def test_gelu_refuses_a_form_that_it_does_not_know(student, rng):
    x = rng.normal(size=(2, 3))
    check(student.gelu_activation(x)[0]).equals(F.gelu(to_torch(x)))
    student.gelu_activation.refuses(ValueError, x, approximate="sigmoid")


@task("gelu_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_gelu_agrees_with_torch_in_both_forms(student, case):
    for form in FORMS:
        check_backward(student.gelu_activation, student.gelu_gradient, F.gelu, case, approximate=form)


@task("gelu_gradient", points=1, examples=3)
@given(case=large_cases())
def test_gradient_through_gelu_stays_right_up_to_ten_thousand(student, case):
    for form in FORMS:
        check_backward(student.gelu_activation, student.gelu_gradient, F.gelu, case, approximate=form)


@task("sine_activation", points=1, examples=3)
@given(case=array_cases())
def test_sine_agrees_with_torch_for_every_frequency(student, case):
    for omega in OMEGAS:
        check_forward(student.sine_activation, sine, case.x, omega=omega)


@task("sine_gradient", points=1, examples=3)
@given(case=array_cases())
def test_gradient_through_sine_agrees_with_torch_for_every_frequency(student, case):
    for omega in OMEGAS:
        check_backward(student.sine_activation, student.sine_gradient, sine, case, omega=omega)
