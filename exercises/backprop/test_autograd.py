"""The autograd engine, on the handout's worked example. Expected numbers: by hand, and torch."""

import torch

from grader.judge import check, task


@task("binary_operation", points=1)
def test_products_and_quotients_match_the_worked_example_of_the_handout(student):
    check(student.binary_operation("*", 2.0, -3.0)).equals((-6.0, (-3.0, 2.0)))
    check(student.binary_operation("/", 3.0, 2.0)).equals((1.5, (0.5, -0.75)))
    check(student.binary_operation("-", 3.0, 2.0)).equals((1.0, (1.0, -1.0)))


@task("unary_operation", points=1)
def test_functions_match_the_worked_example_of_the_handout(student):
    check(student.unary_operation("relu", -3.0)).equals((0.0, (0.0,)))
    check(student.unary_operation("log", 4.0)[1], "slopes").equals((0.25,))


@task("topological_order", points=1)
def test_parents_come_first_in_the_worked_example_of_the_handout(student):
    order = student.topological_order([(1, 2), (2,), (), (0,)], 0)
    check(order).equals([2, 1, 0])


@task("backpropagate", points=1)
def test_gradients_add_up_in_the_worked_example_of_the_handout(student):
    grads = student.backpropagate([(), (0, 0), (1, 0)], [(), (3.0, 3.0), (1.0, 1.0)], 2)
    check(grads, "grads").equals([7.0, 1.0, 1.0])


@task("differentiate", points=1)
def test_a_formula_matches_the_worked_example_of_the_handout(student):
    trace = [("p", "*", "x", "w"), ("y", "+", "p", "x")]
    check(student.differentiate(trace, {"x": 3.0, "w": 2.0})).equals((9.0, {"x": 3.0, "w": 3.0}))


@task("differentiate", points=1)
def test_a_neuron_agrees_with_torch(student, rng):
    numbers = rng.normal(size=3).tolist()
    trace = [("z", "*", "x", "w"), ("z", "+", "z", "b"), ("s", "tanh", "z"), ("e", "-", 1.0, "s"), ("l", "*", "e", "e")]
    x, w, b = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers)
    loss = (1 - torch.tanh(x * w + b)) ** 2
    loss.backward()
    value, grads = student.differentiate(trace, dict(zip("xwb", numbers, strict=True)))
    check(value, "value").equals(loss.item())
    check(grads, "grads").equals({"x": x.grad.item(), "w": w.grad.item(), "b": b.grad.item()})
