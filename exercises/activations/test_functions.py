"""Every activation and its gradient, on the handout's worked example and on random numbers.

Expected numbers: by hand, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([-2.0, 0.0, 3.0])
DOUT = np.array([1.0, -2.0, 4.0])
LOG_ODDS = np.array([0.0, float(np.log(3))])  # its sigmoid is 1/2, 3/4; its softmax 1/4, 3/4


def check_gradient(dx, reference, x, dout):
    """Check a gradient against that of torch's function at the same place."""
    x = to_torch(x, grad=True)
    check(dx, "dx").equals(torch.autograd.grad(reference(x), x, to_torch(dout))[0])


@task("step_activation", points=1)
def test_step_matches_the_worked_example(student):
    check(student.step_activation(X)[0]).equals(np.array([0.0, 1.0, 1.0]))


@task("step_gradient", points=1)
def test_gradient_through_step_matches_the_worked_example(student):
    _, cache = student.step_activation(X)
    check(student.step_gradient(DOUT, cache), "dx").equals(np.zeros(3))


@task("sigmoid_activation", points=1)
def test_sigmoid_matches_the_worked_example_and_torch(student, rng):
    check(student.sigmoid_activation(LOG_ODDS)[0]).equals(np.array([0.5, 0.75]))
    x = rng.normal(size=(3, 4))
    check(student.sigmoid_activation(x)[0]).equals(torch.sigmoid(to_torch(x)))


@task("sigmoid_gradient", points=1)
def test_gradient_through_sigmoid_matches_the_worked_example(student):
    _, cache = student.sigmoid_activation(LOG_ODDS)
    check(student.sigmoid_gradient(np.array([2.0, 16.0]), cache), "dx").equals(np.array([0.5, 3.0]))


@task("tanh_activation", points=1)
def test_tanh_matches_the_worked_example_and_torch(student, rng):
    check(student.tanh_activation(np.array([0.0, np.log(2)]))[0]).equals(np.array([0.0, 0.6]))
    x = rng.normal(size=(3, 4))
    check(student.tanh_activation(x)[0]).equals(torch.tanh(to_torch(x)))


@task("tanh_gradient", points=1)
def test_gradient_through_tanh_matches_the_worked_example(student):
    _, cache = student.tanh_activation(np.array([0.0, np.log(2)]))
    check(student.tanh_gradient(np.array([3.0, 100.0]), cache), "dx").equals(np.array([3.0, 64.0]))


@task("gaussian_activation", points=1)
def test_gaussian_matches_the_worked_example(student):
    out, _ = student.gaussian_activation(np.array([0.0, 1.0, -2.0]))
    check(out).equals(np.array([1.0, np.exp(-1), np.exp(-4)]))


@task("gaussian_gradient", points=1)
def test_gradient_through_gaussian_matches_the_worked_example_and_torch(student, rng):
    _, cache = student.gaussian_activation(np.array([0.0, 1.0]))
    check(student.gaussian_gradient(np.array([3.0, np.e]), cache), "dx").equals(np.array([0.0, -2.0]))
    x, dout = rng.normal(size=(2, 3, 4))
    _, cache = student.gaussian_activation(x)
    check_gradient(student.gaussian_gradient(dout, cache), lambda x: torch.exp(-(x**2)), x, dout)


@task("softmax_activation", points=1)
def test_softmax_matches_the_worked_example_and_torch_along_either_axis(student, rng):
    check(student.softmax_activation(LOG_ODDS)[0]).equals(np.array([0.25, 0.75]))
    x = rng.normal(size=(3, 4))
    check(student.softmax_activation(x, dim=1)[0]).equals(F.softmax(to_torch(x), 1))
    check(student.softmax_activation(x, dim=0)[0]).equals(F.softmax(to_torch(x), 0))


@task("softmax_gradient", points=1)
def test_gradient_through_softmax_matches_the_worked_example(student):
    _, cache = student.softmax_activation(LOG_ODDS)
    check(student.softmax_gradient(np.array([16.0, 0.0]), cache), "dx").equals(np.array([3.0, -3.0]))


@task("log_softmax_activation", points=1)
def test_log_softmax_matches_the_worked_example(student):
    check(student.log_softmax_activation(LOG_ODDS)[0]).equals(np.log([0.25, 0.75]))
    check(student.log_softmax_activation(np.array([0.0, -1000.0]))[0]).equals(np.array([0.0, -1000.0]))


@task("log_softmax_gradient", points=1)
def test_gradient_through_log_softmax_matches_the_worked_example(student):
    _, cache = student.log_softmax_activation(LOG_ODDS)
    check(student.log_softmax_gradient(np.array([-1.0, 0.0]), cache), "dx").equals(np.array([-0.75, 0.75]))


@task("relu_activation", points=1)
def test_relu_matches_the_worked_example(student):
    check(student.relu_activation(X)[0]).equals(np.array([0.0, 0.0, 3.0]))


