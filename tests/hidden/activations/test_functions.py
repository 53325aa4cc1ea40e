"""functions.py against torch: every activation and every gradient, element by element.

Requires what torch promises of each function, its option and its default; the slope at a corner that torch takes; the
dtype of the input, float32 too; right values at ±10,000; batches of one and of none; any layout in memory; two forward
passes before one backward pass; arguments unchanged. Gradients are checked on every coordinate with a random upstream
gradient, PReLU's with respect to its slopes as well.

Catches: a softmax that is not shifted, or shifted by the maximum of everything, or along the wrong axis; its backward
pass element by element; the logarithm of a probability that is 0; slopes computed from the input where they belong to
the output, and the reverse; a missing upstream gradient; leaks on the positive side; slopes not summed; alpha and
omega left out; GELU's forms mixed up; overflow, infinity times zero; float32 lifted to float64.

Expected numbers: live torch and torch.autograd on the same array. The step's gradient is zero by definition.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.activations.strategies import array_cases, large_cases, score_cases, slopes_cases

ALPHAS = (0.4, 2.5)
FORMS = ("none", "tanh")
OMEGAS = (0.6, 6.0)
SLOPES = (0.05, 1.7, -0.4)
EMPTY = np.zeros((0, 3))
FAR = np.array([-1e4, -800.0, -40.0, 40.0, 800.0, 1e4])  # where a sigmoid is 0 or 1 but for the last digits


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


def check_batches(function, reference, x, **options):
    """Check an activation with its option; then a batch of one and an empty one with its default."""
    check(function.keeping_arguments(x, **options)[0]).equals(reference(to_torch(x), **options))
    for batch in (x[:1], EMPTY):
        check(function(batch)[0]).equals(reference(to_torch(batch)))


def check_values(function, reference, x, **options):
    """Check an activation in float64 and in float32."""
    for given_x in (x, x.astype(np.float32)):
        check(function(given_x, **options)[0]).equals(reference(to_torch(given_x), **options))


def check_layouts(function, reference, x, **options):
    """Check an activation on arrays that are laid out otherwise in memory, and that its answers are new.

    The last array has large positive numbers: many an activation gives them back as they are, and must copy them.
    """
    for given_x in (*layouts(x), np.abs(x) + x.dtype.type(40)):
        check(function.returning_new_arrays(given_x, **options)[0]).equals(reference(to_torch(given_x), **options))


def check_backward(pair, reference, case, **options):
    """Check a gradient against torch.autograd, in float64 and in float32; then an empty batch with its default."""
    for dtype in (np.float64, np.float32):
        check_gradient(*pair, reference, case.x.astype(dtype), case.dout.astype(dtype), **options)
    check_gradient(*pair, reference, EMPTY, EMPTY)


def check_backward_layouts(pair, reference, case, **options):
    """Check a gradient on arrays that are laid out otherwise in memory, and that its answers are new.

    For the last inputs many a slope is 1 everywhere: the gradient is that of the output, and must be a copy of it.
    """
    forward, backward = pair
    for x, dout in (*layouts(case.x, case.dout), (np.abs(case.x) + 40, case.dout), (0 * case.x, case.dout)):
        _, cache = forward(x, **options)
        leaf = to_torch(x, grad=True)
        (dx,) = torch.autograd.grad(reference(leaf, **options), leaf, to_torch(dout))
        check(backward.returning_new_arrays(dout, cache), "dx").equals(dx)


def check_first_of_two(pair, reference, case, **options):
    """Check the gradient of the first of two forward passes; the second has another input, and no option."""
    forward, backward = pair
    _, cache = forward(case.x, **options)
    forward(case.dout)
    x = to_torch(case.x, grad=True)
    (dx,) = torch.autograd.grad(reference(x, **options), x, to_torch(case.dout))
    check(backward(case.dout, cache), "dx").equals(dx)


def check_gradient(forward, backward, reference, given_x, dout, **options):
    """Check a gradient for one input and one upstream gradient."""
    _, cache = forward(given_x, **options)
    x = to_torch(given_x, grad=True)
    (dx,) = torch.autograd.grad(reference(x, **options), x, to_torch(dout))
    check(backward.keeping_arguments(dout, cache), "dx").equals(dx)


def check_prelu_gradient(student, case, dtype=np.float64, examples=None, method="keeping_arguments"):
    """Check PReLU's gradients with respect to its input and its slopes, for some of the examples or for all."""
    given_x, slopes, dout = (
        array.astype(dtype, order="K", copy=False) for array in (case.x[:examples], case.weight, case.dout[:examples])
    )
    _, cache = student.prelu_activation(given_x, slopes)
    dx, dweight = getattr(student.prelu_gradient, method)(dout, cache)
    x, weight = to_torch(given_x, slopes, grad=True)
    expected = torch.autograd.grad(F.prelu(x, weight), (x, weight), to_torch(dout))
    check(dx, "dx").equals(expected[0])
    check(dweight, "dweight").equals(expected[1])


