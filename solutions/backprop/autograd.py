"""Reverse-mode automatic differentiation: backpropagation for any formula, not only for layers.

However long a computation is, it is made of small steps: a sum, a product, a tanh, each with a known derivative.
While the value is computed, every intermediate result remembers its parents, the values it was made of, and its slopes,
the derivatives with respect to each of them. The chain rule then runs through this graph once, from the result back:

    grad[result] = 1                grad[parent] += slope * grad[child]    for every child, all of its children first

It is a sum, because a value that is used twice acts on the result along two paths. And it needs an order: a node hands
its gradient on only when all its children have handed theirs to it. One pass gives the derivatives with respect to
*all* inputs, at the price of a few evaluations of the formula.

`Value` brings it all together; it is ready-made, and works as soon as your four functions above it do:

    >>> a, b = Value(2.0), Value(-3.0)
    >>> c = a * b + 2 / a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-5.0, -3.5, 2.0)

References
----------
Baydin, Pearlmutter, Radul, Siskind (2018), Automatic differentiation in machine learning: a survey, section 3.2.
Goodfellow, Bengio, Courville (2016), Deep learning, section 6.5.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

Graph = Sequence[Sequence[int]]
"""For every node, by number, the numbers of its parents: none for an input."""


def binary_operation(symbol: str, a: float, b: float) -> tuple[float, tuple[float, float]]:
    """Compute one of the operations + - * / ** of two numbers, and its slopes.

    A slope is the derivative of the value with respect to one of the two numbers, while the other stays as it is. Two
    slopes of the power need care: x ** 0 is constant, so its slope in x is 0 even at x = 0; and the slope in the
    exponent, a^b log a, exists for positive a only: return 0 for all others.

    Parameters
    ----------
    symbol : str
        ``"+"``, ``"-"``, ``"*"``, ``"/"`` or ``"**"``.
    a, b : float

    Returns
    -------
    value : float
    slopes : pair of float
        With respect to a, with respect to b.

    Raises
    ------
    ValueError
        There is no such operation.

    Examples
    --------
    >>> binary_operation("*", 2.0, -3.0)
    (-6.0, (-3.0, 2.0))
    >>> binary_operation("/", 3.0, 2.0)
    (1.5, (0.5, -0.75))
    """
    ### BEGIN SOLUTION
    match symbol:
        case "+":
            return a + b, (1.0, 1.0)
        case "-":
            return a - b, (1.0, -1.0)
        case "*":
            return a * b, (b, a)
        case "/":
            return a / b, (1 / b, -a / b**2)
        case "**":
            return a**b, (b * a ** (b - 1) if b else 0.0, a**b * math.log(a) if a > 0 else 0.0)
    raise ValueError(f"there is no operation {symbol!r} of two numbers")
    ### END SOLUTION


def unary_operation(symbol: str, a: float) -> tuple[float, tuple[float]]:
    """Compute one of the functions exp, log, tanh and relu of a number, and its slope.

    Parameters
    ----------
    symbol : str
        ``"exp"``, ``"log"``, ``"tanh"`` or ``"relu"``.
    a : float

    Returns
    -------
    value : float
    slopes : tuple of one float
        With respect to a; for relu at 0 it is 0.

    Raises
    ------
    ValueError
        There is no such function.

    Examples
    --------
    >>> unary_operation("relu", 3.0), unary_operation("relu", -3.0)
    ((3.0, (1.0,)), (0.0, (0.0,)))
    >>> unary_operation("log", 4.0)[1]
    (0.25,)
    """
    ### BEGIN SOLUTION
    match symbol:
        case "exp":
            return math.exp(a), (math.exp(a),)
        case "log":
            return math.log(a), (1 / a,)
        case "tanh":
            return math.tanh(a), (1 - math.tanh(a) ** 2,)
        case "relu":
            return max(a, 0.0), (float(a > 0),)
    raise ValueError(f"there is no function {symbol!r}")
    ### END SOLUTION


def topological_order(parents: Graph, output: int) -> list[int]:
    """List the nodes that an output depends on, every node after all of its parents.

    The output comes last; nodes that it does not depend on are left out, and no node comes twice, however many paths
    lead to it. The numbers themselves say nothing about the order. The graph may be 10,000 nodes deep and more: a
    function that calls itself for every parent would hit Python's recursion limit, so keep a stack of your own.

    Parameters
    ----------
    parents : sequence of sequences of int
        For every node the numbers of its parents; there are no cycles.
    output : int

    Returns
    -------
    order : list of int
        Where several orders are right, any of them.

    Examples
    --------
    Node 0 is made of 1 and 2, node 1 of 2 alone; node 3 is made of 0, and is not needed for it:

    >>> topological_order([(1, 2), (2,), (), (0,)], 0)
    [2, 1, 0]
    """
    ### BEGIN SOLUTION
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, parents_are_listed = stack.pop()
        if parents_are_listed:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in parents[node])
    return order
    ### END SOLUTION


def backpropagate(parents: Graph, slopes: Sequence[Sequence[float]], output: int) -> list[float]:
    """Return the derivatives of an output with respect to every node of its graph.

        grad[output] = 1
        grad[parent] += slope * grad[node]           for every node from the output back, each after all its children

    Parameters
    ----------
    parents : sequence of sequences of int
        For every node the numbers of its parents; the same one twice in x * x.
    slopes : sequence of sequences of float
        For every node its derivatives with respect to each of its parents, in the same order.
    output : int

    Returns
    -------
    grads : list of float
        One per node; 0 where the output does not depend on it.

    References
    ----------
    Baydin et al. (2018), section 3.2, table 3.

    Examples
    --------
    y = x * x + x at x = 3, where x is node 0, the square node 1 and the sum node 2:

    >>> backpropagate([(), (0, 0), (1, 0)], [(), (3.0, 3.0), (1.0, 1.0)], 2)
    [7.0, 1.0, 1.0]
    """
    ### BEGIN SOLUTION
    grads = [0.0] * len(parents)
    grads[output] = 1.0
    for node in reversed(topological_order(parents, output)):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            grads[parent] += slope * grads[node]
    return grads
    ### END SOLUTION


class Value:
    """A number that remembers how it was computed. Ready-made.

    It takes part in formulas like a plain number, together with plain numbers, on either side of an operator.

    Parameters
    ----------
    data : float
        The number.
    parents : tuple of Value
        What it was made of; nothing for an input.
    slopes : tuple of float
        Its derivative with respect to each parent.

    Attributes
    ----------
    grad : float
        What `backward` has added up: the derivative of the result with respect to this value.
    """

    def __init__(self, data: float, parents: "tuple[Value, ...]" = (), slopes: tuple[float, ...] = ()) -> None:
        self.data = float(data)
        self.parents = parents
        self.slopes = slopes
        self.grad = 0.0

    def __repr__(self) -> str:
        return f"Value({self.data:g}, grad={self.grad:g})"

    def __add__(self, other: "Value | float") -> "Value":
        return operate("+", self, other)

    def __radd__(self, other: float) -> "Value":
        return operate("+", other, self)

    def __sub__(self, other: "Value | float") -> "Value":
        return operate("-", self, other)

    def __rsub__(self, other: float) -> "Value":
        return operate("-", other, self)

    def __mul__(self, other: "Value | float") -> "Value":
        return operate("*", self, other)

    def __rmul__(self, other: float) -> "Value":
        return operate("*", other, self)

    def __truediv__(self, other: "Value | float") -> "Value":
        return operate("/", self, other)

    def __rtruediv__(self, other: float) -> "Value":
        return operate("/", other, self)

    def __pow__(self, other: "Value | float") -> "Value":
        return operate("**", self, other)

    def __rpow__(self, other: float) -> "Value":
        return operate("**", other, self)

    def __neg__(self) -> "Value":
        return operate("*", self, -1.0)

    def exp(self) -> "Value":
        """Return e to the power of this value."""
        return operate("exp", self)

    def log(self) -> "Value":
        """Return the natural logarithm."""
        return operate("log", self)

    def tanh(self) -> "Value":
        """Return the hyperbolic tangent."""
        return operate("tanh", self)

    def relu(self) -> "Value":
        """Return the positive part."""
        return operate("relu", self)

    def backward(self) -> None:
        """Add the derivatives of this value to the `grad` of everything that it was made of."""
        nodes = reachable(self)
        numbers = {id(node): number for number, node in enumerate(nodes)}
        parents = [[numbers[id(parent)] for parent in node.parents] for node in nodes]
        grads = backpropagate(parents, [node.slopes for node in nodes], numbers[id(self)])
        for node, grad in zip(nodes, grads, strict=True):
            node.grad += grad


def operate(symbol: str, *operands: Value | float) -> Value:
    """Compute one step, and remember what it was made of; plain numbers become inputs. Ready-made."""
    parents = tuple(operand if isinstance(operand, Value) else Value(operand) for operand in operands)
    compute = unary_operation if len(parents) == 1 else binary_operation
    data, slopes = compute(symbol, *(parent.data for parent in parents))
    return Value(data, parents, slopes)


def reachable(output: Any) -> list[Any]:
    """List everything that a value or an array was made of, itself included, once each, as it is found. Ready-made."""
    nodes, seen = [output], {id(output)}
    for node in nodes:  # the list grows while it is read
        for parent in node.parents:
            if id(parent) not in seen:
                seen.add(id(parent))
                nodes.append(parent)
    return nodes


def differentiate(
    trace: Sequence[Sequence[str | float]], inputs: Mapping[str, float]
) -> tuple[float, dict[str, float]]:
    """Compute a formula that is given step by step, and its derivatives with respect to all inputs.

    A trace is what remains of a program when all loops have been run: a list of steps (name, symbol, operand, operand),
    or (name, symbol, operand) for a function of one number. An operand is the name of an input or of an earlier result,
    or a plain number. The last step gives the output.

    A name may be used again, also an input's: from then on it means the new value. The derivatives are asked for with
    respect to the inputs as they were given.

    Parameters
    ----------
    trace : sequence of steps
        At least one.
    inputs : mapping of str to float

    Returns
    -------
    value : float
        Of the output.
    grads : dict of str to float
        The output's derivative with respect to every input; 0 for one that is not used.

    References
    ----------
    Baydin et al. (2018), section 3, table 3 (there the steps are called v_1, v_2, ...).

    Examples
    --------
    y = x w + x at x = 3, w = 2:

    >>> differentiate([("p", "*", "x", "w"), ("y", "+", "p", "x")], {"x": 3.0, "w": 2.0})
    (9.0, {'x': 3.0, 'w': 3.0})
    """
    ### BEGIN SOLUTION
    leaves = {name: Value(number) for name, number in inputs.items()}
    values = dict(leaves)
    for name, symbol, *operands in trace:
        values[name] = operate(symbol, *(values[one] if isinstance(one, str) else one for one in operands))
    output = values[trace[-1][0]]
    output.backward()
    return output.data, {name: leaf.grad for name, leaf in leaves.items()}
    ### END SOLUTION
