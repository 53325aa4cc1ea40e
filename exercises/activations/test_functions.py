"""Every activation and its gradient: the handout's worked example, random numbers, and what else is promised.

Expected numbers: by hand, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[-2.0, 0.0, 3.0], [0.5, -1.0, -4.0]])
DOUT = np.array([[1.0, -2.0, 4.0], [3.0, -5.0, 6.0]])
LOG3, LOG2 = float(np.log(3)), float(np.log(2))
ODDS = np.array([[0.0, LOG3], [-LOG3, 0.0], [LOG3, LOG3]])  # the sigmoids are 1/2 3/4, 1/4 1/2, 3/4 3/4
HALVES = np.array([[-LOG2, 0.0, 3.0], [0.5, -2 * LOG2, -LOG2]])  # where negative, the exponentials are 1/2 and 1/4


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


def numbers(rng, scale=1.5):
    """Draw numbers with a zero among them."""
    x = scale * rng.normal(size=(4, 2, 3))
    x[1, 0, 2] = 0.0
    return x


def check_values(function, reference, x, **options):
    """Check an activation, and that it leaves its arguments as they are."""
    check(function.keeping_arguments(x, **options)[0]).equals(reference(to_torch(x), **options))


def check_gradient(forward, backward, reference, x, dout, **options):
    """Check a gradient against autograd, and that it leaves its arguments as they are."""
    _, cache = forward(x, **options)
    leaf = to_torch(x, grad=True)
    (expected,) = torch.autograd.grad(reference(leaf, **options), leaf, to_torch(dout))
    check(backward.keeping_arguments(dout, cache), "dx").equals(expected)


def in_float32(*arrays):
    """Return the arrays in float32."""
    return [array.astype(np.float32) for array in arrays]


def slopes_case(rng, count=2):
    """Draw images with two channels, slopes, and a gradient."""
    return rng.normal(size=(4, 2, 3, 5)), rng.uniform(0.1, 0.9, size=count), rng.normal(size=(4, 2, 3, 5))


def check_prelu_gradient(student, x, weight, dout):
    """Check PReLU's gradients with respect to its input and its slopes."""
    _, cache = student.prelu_activation(x, weight)
    dx, dweight = student.prelu_gradient.keeping_arguments(dout, cache)
    leaves = to_torch(x, weight, grad=True)
    expected = torch.autograd.grad(F.prelu(*leaves), leaves, to_torch(dout))
    check(dx, "dx").equals(expected[0])
    check(dweight, "dweight").equals(expected[1])


@task("step_activation", points=0.75)
def test_step_matches_the_worked_example(student):
    check(student.step_activation(X)[0]).equals(np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]))


@task("step_activation", points=0.5)
def test_step_agrees_with_torch_on_random_numbers(student, rng):
    check_values(student.step_activation, step, numbers(rng))


@task("step_activation", points=0.25)
def test_step_keeps_float32(student, rng):
    check_values(student.step_activation, step, *in_float32(numbers(rng)))


@task("step_gradient", points=0.75)
def test_gradient_through_step_matches_the_worked_example(student):
    _, cache = student.step_activation(X)
    check(student.step_gradient(DOUT, cache), "dx").equals(np.zeros((2, 3)))


@task("step_gradient", points=0.75)
def test_gradient_through_step_is_zero_in_float32_too(student, rng):
    x, dout = in_float32(numbers(rng), numbers(rng))
    _, cache = student.step_activation(x)
    check(student.step_gradient.keeping_arguments(dout, cache), "dx").equals(np.zeros_like(x))


@task("sigmoid_activation", points=0.75)
def test_sigmoid_matches_the_worked_example(student):
    check(student.sigmoid_activation(ODDS)[0]).equals(np.array([[0.5, 0.75], [0.25, 0.5], [0.75, 0.75]]))


@task("sigmoid_activation", points=0.25)
def test_sigmoid_agrees_with_torch_on_random_numbers(student, rng):
    check_values(student.sigmoid_activation, torch.sigmoid, numbers(rng, 5.0))


@task("sigmoid_activation", points=0.25)
def test_sigmoid_stays_right_for_ten_thousand(student, rng):
    check_values(student.sigmoid_activation, torch.sigmoid, numbers(rng, 5000.0))


