"""The autograd engine: the handout's worked examples, random numbers and graphs, and what else is promised.

Expected numbers: by hand, and torch.
"""

import math
import operator
from itertools import pairwise

import torch

from grader.judge import check, task

BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
UNARY = {"exp": torch.exp, "log": torch.log, "tanh": torch.tanh, "relu": torch.relu}
DEEP = 3000


def value_and_slopes(function, *numbers):
    """Return a value and its derivatives as torch sees them."""
    leaves = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    value = function(*leaves)
    return value.item(), tuple(slope.item() for slope in torch.autograd.grad(value, leaves))


def random_graph(rng):
    """Draw a graph of ten nodes with shuffled numbers, in which results are used again and again; one is not needed."""
    names, parents = rng.permutation(10).tolist(), [()] * 10
    for node in range(2, 10):
        parents[names[node]] = tuple(names[one] for one in rng.integers(max(0, node - 4), node, size=2))
    return parents, names[8]


def needed_for(parents, output):
    """Return the nodes that an output depends on, itself included."""
    return {output}.union(*(needed_for(parents, parent) for parent in parents[output]))


def gradients_by_paths(parents, slopes, output):
    """Return the gradient of every node: the products of the slopes along a path, summed up over all paths."""
    grads = [0.0] * len(parents)

    def walk(node, product):
        grads[node] += product
        for position, factor in enumerate(slopes[node]):
            walk(parents[node][position], product * factor)

    walk(output, 1.0)
    return grads


@task("binary_operation", points=1)
def test_operations_match_the_worked_example_of_the_handout(student):
    check(student.binary_operation("*", 2.0, -3.0)).equals((-6.0, (-3.0, 2.0)))
    check(student.binary_operation("/", 3.0, 2.0)).equals((1.5, (0.5, -0.75)))
    check(student.binary_operation("-", 3.0, 2.0)).equals((1.0, (1.0, -1.0)))
    check(student.binary_operation("**", 2.0, 3.0)).equals((8.0, (12.0, 8 * math.log(2))))


@task("binary_operation", points=1)
def test_operations_agree_with_torch_on_random_numbers(student, rng):
    for symbol, function in BINARY.items():
        a, b = rng.uniform(0.3, 3, size=2).tolist()
        b = b if symbol == "**" else -b
        check(student.binary_operation(symbol, a, b), f"a {symbol} b").equals(value_and_slopes(function, a, b))


@task("binary_operation", points=0.5)
def test_powers_have_slopes_at_zero_and_below_and_other_symbols_are_refused(student, rng):
    a = -float(rng.uniform(0.5, 2))
    check(student.binary_operation("**", a, 2.0), "a ** 2").equals((a**2, (2 * a, 0.0)))
    check(student.binary_operation("**", 0.0, 0.0), "0 ** 0").equals((1.0, (0.0, 0.0)))
    student.binary_operation.refuses(ValueError, "%", a, 2.0)


@task("unary_operation", points=0.75)
def test_functions_match_the_worked_example_of_the_handout(student):
    check(student.unary_operation("relu", 3.0)).equals((3.0, (1.0,)))
    check(student.unary_operation("relu", -3.0)).equals((0.0, (0.0,)))
    check(student.unary_operation("log", 4.0)[1], "slopes").equals((0.25,))
    check(student.unary_operation("tanh", math.log(2))).equals((0.6, (0.64,)))


@task("unary_operation", points=0.5)
def test_functions_agree_with_torch_on_random_numbers(student, rng):
    for symbol, function in UNARY.items():
        for sign in (1, -1):
            a = float(rng.uniform(0.2, 2)) * (1 if symbol == "log" else sign)
            check(student.unary_operation(symbol, a), f"{symbol} of a").equals(value_and_slopes(function, a))