@task("step_activation", points=0.75, about="one row, no row", examples=3)
@given(case=array_cases())
def test_step_agrees_with_torch_on_batches_of_any_size(student, case):
    check_batches(student.step_activation, step, case.x)


@task("step_activation", points=0.75, about="other layouts in memory, new answers, float32", examples=3)
@given(case=array_cases())
def test_step_takes_any_layout_in_memory(student, case):
    check_layouts(student.step_activation, step, case.x)
    check_layouts(student.step_activation, step, case.x.astype(np.float32))


@task("step_gradient", points=0.75, about="other shapes, no numbers", examples=3)
@given(case=array_cases())
def test_no_gradient_comes_back_through_a_step(student, case):
    for x in (case.x, EMPTY):
        _, cache = student.step_activation(x)
        dx = student.step_gradient(np.resize(case.dout, x.shape).astype(x.dtype), cache)
        check(dx, "dx").equals(np.zeros_like(x))


@task("step_gradient", points=0.75, about="other layouts in memory, new answers, float32", examples=3)
@given(case=array_cases())
def test_no_gradient_comes_back_through_a_step_in_any_layout_in_memory(student, case):
    for x, dout in layouts(case.x.astype(np.float32), case.dout.astype(np.float32)):
        _, cache = student.step_activation(x)
        check(student.step_gradient.returning_new_arrays(dout, cache), "dx").equals(np.zeros_like(x))


@task("sigmoid_activation", points=0.5, about="one row, no row", examples=3)
@given(case=array_cases())
def test_sigmoid_agrees_with_torch_on_batches_of_any_size(student, case):
    check_batches(student.sigmoid_activation, torch.sigmoid, case.x)


@task("sigmoid_activation", points=0.5, about="very large numbers, in float32 too", examples=3)
@given(case=large_cases())
def test_sigmoid_is_right_for_very_large_numbers(student, case):
    check_values(student.sigmoid_activation, torch.sigmoid, case.x)
    out, _ = student.sigmoid_activation(FAR)
    check(out, "out").equals(torch.sigmoid(to_torch(FAR)), rtol=0.0, atol=1e-15)