@task("sigmoid_activation", points=0.25)
def test_sigmoid_keeps_float32(student, rng):
    check_values(student.sigmoid_activation, torch.sigmoid, *in_float32(numbers(rng)))


@task("sigmoid_gradient", points=0.75)
def test_gradient_through_sigmoid_matches_the_worked_example(student):
    _, cache = student.sigmoid_activation(ODDS)
    dx = student.sigmoid_gradient(np.array([[2.0, 16.0], [-32.0, 4.0], [16.0, 48.0]]), cache)
    check(dx, "dx").equals(np.array([[0.5, 3.0], [-6.0, 1.0], [3.0, 9.0]]))


@task("sigmoid_gradient", points=0.75)
def test_gradient_through_sigmoid_agrees_with_torch_on_random_numbers(student, rng):
    pair = student.sigmoid_activation, student.sigmoid_gradient
    check_gradient(*pair, torch.sigmoid, numbers(rng), numbers(rng))
    check_gradient(*pair, torch.sigmoid, *in_float32(numbers(rng), numbers(rng)))


@task("tanh_activation", points=0.75)
def test_tanh_matches_the_worked_example(student):
    out, _ = student.tanh_activation(LOG2 * np.array([[0.0, 1.0, -1.0], [2.0, -2.0, 0.0]]))
    check(out).equals(np.array([[0.0, 0.6, -0.6], [15 / 17, -15 / 17, 0.0]]))


@task("tanh_activation", points=0.5)
def test_tanh_agrees_with_torch_on_random_numbers(student, rng):
    check_values(student.tanh_activation, torch.tanh, numbers(rng))
    check_values(student.tanh_activation, torch.tanh, *in_float32(numbers(rng)))


@task("tanh_activation", points=0.25)
def test_tanh_stays_right_for_ten_thousand(student, rng):
    check_values(student.tanh_activation, torch.tanh, numbers(rng, 5000.0))


@task("tanh_gradient", points=0.75)
def test_gradient_through_tanh_matches_the_worked_example(student):
    _, cache = student.tanh_activation(LOG2 * np.array([[0.0, 1.0, -1.0], [2.0, -2.0, 0.0]]))
    dx = student.tanh_gradient(np.array([[3.0, 100.0, 25.0], [289.0, -289.0, -1.0]]), cache)
    check(dx, "dx").equals(np.array([[3.0, 64.0, 16.0], [64.0, -64.0, -1.0]]))


@task("tanh_gradient", points=0.75)
def test_gradient_through_tanh_agrees_with_torch_on_random_numbers(student, rng):
    pair = student.tanh_activation, student.tanh_gradient
    check_gradient(*pair, torch.tanh, numbers(rng), numbers(rng))
    check_gradient(*pair, torch.tanh, *in_float32(numbers(rng), numbers(rng)))


@task("gaussian_activation", points=0.75)
def test_gaussian_matches_the_worked_example(student):
    out, _ = student.gaussian_activation(np.array([[0.0, 1.0, -2.0], [-1.0, 2.0, 0.5]]))
    check(out).equals(np.exp([[0.0, -1.0, -4.0], [-1.0, -4.0, -0.25]]))


@task("gaussian_activation", points=0.5)
def test_gaussian_agrees_with_torch_on_random_numbers(student, rng):
    check_values(student.gaussian_activation, gaussian, numbers(rng))
    check_values(student.gaussian_activation, gaussian, numbers(rng, 5000.0))


@task("gaussian_activation", points=0.25)
def test_gaussian_keeps_float32(student, rng):
    check_values(student.gaussian_activation, gaussian, *in_float32(numbers(rng)))


@task("gaussian_gradient", points=0.75)
def test_gradient_through_gaussian_matches_the_worked_example(student):
    _, cache = student.gaussian_activation(np.array([[0.0, 1.0], [-1.0, 2.0], [0.5, 0.0]]))
    dx = student.gaussian_gradient(np.array([[3.0, np.e], [np.e, np.exp(4)], [np.exp(0.25), 1.0]]), cache)
    check(dx, "dx").equals(np.array([[0.0, -2.0], [2.0, -4.0], [-1.0, 0.0]]))