@task("unary_operation", points=0.25)
def test_the_slope_of_relu_at_zero_is_zero_and_other_symbols_are_refused(student, rng):
    a = float(rng.uniform(0.5, 2))
    check(student.unary_operation("relu", 0.0)).equals((0.0, (0.0,)))
    check(student.unary_operation("relu", a)).equals((a, (1.0,)))
    student.unary_operation.refuses(ValueError, "sin", 1.0)


@task("topological_order", points=1)
def test_parents_come_first_in_the_worked_example_of_the_handout(student):
    check(student.topological_order([(1, 2), (2,), (), (0,)], 0)).equals([2, 1, 0])


@task("topological_order", points=1)
def test_parents_come_first_in_random_graphs(student, rng):
    for _ in range(5):
        parents, output = random_graph(rng)
        order = student.topological_order.keeping_arguments(parents, output)
        check(sorted(order), "the nodes of the order").equals(sorted(needed_for(parents, output)))
        place = {node: index for index, node in enumerate(order)}
        late = [(node, one) for node in order for one in parents[node] if place[one] > place[node]]
        check(order).holds(not late, f"{len(late)} times a node stands before its parent, first {late[:1]}")


@task("topological_order", points=0.5)
def test_a_graph_may_be_thousands_of_nodes_deep(student, rng):
    nodes = rng.permutation(DEEP).tolist()  # from the far end to the output
    parents = [()] * DEEP
    for parent, node in pairwise(nodes):
        parents[node] = (parent,)
    order = student.topological_order(parents, nodes[-1])
    check(order == nodes, "whether the order runs from the far end to the output").equals(True)


@task("backpropagate", points=1)
def test_gradients_add_up_in_the_worked_example_of_the_handout(student):
    grads = student.backpropagate([(), (0, 0), (1, 0)], [(), (3.0, 3.0), (1.0, 1.0)], 2)
    check(grads, "grads").equals([7.0, 1.0, 1.0])


@task("backpropagate", points=1)
def test_gradients_add_up_over_all_paths_of_random_graphs(student, rng):
    for _ in range(4):
        parents, output = random_graph(rng)
        slopes = [tuple(rng.uniform(-2, 2, size=len(of_node)).tolist()) for of_node in parents]
        grads = student.backpropagate.keeping_arguments(parents, slopes, output)
        check(grads, "grads").equals(gradients_by_paths(parents, slopes, output))


@task("differentiate", points=1.5)
def test_a_formula_matches_the_worked_example_of_the_handout(student):
    trace = [("p", "*", "x", "w"), ("y", "+", "p", "x")]
    check(student.differentiate(trace, {"x": 3.0, "w": 2.0})).equals((9.0, {"x": 3.0, "w": 3.0}))


@task("differentiate", points=1)
def test_a_neuron_agrees_with_torch_on_random_numbers(student, rng):
    numbers = rng.normal(size=3).tolist()
    trace = [("z", "*", "x", "w"), ("z", "+", "z", "b"), ("s", "tanh", "z"), ("e", "-", 1.0, "s"), ("l", "*", "e", "e")]
    x, w, b = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers)
    loss = (1 - torch.tanh(x * w + b)) ** 2
    loss.backward()
    given = dict(zip("xwb", numbers, strict=True))
    value, grads = student.differentiate.keeping_arguments(trace, given)
    check(value, "value").equals(loss.item())
    check(grads, "grads").equals({"x": x.grad.item(), "w": w.grad.item(), "b": b.grad.item()})


@task("differentiate", points=1)
def test_an_input_may_be_overwritten_or_not_used_at_all(student, rng):
    x, w = rng.uniform(0.5, 2, size=2).tolist()
    trace = [("x", "*", "x", "x"), ("h", "+", "x", 1.0), ("y", "*", "x", "h")]  # x^2 (x^2 + 1)
    value, grads = student.differentiate(trace, {"x": x, "w": w})
    check(value, "value").equals(x**4 + x**2)
    check(grads, "grads").equals({"x": 4 * x**3 + 2 * x, "w": 0.0})
