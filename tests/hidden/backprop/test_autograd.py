"""The autograd engine, from the slopes of one operation to formulas of thousands of steps.

Requires values and slopes of all nine operations, an order in which parents come first, gradients that add up over all
paths, graphs 10,000 nodes deep without hitting the recursion limit, inputs that are used again, overwritten or not
used, plain numbers on either side.

Catches: swapped or missing slopes, preorder or breadth-first lists, nodes listed twice or not needed, recursion, the
last path winning, gradients handed on too early, forward instead of reverse order, slopes used without what came from
above, gradients of the wrong values of a name.

Expected numbers: torch.autograd on the same formula or on a linear graph with the same slopes; for the deep ones the
recurrence of value and slope, written out.
"""

import math
import operator
from itertools import pairwise, product

import numpy as np
import torch
from hypothesis import given

from grader.judge import check, task, to_torch
from tests.hidden.backprop.strategies import graph_cases, trace_cases

BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
UNARY = {"exp": torch.exp, "log": torch.log, "tanh": torch.tanh, "relu": torch.relu}
DEPTH = 10_000


def value_and_slopes(function, *numbers):
    """Return a value and its derivatives as torch sees them."""
    leaves = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    value = function(*leaves)
    return value.item(), tuple(slope.item() for slope in torch.autograd.grad(value, leaves))


@task("binary_operation", points=1, about="all operations with many numbers")
def test_values_and_slopes_of_all_five_operations_agree_with_torch(student, rng):
    for symbol, function in BINARY.items():
        for _ in range(3):
            a, b = rng.uniform(0.3, 3, size=2).tolist()
            for other in (b, b / 2) if symbol == "**" else (-b, -b / 2):
                got = student.binary_operation(symbol, a, other)
                check(got, f"a {symbol} b").equals(value_and_slopes(function, a, other))


@task("binary_operation", points=1, about="powers of all kinds of numbers")
def test_powers_have_slopes_everywhere(student, rng):
    x, y = rng.uniform(0.4, 0.9, size=2).tolist()
    for a, b, expected in [
        (-x, 3.0, (-(x**3), (3 * x**2, 0.0))),
        (-x, -1.0, (-1 / x, (-1 / x**2, 0.0))),
        (y, 2.0, (y**2, (2 * y, y**2 * math.log(y)))),
        (0.0, 2.0, (0.0, (0.0, 0.0))),
        (0.0, 1.0, (0.0, (1.0, 0.0))),
        (0.0, 0.0, (1.0, (0.0, 0.0))),
    ]:
        check(student.binary_operation("**", a, b), f"{a} ** {b}").equals(expected)


@task("binary_operation", points=0.5, about="symbols that are no operations")
def test_an_unknown_operation_is_refused(student, rng):
    a, b = rng.uniform(1, 5, size=2).tolist()
    check(student.binary_operation("-", a, b)).equals((a - b, (1.0, -1.0)))
    student.binary_operation.refuses(ValueError, "%", a, b)


@task("unary_operation", points=0.75, about="all functions with many numbers")
def test_values_and_slopes_of_all_four_functions_agree_with_torch(student, rng):
    for symbol, function in UNARY.items():
        for sign in (1, -1, 1):
            a = float(rng.uniform(0.2, 2)) * (1 if symbol == "log" else sign)
            check(student.unary_operation(symbol, a), f"{symbol} of a").equals(value_and_slopes(function, a))


@task("unary_operation", points=0.75, about="very large numbers, symbols that are no functions")
def test_functions_are_right_for_very_large_numbers_and_an_unknown_one_is_refused(student, rng):
    large = float(rng.uniform(9e3, 1e4))
    for symbol, a in product(("tanh", "relu"), (large, -large, 0.0)):
        expected = value_and_slopes(UNARY[symbol], a)
        check(student.unary_operation(symbol, a), f"{symbol} of {a}").equals(expected)
    check(student.unary_operation("log", large), f"log of {large}").equals((math.log(large), (1 / large,)))
    check(student.unary_operation("exp", -large), f"exp of {-large}").equals((0.0, (0.0,)))
    student.unary_operation.refuses(ValueError, "sin", 1.0)