@task("gaussian_gradient", points=0.75)
def test_gradient_through_gaussian_agrees_with_torch_on_random_numbers(student, rng):
    pair = student.gaussian_activation, student.gaussian_gradient
    check_gradient(*pair, gaussian, numbers(rng), numbers(rng))
    check_gradient(*pair, gaussian, *in_float32(numbers(rng), numbers(rng)))


@task("softmax_activation", points=0.75)
def test_softmax_matches_the_worked_example(student):
    check(student.softmax_activation(ODDS)[0]).equals(np.array([[0.25, 0.75], [0.25, 0.75], [0.5, 0.5]]))
    expected = np.array([[3 / 13, 3 / 7], [1 / 13, 1 / 7], [9 / 13, 3 / 7]])
    check(student.softmax_activation(ODDS, dim=0)[0], "the result for dim 0").equals(expected)


@task("softmax_activation", points=0.5)
def test_softmax_agrees_with_torch_along_every_axis(student, rng):
    x = numbers(rng)
    for dim in (-1, 0, 1, 2):
        check_values(student.softmax_activation, softmax, x, dim=dim)
    check_values(student.softmax_activation, softmax, *in_float32(x))


@task("softmax_activation", points=0.25)
def test_softmax_stays_right_for_scores_of_ten_thousand(student, rng):
    check_values(student.softmax_activation, softmax, numbers(rng, 5000.0))


@task("softmax_gradient", points=0.75)
def test_gradient_through_softmax_matches_the_worked_example(student):
    _, cache = student.softmax_activation(ODDS)
    dx = student.softmax_gradient(np.array([[16.0, 0.0], [0.0, 16.0], [4.0, 8.0]]), cache)
    check(dx, "dx").equals(np.array([[3.0, -3.0], [-3.0, 3.0], [-1.0, 1.0]]))


@task("softmax_gradient", points=0.75)
def test_gradient_through_softmax_agrees_with_torch_along_every_axis(student, rng):
    pair = student.softmax_activation, student.softmax_gradient
    for dim in (-1, 0, 1):
        check_gradient(*pair, softmax, numbers(rng), numbers(rng), dim=dim)
    check_gradient(*pair, softmax, *in_float32(numbers(rng), numbers(rng)))


@task("log_softmax_activation", points=0.75)
def test_log_softmax_matches_the_worked_example(student):
    check(student.log_softmax_activation(ODDS)[0]).equals(np.log([[0.25, 0.75], [0.25, 0.75], [0.5, 0.5]]))
    check(student.log_softmax_activation(np.array([[0.0, -1000.0]]))[0]).equals(np.array([[0.0, -1000.0]]))


@task("log_softmax_activation", points=0.5)
def test_log_softmax_agrees_with_torch_along_every_axis(student, rng):
    x = numbers(rng)
    for dim in (-1, 0, 1, 2):
        check_values(student.log_softmax_activation, log_softmax, x, dim=dim)
    check_values(student.log_softmax_activation, log_softmax, *in_float32(x))


@task("log_softmax_activation", points=0.25)
def test_log_softmax_stays_right_for_scores_of_ten_thousand(student, rng):
    check_values(student.log_softmax_activation, log_softmax, numbers(rng, 5000.0))


@task("log_softmax_gradient", points=0.75)
def test_gradient_through_log_softmax_matches_the_worked_example(student):
    _, cache = student.log_softmax_activation(ODDS)
    dx = student.log_softmax_gradient(np.array([[-1.0, 0.0], [4.0, -8.0], [2.0, 4.0]]), cache)
    check(dx, "dx").equals(np.array([[-0.75, 0.75], [5.0, -5.0], [-1.0, 1.0]]))


@task("log_softmax_gradient", points=0.75)
def test_gradient_through_log_softmax_agrees_with_torch_along_every_axis(student, rng):
    pair = student.log_softmax_activation, student.log_softmax_gradient
    for dim in (-1, 0, 1):
        check_gradient(*pair, log_softmax, numbers(rng), numbers(rng), dim=dim)
    check_gradient(*pair, log_softmax, *in_float32(numbers(rng), numbers(rng)))


