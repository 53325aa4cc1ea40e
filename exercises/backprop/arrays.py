"""The engine with arrays for numbers: a node is a whole array, and broadcasting is undone on the way back.

A network of a thousand weights is a graph of thousands of numbers, or of a dozen arrays. The rules stay the same, only
that a slope is now a function which takes the gradient of a result to those of its operands:

    c = a + b        da = dc               db = dc
    c = a - b        da = dc               db = -dc
    c = a * b        da = dc * b           db = dc * a
    c = a / b        da = dc / b           db = -dc * a / b^2
    c = a @ b        da = dc @ b^T         db = a^T @ dc
    c = sum of a     da = dc for every number that was added up

One thing is new. NumPy stretches the smaller of two operands: a bias (M,) is added to all rows of (N, M). It has been
used N times, and gets the sum of N gradients. `unbroadcast` takes that sum, so that every gradient has the shape of
what it belongs to.

References
----------
Baydin, Pearlmutter, Radul, Siskind (2018), Automatic differentiation in machine learning: a survey, section 3.2.
Giles (2008), Collected matrix derivative results for forward and reverse mode algorithmic differentiation, section 2.2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from .autograd import reachable, topological_order

Backward = Callable[[Array], tuple[Array, ...]]
"""Takes the gradient of a result; returns those of its operands."""


def unbroadcast(gradient: Float[Array, "..."], shape: tuple[int, ...]) -> Float[Array, "..."]:
    """Add up the gradients of a stretched array, so that the sum has the shape the array had before.

    Broadcasting puts axes in front, and repeats axes of size 1. Every repetition is a use, and gradients of all uses
    add up: the sum runs over exactly these axes.

    Parameters
    ----------
    gradient : ndarray
        In the shape of the result.
    shape : tuple of int
        That of the operand; NumPy can stretch it to the shape of `gradient`.

    Returns
    -------
    gradient : ndarray
        A new array of this shape, in the dtype of `gradient`.

    Raises
    ------
    ValueError
        NumPy cannot stretch an array of this shape to that of `gradient`.

    Examples
    --------
    >>> unbroadcast(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (3,))
    array([5., 7., 9.])
    >>> unbroadcast(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (2, 1))
    array([[ 6.],
           [15.]])
    """
    raise NotImplementedError("backprop.unbroadcast")


def array_operation_backward(
    symbol: str, dout: Float[Array, "..."], a: Float[Array, "..."], b: Float[Array, "..."]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Return the gradients of the two operands of ``+ - * /`` or ``@``, each in the shape of its operand.

    Parameters
    ----------
    symbol : str
        ``"+"``, ``"-"``, ``"*"``, ``"/"`` or ``"@"``.
    dout : ndarray
        The gradient of the result.
    a, b : ndarray
        The operands, of any two shapes that fit. Those of a product of matrices have two axes at least: the last two
        are the matrices' own, and those in front of them are stretched like any others.

    Returns
    -------
    da, db : ndarray
        New arrays, in the dtype that came in.

    Raises
    ------
    ValueError
        There is no such operation.

    References
    ----------
    Giles (2008), section 2.2.2 (products of matrices).

    Examples
    --------
    >>> a, b, dout = np.array([[5.0, 6.0]]), np.array([[7.0], [8.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> array_operation_backward("*", dout, a, b)
    (array([[31., 46.]]), array([[17.],
           [39.]]))
    """
    raise NotImplementedError("backprop.array_operation_backward")