def needed_for(parents, output):
    """Return the nodes that an output depends on."""
    found, waiting = {output}, [output]
    while waiting:
        new = set(parents[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def check_order(order, parents, output):
    """Check what an order must be: complete, without repetition, parents first."""
    place = {node: index for index, node in enumerate(order)}
    check(order).holds(len(place) == len(order), f"{len(order)} nodes are listed, only {len(place)} different ones")
    wanted = needed_for(parents, output)
    check(order).holds(
        place.keys() == wanted, f"{len(place)} nodes are listed; the output depends on {len(wanted) - 1} others"
    )
    late = [(node, one) for node in order for one in parents[node] if place[one] > place[node]]
    check(order).holds(not late, f"{len(late)} times a node stands before its parent, first {late[:1]}")


@task("topological_order", points=1.5, about="large random graphs, nodes that are not needed", examples=10)
@given(case=graph_cases())
def test_parents_come_first_and_each_needed_node_once(student, case):
    order = student.topological_order.keeping_arguments(case.parents, case.output)
    check_order(order, case.parents, case.output)


@task("topological_order", points=1, about="a very deep graph, one of a single node")
def test_a_graph_may_be_very_deep(student, rng):
    nodes = rng.permutation(DEPTH + 1).tolist()  # from the far end to the output
    parents = [()] * len(nodes)
    for parent, node in pairwise(nodes):
        parents[node] = (parent,)
    order = student.topological_order(parents, nodes[-1])
    check(order == nodes, "whether the order runs from the far end to the output").equals(True)
    for output, expected in ((0, [0]), (1, [0, 1])):
        check(student.topological_order([(), (0,)], output), f"the order of node {output}").equals(expected)


def gradients_of(case):
    """Return torch's derivatives of the output of a linear graph with the same slopes."""
    values = {}

    def value(node):
        if node not in values:
            terms = [s * value(one) for one, s in zip(case.parents[node], case.slopes[node], strict=True)]
            values[node] = sum(terms) if terms else torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
            values[node].retain_grad()
        return values[node]

    value(case.output).backward()
    return [values[node].grad.item() if node in values else 0.0 for node in range(len(case.parents))]


@task("backpropagate", points=1, about="large random graphs", examples=8)
@given(case=graph_cases())
def test_gradients_of_all_nodes_agree_with_torch(student, case):
    grads = student.backpropagate.keeping_arguments(case.parents, case.slopes, case.output)
    check(grads, "grads").equals(gradients_of(case))


@task("backpropagate", points=1, about="a very deep graph, one of a single node")
def test_gradients_flow_through_a_very_deep_graph(student, rng):
    """Node 0 is the output and looks at node 1 and once more at the far end."""
    parents = [(1, DEPTH)] + [(node + 1,) for node in range(1, DEPTH)] + [()]
    slopes = [(2.0, 3.0)] + [(float(slope),) for slope in rng.uniform(0.999, 1.001, size=DEPTH - 1)] + [()]
    expected = [1.0, 2.0]
    for (slope,) in slopes[1:-1]:
        expected.append(expected[-1] * slope)
    expected[-1] += 3.0
    check(np.array(student.backpropagate(parents, slopes, 0)), "grads").equals(np.array(expected))
    for output, expected in ((0, [1.0, 0.0]), (1, [2.5, 1.0])):
        grads = student.backpropagate([(), (0,)], [(), (2.5,)], output)
        check(grads, f"the grads of node {output}").equals(expected)


def differentiated(case):
    """Run a trace in torch; return its value and its gradients."""
    leaves = {
        name: torch.tensor(number, dtype=torch.float64, requires_grad=True) for name, number in case.inputs.items()
    }
    values = dict(leaves)
    for name, symbol, *operands in case.trace:
        got = [values[one] if isinstance(one, str) else one for one in operands]
        values[name] = (UNARY if len(got) == 1 else BINARY)[symbol](*got)
    output = values[case.trace[-1][0]]
    grads = torch.autograd.grad(output, list(leaves.values()), allow_unused=True, materialize_grads=True)
    return output.item(), dict(zip(leaves, (grad.item() for grad in grads), strict=True))


@task("differentiate", points=1.5, about="formulas of thirty steps with all operations", examples=8)
@given(case=trace_cases())
def test_formulas_of_many_steps_agree_with_torch(student, case):
    got = student.differentiate.keeping_arguments(case.trace, case.inputs)
    check(got, "value and grads").equals(differentiated(case))


@task("differentiate", points=0.5, about="names that are used again, inputs that are not used")
def test_names_may_be_used_again_and_inputs_may_be_left_out(student, rng):
    x, w = rng.uniform(0.5, 2, size=2).tolist()
    trace = [("x", "*", "x", "x"), ("y", "/", 2.0, "x"), ("x", "-", "y", 1.0), ("y", "*", "x", "x")]
    u = 2 / x**2
    value, grads = student.differentiate(trace, {"x": x, "w": w})
    check(value, "value").equals((u - 1) ** 2)
    check(grads, "grads").equals({"x": 2 * (u - 1) * -4 / x**3, "w": 0.0})


@task("differentiate", points=1, about="a formula of very many steps")
def test_a_formula_may_have_very_many_steps(student, rng):
    x, rate = float(rng.uniform(0.5, 1)), float(rng.uniform(0.99, 0.999))
    trace = [("h", "+", "x", 1.0)] + [("h", "*", "h", rate), ("h", "+", "h", "x")] * (DEPTH // 2)
    value, slope = x + 1.0, 1.0
    for _ in range(DEPTH // 2):
        value, slope = value * rate + x, slope * rate + 1
    check(student.differentiate(trace, {"x": x}), "value and grads").equals((value, {"x": slope}))


@task("differentiate", points=0.5, about="your functions inside the class Value")
def test_formulas_may_mix_values_and_plain_numbers(student, rng):
    for x, expected in ((3.0, (9.0, {"x": 6.0})), (2.0, (4.0, {"x": 4.0}))):
        check(student.differentiate([("y", "*", "x", "x")], {"x": x}), "value and grads").equals(expected)
    numbers = rng.uniform(0.5, 2, size=2).tolist()
    a, b = (student.Value(number) for number in numbers)
    ta, tb = to_torch(np.array(numbers[0]), np.array(numbers[1]), grad=True)

    def formula(a, b):
        return (2 - a) * b / (1.5 + a) + (3 / b) ** 2 - a.exp() * 0.5 + (b - 1).relu().tanh() + b.log() + 2**a - -b

    out, expected = formula(a, b), formula(ta, tb)
    out.backward()
    expected.backward()
    check([out.data, a.grad, b.grad], "value and grads").equals([expected.item(), ta.grad.item(), tb.grad.item()])