@task("relu_activation", points=0.5)
def test_relu_matches_the_worked_example(student):
    check(student.relu_activation(X)[0]).equals(np.array([[0.0, 0.0, 3.0], [0.5, 0.0, 0.0]]))


@task("relu_activation", points=0.5)
def test_relu_agrees_with_torch_on_random_numbers(student, rng):
    check_values(student.relu_activation, F.relu, numbers(rng))
    check_values(student.relu_activation, F.relu, *in_float32(numbers(rng)))


@task("relu_gradient", points=0.5)
def test_gradient_through_relu_matches_the_worked_example(student):
    _, cache = student.relu_activation(X)
    check(student.relu_gradient(DOUT, cache), "dx").equals(np.array([[0.0, 0.0, 4.0], [3.0, 0.0, 0.0]]))


@task("relu_gradient", points=0.5)
def test_gradient_through_relu_agrees_with_torch_on_random_numbers(student, rng):
    pair = student.relu_activation, student.relu_gradient
    check_gradient(*pair, F.relu, numbers(rng), numbers(rng))
    check_gradient(*pair, F.relu, *in_float32(numbers(rng), numbers(rng)))


@task("leaky_relu_activation", points=0.75)
def test_leaky_relu_matches_the_worked_example(student):
    out, _ = student.leaky_relu_activation(X)
    check(out).equals(np.array([[-0.02, 0.0, 3.0], [0.5, -0.01, -0.04]]))
    out, _ = student.leaky_relu_activation(X, negative_slope=0.5)
    check(out).equals(np.array([[-1.0, 0.0, 3.0], [0.5, -0.5, -2.0]]))


@task("leaky_relu_activation", points=0.75)
def test_leaky_relu_agrees_with_torch_for_any_slope(student, rng):
    for slope in (0.2, 1.5, -0.5):
        check_values(student.leaky_relu_activation, F.leaky_relu, numbers(rng), negative_slope=slope)
    check_values(student.leaky_relu_activation, F.leaky_relu, *in_float32(numbers(rng)))


@task("leaky_relu_gradient", points=0.75)
def test_gradient_through_leaky_relu_matches_the_worked_example(student):
    _, cache = student.leaky_relu_activation(X, negative_slope=0.5)
    check(student.leaky_relu_gradient(DOUT, cache), "dx").equals(np.array([[0.5, -1.0, 4.0], [3.0, -2.5, 3.0]]))


@task("leaky_relu_gradient", points=0.75)
def test_gradient_through_leaky_relu_agrees_with_torch_on_random_numbers(student, rng):
    pair = student.leaky_relu_activation, student.leaky_relu_gradient
    check_gradient(*pair, F.leaky_relu, numbers(rng), numbers(rng), negative_slope=-0.3)
    check_gradient(*pair, F.leaky_relu, *in_float32(numbers(rng), numbers(rng)))


@task("prelu_activation", points=0.75)
def test_prelu_matches_the_worked_example(student):
    x = np.array([[-2.0, -2.0], [4.0, -4.0], [-1.0, 0.0]])
    out, _ = student.prelu_activation(x, np.array([0.5, 0.25]))
    check(out).equals(np.array([[-1.0, -0.5], [4.0, -1.0], [-0.5, 0.0]]))
    out, _ = student.prelu_activation(x, np.array([0.5]))
    check(out).equals(np.array([[-1.0, -1.0], [4.0, -2.0], [-0.5, 0.0]]))


@task("prelu_activation", points=0.5)
def test_prelu_agrees_with_torch_on_random_images(student, rng):
    x, weight, _ = slopes_case(rng)
    check(student.prelu_activation.keeping_arguments(x, weight)[0]).equals(F.prelu(*to_torch(x, weight)))


@task("prelu_activation", points=0.25)
def test_prelu_refuses_three_slopes_for_two_channels_and_keeps_float32(student, rng):
    x, weight = in_float32(*slopes_case(rng)[:2])
    check(student.prelu_activation(x, weight)[0]).equals(F.prelu(*to_torch(x, weight)))
    student.prelu_activation.refuses(ValueError, x, np.resize(weight, 3))