@task("relu_gradient", points=1)
def test_gradient_through_relu_matches_the_worked_example(student):
    _, cache = student.relu_activation(X)
    check(student.relu_gradient(DOUT, cache), "dx").equals(np.array([0.0, 0.0, 4.0]))


@task("leaky_relu_activation", points=1)
def test_leaky_relu_matches_the_worked_example(student):
    check(student.leaky_relu_activation(X)[0]).equals(np.array([-0.02, 0.0, 3.0]))
    check(student.leaky_relu_activation(X, negative_slope=0.5)[0]).equals(np.array([-1.0, 0.0, 3.0]))


@task("leaky_relu_gradient", points=1)
def test_gradient_through_leaky_relu_matches_the_worked_example(student):
    _, cache = student.leaky_relu_activation(X, negative_slope=0.5)
    check(student.leaky_relu_gradient(DOUT, cache), "dx").equals(np.array([0.5, -1.0, 4.0]))


@task("prelu_activation", points=1)
def test_prelu_matches_the_worked_example(student):
    x = np.array([[-2.0, -2.0], [4.0, -4.0]])
    check(student.prelu_activation(x, np.array([0.5, 0.25]))[0]).equals(np.array([[-1.0, -0.5], [4.0, -1.0]]))
    check(student.prelu_activation(x, np.array([0.5]))[0]).equals(np.array([[-1.0, -1.0], [4.0, -2.0]]))


@task("prelu_gradient", points=1)
def test_gradients_of_prelu_match_the_worked_example(student):
    _, cache = student.prelu_activation(np.array([[-2.0, -2.0], [4.0, -4.0]]), np.array([0.5, 0.25]))
    dx, dweight = student.prelu_gradient(np.array([[1.0, 2.0], [3.0, 4.0]]), cache)
    check(dx, "dx").equals(np.array([[0.5, 0.5], [3.0, 1.0]]))
    check(dweight, "dweight").equals(np.array([-2.0, -20.0]))


@task("elu_activation", points=1)
def test_elu_matches_the_worked_example(student):
    out, _ = student.elu_activation(np.array([-np.log(2), 0.0, 3.0]), alpha=3.0)
    check(out).equals(np.array([-1.5, 0.0, 3.0]))


@task("elu_gradient", points=1)
def test_gradient_through_elu_matches_the_worked_example(student):
    _, cache = student.elu_activation(np.array([-np.log(2), 0.0, 3.0]), alpha=3.0)
    check(student.elu_gradient(DOUT, cache), "dx").equals(np.array([1.5, -6.0, 4.0]))


@task("silu_activation", points=1)
def test_silu_matches_the_worked_example(student):
    check(student.silu_activation(LOG_ODDS)[0]).equals(np.array([0.0, 0.75 * np.log(3)]))


@task("silu_gradient", points=1)
def test_gradient_through_silu_matches_the_worked_example(student):
    _, cache = student.silu_activation(LOG_ODDS)
    check(student.silu_gradient(np.array([4.0, 16.0]), cache), "dx").equals(np.array([2.0, 12 + 3 * np.log(3)]))


@task("gelu_activation", points=1)
def test_gelu_matches_the_worked_example_and_torch_in_both_forms(student, rng):
    check(student.gelu_activation(np.array([-1.0, 1.0]))[0]).equals(np.array([-0.15866, 0.84134]), atol=1e-5)
    x = rng.normal(size=(3, 4))
    check(student.gelu_activation(x)[0]).equals(F.gelu(to_torch(x)))
    check(student.gelu_activation(x, approximate="tanh")[0]).equals(F.gelu(to_torch(x), approximate="tanh"))


@task("gelu_gradient", points=1)
def test_gradient_through_gelu_matches_the_worked_example_and_torch(student, rng):
    _, cache = student.gelu_activation(np.array([0.0, 1.0]))
    check(student.gelu_gradient(np.array([4.0, 1.0]), cache), "dx").equals(np.array([2.0, 1.08332]), atol=1e-5)
    x, dout = rng.normal(size=(2, 3, 4))
    _, cache = student.gelu_activation(x)
    check_gradient(student.gelu_gradient(dout, cache), F.gelu, x, dout)


@task("sine_activation", points=1)
def test_sine_matches_the_worked_example(student):
    out, _ = student.sine_activation(np.array([0.0, np.pi / 4, np.pi / 2]), omega=2.0)
    check(out).equals(np.array([0.0, 1.0, 0.0]))


@task("sine_gradient", points=1)
def test_gradient_through_sine_matches_the_worked_example(student):
    _, cache = student.sine_activation(np.array([0.0, np.pi / 2]), omega=2.0)
    check(student.sine_gradient(np.array([5.0, 5.0]), cache), "dx").equals(np.array([10.0, -10.0]))