def sum_backward(
    dout: Float[Array, "..."], shape: tuple[int, ...], *, axis: int | tuple[int, ...] | None = None
) -> Float[Array, "..."]:
    """Return the gradient of an array of which the sum over some axes was taken, without keeping these axes.

    Every number was added once, so that each gets the gradient of the sum that it went into.

    Parameters
    ----------
    dout : ndarray
        The gradient of the sum.
    shape : tuple of int
        That of the array before.
    axis : int, tuple of int or None
        The axes that the sum ran over, counted from the end where negative, in any order; all of them where None.

    Returns
    -------
    gradient : ndarray
        A new array of this shape, in the dtype of `dout`.

    Examples
    --------
    >>> sum_backward(np.array([1.0, 2.0]), (2, 3), axis=1)
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    raise NotImplementedError("backprop.sum_backward")


class ArrayValue:
    """An array that remembers how it was computed. Ready-made.

    It takes part in formulas like a plain array, together with plain arrays and numbers, on either side of an operator.

    Parameters
    ----------
    data : ndarray or float
    parents : tuple of ArrayValue
        What it was made of; nothing for an input.
    backward_of : callable
        Takes its gradient; returns those of its parents.

    Attributes
    ----------
    grad : ndarray
        What `backward` has added up, in the shape of `data`.
    """

    __array_ufunc__ = None  # a plain array on the left leaves the operation to this class

    def __init__(
        self, data: Array | float, parents: "tuple[ArrayValue, ...]" = (), backward_of: Backward = lambda _: ()
    ) -> None:
        self.data = np.asarray(data, dtype=np.float64)
        self.parents = parents
        self.backward_of = backward_of
        self.grad = np.zeros_like(self.data)

    def __add__(self, other: "ArrayValue | Array | float") -> "ArrayValue":
        return combine("+", self, other)

    def __radd__(self, other: "Array | float") -> "ArrayValue":
        return combine("+", other, self)

    def __sub__(self, other: "ArrayValue | Array | float") -> "ArrayValue":
        return combine("-", self, other)

    def __rsub__(self, other: "Array | float") -> "ArrayValue":
        return combine("-", other, self)

    def __mul__(self, other: "ArrayValue | Array | float") -> "ArrayValue":
        return combine("*", self, other)

    def __rmul__(self, other: "Array | float") -> "ArrayValue":
        return combine("*", other, self)

    def __truediv__(self, other: "ArrayValue | Array | float") -> "ArrayValue":
        return combine("/", self, other)

    def __rtruediv__(self, other: "Array | float") -> "ArrayValue":
        return combine("/", other, self)

    def __matmul__(self, other: "ArrayValue | Array | float") -> "ArrayValue":
        return combine("@", self, other)

    def __rmatmul__(self, other: "Array | float") -> "ArrayValue":
        return combine("@", other, self)

    def exp(self) -> "ArrayValue":
        """Return e to the power of every number."""
        powers = np.exp(self.data)
        return ArrayValue(powers, (self,), lambda dout: (dout * powers,))

    def sum(self, axis: int | tuple[int, ...] | None = None) -> "ArrayValue":
        """Return the sum over some axes."""
        shape = self.data.shape
        return ArrayValue(self.data.sum(axis), (self,), lambda dout: (sum_backward(dout, shape, axis=axis),))

    def backward(self) -> None:
        """Add the derivatives of the sum of this array to the `grad` of everything that it was made of."""
        nodes = reachable(self)
        numbers = {id(node): number for number, node in enumerate(nodes)}
        parents = [[numbers[id(parent)] for parent in node.parents] for node in nodes]
        grads = [np.zeros_like(node.data) for node in nodes]
        output = numbers[id(self)]
        grads[output] += 1.0
        for number in reversed(topological_order(parents, output)):
            for parent, share in zip(parents[number], nodes[number].backward_of(grads[number]), strict=True):
                grads[parent] += share
        for node, grad in zip(nodes, grads, strict=True):
            node.grad += grad


def combine(symbol: str, *operands: ArrayValue | Array | float) -> ArrayValue:
    """Compute one operation of two arrays; plain ones become inputs. Ready-made."""
    parents = tuple(operand if isinstance(operand, ArrayValue) else ArrayValue(operand) for operand in operands)
    a, b = (parent.data for parent in parents)
    compute = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "@": np.matmul}[symbol]
    return ArrayValue(compute(a, b), parents, lambda dout: array_operation_backward(symbol, dout, a, b))