@task("prelu_gradient", points=0.75)
def test_gradients_of_prelu_match_the_worked_example(student):
    _, cache = student.prelu_activation(np.array([[-2.0, -2.0], [4.0, -4.0], [-1.0, 0.0]]), np.array([0.5, 0.25]))
    dx, dweight = student.prelu_gradient(np.array([[1.0, 2.0], [3.0, 4.0], [8.0, 12.0]]), cache)
    check(dx, "dx").equals(np.array([[0.5, 0.5], [3.0, 1.0], [4.0, 3.0]]))
    check(dweight, "dweight").equals(np.array([-10.0, -20.0]))


@task("prelu_gradient", points=0.5)
def test_gradients_of_prelu_agree_with_torch_on_random_images(student, rng):
    check_prelu_gradient(student, *slopes_case(rng))


@task("prelu_gradient", points=0.25)
def test_gradients_of_prelu_with_a_single_slope_keep_float32(student, rng):
    check_prelu_gradient(student, *in_float32(*slopes_case(rng, 1)))


@task("elu_activation", points=0.75)
def test_elu_matches_the_worked_example(student):
    out, _ = student.elu_activation(HALVES, alpha=3.0)
    check(out).equals(np.array([[-1.5, 0.0, 3.0], [0.5, -2.25, -1.5]]))


@task("elu_activation", points=0.5)
def test_elu_agrees_with_torch_on_random_numbers(student, rng):
    check_values(student.elu_activation, F.elu, numbers(rng), alpha=0.4)
    check_values(student.elu_activation, F.elu, *in_float32(numbers(rng)))


@task("elu_activation", points=0.25)
def test_elu_stays_right_for_ten_thousand(student, rng):
    check_values(student.elu_activation, F.elu, numbers(rng, 5000.0), alpha=2.0)


@task("elu_gradient", points=0.75)
def test_gradient_through_elu_matches_the_worked_example(student):
    _, cache = student.elu_activation(HALVES, alpha=3.0)
    check(student.elu_gradient(DOUT, cache), "dx").equals(np.array([[1.5, -6.0, 4.0], [3.0, -3.75, 9.0]]))


@task("elu_gradient", points=0.5)
def test_gradient_through_elu_agrees_with_torch_on_random_numbers(student, rng):
    pair = student.elu_activation, student.elu_gradient
    check_gradient(*pair, F.elu, numbers(rng), numbers(rng), alpha=0.4)
    check_gradient(*pair, F.elu, *in_float32(numbers(rng), numbers(rng)))


@task("elu_gradient", points=0.25)
def test_gradient_through_elu_stays_right_for_ten_thousand(student, rng):
    pair = student.elu_activation, student.elu_gradient
    check_gradient(*pair, F.elu, numbers(rng, 5000.0), numbers(rng), alpha=2.0)


@task("silu_activation", points=0.75)
def test_silu_matches_the_worked_example(student):
    expected = np.array([[0.0, 0.75], [-0.25, 0.0], [0.75, 0.75]]) * LOG3
    check(student.silu_activation(ODDS)[0]).equals(expected)


@task("silu_activation", points=0.5)
def test_silu_agrees_with_torch_on_random_numbers(student, rng):
    check_values(student.silu_activation, F.silu, numbers(rng))
    check_values(student.silu_activation, F.silu, *in_float32(numbers(rng)))


@task("silu_activation", points=0.25)
def test_silu_stays_right_for_ten_thousand(student, rng):
    check_values(student.silu_activation, F.silu, numbers(rng, 5000.0))


@task("silu_gradient", points=0.75)
def test_gradient_through_silu_matches_the_worked_example(student):
    _, cache = student.silu_activation(ODDS)
    dx = student.silu_gradient(np.array([[4.0, 16.0], [16.0, 2.0], [0.0, -16.0]]), cache)
    expected = np.array([[2.0, 12 + 3 * LOG3], [4 - 3 * LOG3, 1.0], [0.0, -12 - 3 * LOG3]])
    check(dx, "dx").equals(expected)