@task("sigmoid_activation", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_sigmoid_takes_any_layout_in_memory(student, case):
    check_layouts(student.sigmoid_activation, torch.sigmoid, case.x)


@task("sigmoid_gradient", points=0.5, about="very large numbers, no numbers, float32", examples=3)
@given(case=large_cases())
def test_gradient_through_sigmoid_is_right_for_very_large_numbers(student, case):
    pair = student.sigmoid_activation, student.sigmoid_gradient
    check_backward(pair, torch.sigmoid, case)


@task("sigmoid_gradient", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_gradient_through_sigmoid_takes_any_layout_in_memory(student, case):
    pair = student.sigmoid_activation, student.sigmoid_gradient
    check_backward_layouts(pair, torch.sigmoid, case)


@task("sigmoid_gradient", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=array_cases())
def test_gradient_through_sigmoid_belongs_to_the_cache_it_was_given(student, case):
    pair = student.sigmoid_activation, student.sigmoid_gradient
    check_first_of_two(pair, torch.sigmoid, case)


@task("tanh_activation", points=0.5, about="one row, no row", examples=3)
@given(case=array_cases())
def test_tanh_agrees_with_torch_on_batches_of_any_size(student, case):
    check_batches(student.tanh_activation, torch.tanh, case.x)


@task("tanh_activation", points=0.5, about="very large numbers, in float32 too", examples=3)
@given(case=large_cases())
def test_tanh_is_right_for_very_large_numbers(student, case):
    check_values(student.tanh_activation, torch.tanh, case.x)


@task("tanh_activation", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_tanh_takes_any_layout_in_memory(student, case):
    check_layouts(student.tanh_activation, torch.tanh, case.x)


@task("tanh_gradient", points=0.5, about="very large numbers, no numbers, float32", examples=3)
@given(case=large_cases())
def test_gradient_through_tanh_is_right_for_very_large_numbers(student, case):
    pair = student.tanh_activation, student.tanh_gradient
    check_backward(pair, torch.tanh, case)


@task("tanh_gradient", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_gradient_through_tanh_takes_any_layout_in_memory(student, case):
    pair = student.tanh_activation, student.tanh_gradient
    check_backward_layouts(pair, torch.tanh, case)


@task("tanh_gradient", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=array_cases())
def test_gradient_through_tanh_belongs_to_the_cache_it_was_given(student, case):
    pair = student.tanh_activation, student.tanh_gradient
    check_first_of_two(pair, torch.tanh, case)


@task("gaussian_activation", points=0.5, about="one row, no row", examples=3)
@given(case=array_cases())
def test_gaussian_agrees_with_torch_on_batches_of_any_size(student, case):
    check_batches(student.gaussian_activation, gaussian, case.x)


@task("gaussian_activation", points=0.5, about="very large numbers, in float32 too", examples=3)
@given(case=large_cases())
def test_gaussian_is_right_for_very_large_numbers(student, case):
    check_values(student.gaussian_activation, gaussian, case.x)


@task("gaussian_activation", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_gaussian_takes_any_layout_in_memory(student, case):
    check_layouts(student.gaussian_activation, gaussian, case.x)


@task("gaussian_gradient", points=0.5, about="very large numbers, no numbers, float32", examples=3)
@given(case=large_cases())
def test_gradient_through_gaussian_is_right_for_very_large_numbers(student, case):
    pair = student.gaussian_activation, student.gaussian_gradient
    check_backward(pair, gaussian, case)


@task("gaussian_gradient", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_gradient_through_gaussian_takes_any_layout_in_memory(student, case):
    pair = student.gaussian_activation, student.gaussian_gradient
    check_backward_layouts(pair, gaussian, case)


@task("gaussian_gradient", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=array_cases())
def test_gradient_through_gaussian_belongs_to_the_cache_it_was_given(student, case):
    pair = student.gaussian_activation, student.gaussian_gradient
    check_first_of_two(pair, gaussian, case)


@task("softmax_activation", points=0.5, about="every axis, the axis left out, one row, no row", examples=3)
@given(case=score_cases())
def test_softmax_agrees_with_torch_along_every_axis_of_batches_of_any_size(student, case):
    for dim in axes(case):
        check_batches(student.softmax_activation, softmax, case.x, dim=dim)
    images = np.stack([[case.x, 2 * case.x], [-case.x, 3 * case.x], [case.x / 2, -case.x]])
    for scores in (images, images[..., :1]):
        check(student.softmax_activation(scores)[0], "out by default").equals(torch.softmax(to_torch(scores), -1))


@task("softmax_activation", points=0.5, about="very large scores along every axis, in float32 too", examples=3)
@given(case=score_cases(scale=1e4))
def test_softmax_is_right_for_very_large_scores_along_every_axis(student, case):
    for dim in axes(case):
        check_values(student.softmax_activation, softmax, case.x, dim=dim)


@task("softmax_activation", points=0.5, about="other layouts in memory, new answers, along every axis", examples=3)
@given(case=score_cases())
def test_softmax_takes_any_layout_in_memory(student, case):
    for dim in axes(case):
        check_layouts(student.softmax_activation, softmax, case.x, dim=dim)


@task("softmax_gradient", points=0.5, about="very large scores along every axis", examples=3)
@given(case=score_cases(scale=1e4))
def test_gradient_through_softmax_is_right_for_very_large_scores(student, case):
    pair = student.softmax_activation, student.softmax_gradient
    for dim, scores in product(axes(case), (case, replace(case, x=1e4 + case.x / 1e4))):
        check_backward(pair, softmax, scores, dim=dim)


@task("softmax_gradient", points=0.5, about="other layouts in memory, new answers, along every axis", examples=3)
@given(case=score_cases())
def test_gradient_through_softmax_takes_any_layout_in_memory(student, case):
    pair = student.softmax_activation, student.softmax_gradient
    for dim in axes(case):
        check_backward_layouts(pair, softmax, case, dim=dim)


@task(
    "softmax_gradient", points=0.5, about="two forward passes along different axes before the backward pass", examples=3
)
@given(case=score_cases())
def test_gradient_through_softmax_belongs_to_the_cache_it_was_given(student, case):
    pair = student.softmax_activation, student.softmax_gradient
    for dim in axes(case):
        check_first_of_two(pair, softmax, case, dim=dim)


@task("log_softmax_activation", points=0.5, about="every axis, the axis left out, one row, no row", examples=3)
@given(case=score_cases())
def test_log_softmax_agrees_with_torch_along_every_axis_of_batches_of_any_size(student, case):
    for dim in axes(case):
        check_batches(student.log_softmax_activation, log_softmax, case.x, dim=dim)


@task("log_softmax_activation", points=0.5, about="very large scores along every axis, in float32 too", examples=3)
@given(case=score_cases(scale=1e4))
def test_log_softmax_is_right_for_very_large_scores_along_every_axis(student, case):
    for dim in axes(case):
        check_values(student.log_softmax_activation, log_softmax, case.x, dim=dim)


@task("log_softmax_activation", points=0.5, about="other layouts in memory, new answers, along every axis", examples=3)
@given(case=score_cases())
def test_log_softmax_takes_any_layout_in_memory(student, case):
    for dim in axes(case):
        check_layouts(student.log_softmax_activation, log_softmax, case.x, dim=dim)


@task("log_softmax_gradient", points=0.5, about="very large scores along every axis", examples=3)
@given(case=score_cases(scale=1e4))
def test_gradient_through_log_softmax_is_right_for_very_large_scores(student, case):
    pair = student.log_softmax_activation, student.log_softmax_gradient
    for dim, scores in product(axes(case), (case, replace(case, x=1e4 + case.x / 1e4))):
        check_backward(pair, log_softmax, scores, dim=dim)


@task("log_softmax_gradient", points=0.5, about="other layouts in memory, new answers, along every axis", examples=3)
@given(case=score_cases())
def test_gradient_through_log_softmax_takes_any_layout_in_memory(student, case):
    pair = student.log_softmax_activation, student.log_softmax_gradient
    for dim in axes(case):
        check_backward_layouts(pair, log_softmax, case, dim=dim)


@task(
    "log_softmax_gradient",
    points=0.5,
    about="two forward passes along different axes before the backward pass",
    examples=3,
)
@given(case=score_cases())
def test_gradient_through_log_softmax_belongs_to_the_cache_it_was_given(student, case):
    pair = student.log_softmax_activation, student.log_softmax_gradient
    for dim in axes(case):
        check_first_of_two(pair, log_softmax, case, dim=dim)


@task("relu_activation", points=0.5, about="very large numbers, one row, no row", examples=3)
@given(case=array_cases())
def test_relu_agrees_with_torch_for_large_numbers_and_batches_of_any_size(student, case):
    for x in (case.x, 1e4 * case.x):
        check_batches(student.relu_activation, F.relu, x)


@task("relu_activation", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_relu_takes_any_layout_in_memory(student, case):
    check_layouts(student.relu_activation, F.relu, case.x)


@task("relu_gradient", points=0.5, about="numbers of every size, no numbers, float32", examples=3)
@given(case=array_cases())
def test_gradient_through_relu_agrees_with_torch_everywhere(student, case):
    pair = student.relu_activation, student.relu_gradient
    check_backward(pair, F.relu, case)


@task(
    "relu_gradient",
    points=0.5,
    about="other layouts in memory, new answers, two forward passes before the backward pass",
    examples=3,
)
@given(case=array_cases())
def test_gradient_through_relu_takes_any_layout_in_memory_and_its_own_cache(student, case):
    pair = student.relu_activation, student.relu_gradient
    check_backward_layouts(pair, F.relu, case)
    check_first_of_two(pair, F.relu, case)


@task(
    "leaky_relu_activation",
    points=0.75,
    about="slopes below 0 and above 1 with very large numbers, one row, no row",
    examples=3,
)
@given(case=array_cases())
def test_leaky_relu_agrees_with_torch_for_any_slope_and_size(student, case):
    for slope, scale in product(SLOPES, (1, 1e4)):
        check_batches(student.leaky_relu_activation, F.leaky_relu, scale * case.x, negative_slope=slope)


@task("leaky_relu_activation", points=0.75, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_leaky_relu_takes_any_layout_in_memory(student, case):
    check_layouts(student.leaky_relu_activation, F.leaky_relu, case.x, negative_slope=0.3)


@task(
    "leaky_relu_gradient",
    points=0.75,
    about="slopes below 0 and above 1, numbers of every size, no numbers, float32",
    examples=3,
)
@given(case=array_cases())
def test_gradient_through_leaky_relu_agrees_with_torch_everywhere(student, case):
    pair = student.leaky_relu_activation, student.leaky_relu_gradient
    for negative_slope in SLOPES:
        check_backward(pair, F.leaky_relu, case, negative_slope=negative_slope)


@task(
    "leaky_relu_gradient",
    points=0.75,
    about="other layouts in memory, new answers, two forward passes before the backward pass",
    examples=3,
)
@given(case=array_cases())
def test_gradient_through_leaky_relu_takes_any_layout_in_memory_and_its_own_cache(student, case):
    pair = student.leaky_relu_activation, student.leaky_relu_gradient
    for negative_slope in SLOPES:
        check_backward_layouts(pair, F.leaky_relu, case, negative_slope=negative_slope)
    check_first_of_two(pair, F.leaky_relu, case, negative_slope=1.7)


@task("prelu_activation", points=0.5, about="vectors, sequences and images, very large numbers, no example", examples=5)
@given(case=slopes_cases())
def test_prelu_agrees_with_torch_for_vectors_sequences_and_images(student, case):
    for x in (case.x, 1e4 * case.x, case.x[:1], case.x[:0]):
        out, _ = student.prelu_activation.keeping_arguments(x, case.weight)
        check(out).equals(F.prelu(to_torch(x), to_torch(case.weight)))


@task("prelu_activation", points=0.5, about="a number of slopes that does not fit")
def test_prelu_refuses_a_number_of_slopes_that_does_not_fit(student, rng):
    x, weight = rng.normal(size=(2, 3, 2)), rng.uniform(size=3)
    check(student.prelu_activation(x, weight)[0]).equals(F.prelu(to_torch(x), to_torch(weight)))
    student.prelu_activation.refuses(ValueError, x, weight[:2])
    student.prelu_activation.refuses(ValueError, x[:, :1], weight)  # NumPy would stretch the one channel to three


@task(
    "prelu_activation",
    points=0.5,
    about="other layouts in memory, new answers, one slope for all, float32",
    examples=3,
)
@given(case=slopes_cases())
def test_prelu_takes_any_layout_in_memory(student, case):
    single, slopes_of_all = case.x.astype(np.float32), case.weight.astype(np.float32)
    for x, weight in (*layouts(single, slopes_of_all), (np.abs(single) + 1, slopes_of_all)):
        for slopes in (weight, weight[:1]):
            check(student.prelu_activation.returning_new_arrays(x, slopes)[0]).equals(
                F.prelu(to_torch(x), to_torch(slopes))
            )


@task(
    "prelu_gradient",
    points=0.5,
    about="one slope per channel with vectors, sequences and images, one example, none",
    examples=5,
)
@given(case=slopes_cases())
def test_gradients_of_prelu_agree_with_torch_for_one_slope_per_channel(student, case):
    for examples in (None, 1, 0):
        check_prelu_gradient(student, case, examples=examples)


@task("prelu_gradient", points=0.5, about="one slope for all channels, one example, none", examples=4)
@given(case=slopes_cases(shared=True))
def test_gradients_of_prelu_agree_with_torch_for_a_single_slope(student, case):
    for examples in (None, 1, 0):
        check_prelu_gradient(student, case, examples=examples)


@task("prelu_gradient", points=0.5, about="other layouts in memory, new answers, float32", examples=3)
@given(case=slopes_cases())
def test_gradients_of_prelu_take_any_layout_in_memory(student, case):
    check_prelu_gradient(student, case, np.float32)
    for x, weight, dout in layouts(case.x, case.weight, case.dout):
        arranged = replace(case, x=x, weight=weight, dout=dout)
        check_prelu_gradient(student, arranged, method="returning_new_arrays")


@task("elu_activation", points=0.5, about="several alphas, one row, no row", examples=3)
@given(case=array_cases())
def test_elu_agrees_with_torch_on_batches_of_any_size(student, case):
    for alpha in ALPHAS:
        check_batches(student.elu_activation, F.elu, case.x, alpha=alpha)


@task("elu_activation", points=0.5, about="very large numbers, in float32 too", examples=3)
@given(case=large_cases())
def test_elu_is_right_for_very_large_numbers(student, case):
    for alpha in ALPHAS:
        check_values(student.elu_activation, F.elu, case.x, alpha=alpha)


@task("elu_activation", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_elu_takes_any_layout_in_memory(student, case):
    for alpha in ALPHAS:
        check_layouts(student.elu_activation, F.elu, case.x, alpha=alpha)


@task("elu_gradient", points=0.5, about="several alphas, very large numbers, no numbers, float32", examples=3)
@given(case=large_cases())
def test_gradient_through_elu_is_right_for_very_large_numbers(student, case):
    pair = student.elu_activation, student.elu_gradient
    for alpha in ALPHAS:
        check_backward(pair, F.elu, case, alpha=alpha)


@task("elu_gradient", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_gradient_through_elu_takes_any_layout_in_memory(student, case):
    pair = student.elu_activation, student.elu_gradient
    for alpha in ALPHAS:
        check_backward_layouts(pair, F.elu, case, alpha=alpha)


@task("elu_gradient", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=array_cases())
def test_gradient_through_elu_belongs_to_the_cache_it_was_given(student, case):
    pair = student.elu_activation, student.elu_gradient
    check_first_of_two(pair, F.elu, case, alpha=2.5)


@task("silu_activation", points=0.5, about="one row, no row", examples=3)
@given(case=array_cases())
def test_silu_agrees_with_torch_on_batches_of_any_size(student, case):
    check_batches(student.silu_activation, F.silu, case.x)


@task("silu_activation", points=0.5, about="very large numbers, in float32 too", examples=3)
@given(case=large_cases())
def test_silu_is_right_for_very_large_numbers(student, case):
    check_values(student.silu_activation, F.silu, case.x)


@task("silu_activation", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_silu_takes_any_layout_in_memory(student, case):
    check_layouts(student.silu_activation, F.silu, case.x)


@task("silu_gradient", points=0.5, about="very large numbers, no numbers, float32", examples=3)
@given(case=large_cases())
def test_gradient_through_silu_is_right_for_very_large_numbers(student, case):
    pair = student.silu_activation, student.silu_gradient
    check_backward(pair, F.silu, case)


@task("silu_gradient", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_gradient_through_silu_takes_any_layout_in_memory(student, case):
    pair = student.silu_activation, student.silu_gradient
    check_backward_layouts(pair, F.silu, case)


@task("silu_gradient", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=array_cases())
def test_gradient_through_silu_belongs_to_the_cache_it_was_given(student, case):
    pair = student.silu_activation, student.silu_gradient
    check_first_of_two(pair, F.silu, case)


@task("gelu_activation", points=0.5, about="both forms, one row, no row", examples=3)
@given(case=array_cases())
def test_gelu_agrees_with_torch_on_batches_of_any_size(student, case):
    for approximate in FORMS:
        check_batches(student.gelu_activation, F.gelu, case.x, approximate=approximate)


@task("gelu_activation", points=0.5, about="very large numbers, in float32 too", examples=3)
@given(case=large_cases())
def test_gelu_is_right_for_very_large_numbers(student, case):
    for approximate in FORMS:
        check_values(student.gelu_activation, F.gelu, case.x, approximate=approximate)


@task("gelu_activation", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_gelu_takes_any_layout_in_memory(student, case):
    for approximate in FORMS:
        check_layouts(student.gelu_activation, F.gelu, case.x, approximate=approximate)


@task("gelu_activation", points=0.5, about="forms that it does not know")
def test_gelu_refuses_a_form_that_it_does_not_know(student, rng):
    x = rng.normal(size=(2, 3))
    check(student.gelu_activation(x)[0]).equals(F.gelu(to_torch(x)))
    for form in ("erf", ""):
        student.gelu_activation.refuses(ValueError, x, approximate=form)


@task("gelu_gradient", points=0.5, about="both forms, very large numbers, no numbers, float32", examples=3)
@given(case=large_cases())
def test_gradient_through_gelu_is_right_for_very_large_numbers(student, case):
    pair = student.gelu_activation, student.gelu_gradient
    for approximate in FORMS:
        check_backward(pair, F.gelu, case, approximate=approximate)


@task("gelu_gradient", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_gradient_through_gelu_takes_any_layout_in_memory(student, case):
    pair = student.gelu_activation, student.gelu_gradient
    for approximate in FORMS:
        check_backward_layouts(pair, F.gelu, case, approximate=approximate)


@task("gelu_gradient", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=array_cases())
def test_gradient_through_gelu_belongs_to_the_cache_it_was_given(student, case):
    pair = student.gelu_activation, student.gelu_gradient
    check_first_of_two(pair, F.gelu, case, approximate="tanh")


@task("sine_activation", points=0.75, about="several frequencies, one row, no row", examples=3)
@given(case=array_cases())
def test_sine_agrees_with_torch_on_batches_of_any_size(student, case):
    for omega in OMEGAS:
        check_batches(student.sine_activation, sine, case.x, omega=omega)


@task("sine_activation", points=0.75, about="other layouts in memory, new answers", examples=3)
@given(case=array_cases())
def test_sine_takes_any_layout_in_memory(student, case):
    for omega in OMEGAS:
        check_layouts(student.sine_activation, sine, case.x, omega=omega)


@task("sine_gradient", points=0.75, about="several frequencies, numbers of every size, no numbers, float32", examples=3)
@given(case=array_cases())
def test_gradient_through_sine_agrees_with_torch_everywhere(student, case):
    pair = student.sine_activation, student.sine_gradient
    for omega in OMEGAS:
        check_backward(pair, sine, case, omega=omega)


@task(
    "sine_gradient",
    points=0.75,
    about="other layouts in memory, new answers, two forward passes before the backward pass",
    examples=3,
)
@given(case=array_cases())
def test_gradient_through_sine_takes_any_layout_in_memory_and_its_own_cache(student, case):
    pair = student.sine_activation, student.sine_gradient
    for omega in OMEGAS:
        check_backward_layouts(pair, sine, case, omega=omega)
    check_first_of_two(pair, sine, case, omega=6.0)