@task("silu_gradient", points=0.75)
def test_gradient_through_silu_agrees_with_torch_on_random_numbers(student, rng):
    pair = student.silu_activation, student.silu_gradient
    check_gradient(*pair, F.silu, numbers(rng), numbers(rng))
    check_gradient(*pair, F.silu, *in_float32(numbers(rng), numbers(rng)))


@task("gelu_activation", points=1)
def test_gelu_matches_the_worked_example(student):
    x, exact = np.array([[-1.0, 0.0, 1.0], [2.0, -2.0, 0.0]]), [[-0.15866, 0.0, 0.84134], [1.9545, -0.0455, 0.0]]
    check(student.gelu_activation(x)[0]).equals(np.array(exact), atol=1e-5)
    near = [[-0.15881, 0.0, 0.84119], [1.9546, -0.0454, 0.0]]
    check(student.gelu_activation(x, approximate="tanh")[0], 'the result for "tanh"').equals(np.array(near), atol=1e-5)


@task("gelu_activation", points=0.5)
def test_gelu_agrees_with_torch_in_both_forms(student, rng):
    for form in ("none", "tanh"):
        check_values(student.gelu_activation, F.gelu, numbers(rng), approximate=form)


@task("gelu_activation", points=0.5)
def test_gelu_refuses_other_forms_and_keeps_float32(student, rng):
    for form in ("none", "tanh"):
        check_values(student.gelu_activation, F.gelu, *in_float32(numbers(rng)), approximate=form)
    student.gelu_activation.refuses(ValueError, numbers(rng), approximate="sigmoid")


@task("gelu_gradient", points=0.75)
def test_gradient_through_gelu_matches_the_worked_example(student):
    _, cache = student.gelu_activation(np.array([[0.0, 1.0], [-1.0, 0.0], [1.0, 1.0]]))
    dx = student.gelu_gradient(np.array([[4.0, 1.0], [1.0, 2.0], [-1.0, 0.0]]), cache)
    check(dx, "dx").equals(np.array([[2.0, 1.08332], [-0.08332, 1.0], [-1.08332, 0.0]]), atol=1e-5)


@task("gelu_gradient", points=0.5)
def test_gradient_through_gelu_agrees_with_torch_in_both_forms(student, rng):
    pair = student.gelu_activation, student.gelu_gradient
    for form in ("none", "tanh"):
        check_gradient(*pair, F.gelu, numbers(rng), numbers(rng), approximate=form)


@task("gelu_gradient", points=0.25)
def test_gradient_through_gelu_keeps_float32(student, rng):
    pair = student.gelu_activation, student.gelu_gradient
    for form in ("none", "tanh"):
        check_gradient(*pair, F.gelu, *in_float32(numbers(rng), numbers(rng)), approximate=form)


@task("sine_activation", points=0.75)
def test_sine_matches_the_worked_example(student):
    out, _ = student.sine_activation(np.pi / 4 * np.array([[0.0, 1.0, 2.0], [-1.0, 3.0, 0.0]]), omega=2.0)
    check(out).equals(np.array([[0.0, 1.0, 0.0], [-1.0, -1.0, 0.0]]))


@task("sine_activation", points=0.75)
def test_sine_agrees_with_torch_on_random_numbers(student, rng):
    check_values(student.sine_activation, sine, numbers(rng), omega=3.5)
    check_values(student.sine_activation, sine, *in_float32(numbers(rng)))


@task("sine_gradient", points=0.75)
def test_gradient_through_sine_matches_the_worked_example(student):
    _, cache = student.sine_activation(np.pi / 2 * np.array([[0.0, 1.0], [2.0, 0.5], [-1.0, 0.0]]), omega=2.0)
    dx = student.sine_gradient(np.array([[5.0, 5.0], [3.0, 7.0], [-1.0, 1.0]]), cache)
    check(dx, "dx").equals(np.array([[10.0, -10.0], [6.0, 0.0], [2.0, 2.0]]))


@task("sine_gradient", points=0.75)
def test_gradient_through_sine_agrees_with_torch_on_random_numbers(student, rng):
    pair = student.sine_activation, student.sine_gradient
    check_gradient(*pair, sine, numbers(rng), numbers(rng), omega=3.5)
    check_gradient(*pair, sine, *in_float32(numbers(rng), numbers(rng)))
