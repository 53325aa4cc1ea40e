"""Logic gates made of neurons, and why one neuron is not enough for XOR.

With inputs 0 and 1 a neuron with the right weights and bias is a logic gate: the line weights · (a, b) + bias = 0 cuts
the corners of the unit square into those that answer 1 and those that answer 0.

    AND   1 only at (1, 1)             OR   0 only at (0, 0)             NAND   0 only at (1, 1)

XOR is 1 at (0, 1) and (1, 0), and no line separates these from (0, 0) and (1, 1). Two layers do it: the first draws
two lines, the second answers 1 between them.

References
----------
McCulloch, Pitts (1943), A logical calculus of the ideas immanent in nervous activity.
Minsky, Papert (1969), Perceptrons.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from jaxtyping import Float
from numpy import ndarray as Array

from .neuron import step


def and_gate(a: Float[Array, "..."], b: Float[Array, "..."]) -> Float[Array, "..."]:
    """Answer 1 where both inputs are 1: one neuron with two weights and a bias of your choice.

    The neuron has to be one: `step` of a weighted sum. It then also has an answer for inputs between and beyond 0 and
    1, on one side of a line 1 and on the other 0.

    Parameters
    ----------
    a, b : ndarray
        The inputs, of the same shape.

    Returns
    -------
    out : ndarray
        Zeros and ones, element by element, in the dtype of the inputs.

    Examples
    --------
    >>> import numpy as np
    >>> and_gate(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0]))
    array([0., 0., 0., 1.])
    """
    raise NotImplementedError("perceptron.and_gate")


def or_gate(a: Float[Array, "..."], b: Float[Array, "..."]) -> Float[Array, "..."]:
    """Answer 1 where at least one input is 1: one neuron with two weights and a bias of your choice.

    Parameters
    ----------
    a, b : ndarray
        The inputs, of the same shape.

    Returns
    -------
    out : ndarray
        Zeros and ones, element by element, in the dtype of the inputs.

    Examples
    --------
    >>> import numpy as np
    >>> or_gate(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0]))
    array([0., 1., 1., 1.])
    """
    raise NotImplementedError("perceptron.or_gate")


def nand_gate(a: Float[Array, "..."], b: Float[Array, "..."]) -> Float[Array, "..."]:
    """Answer 0 where both inputs are 1, else 1: one neuron, this time with negative weights.

    NAND is AND with its answer turned round. Turning every sign of a neuron turns its answer round, except exactly on
    the boundary: put the boundary between the corners.

    Parameters
    ----------
    a, b : ndarray
        The inputs, of the same shape.

    Returns
    -------
    out : ndarray
        Zeros and ones, element by element, in the dtype of the inputs.

    Examples
    --------
    >>> import numpy as np
    >>> nand_gate(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0]))
    array([1., 1., 1., 0.])
    """
    raise NotImplementedError("perceptron.nand_gate")


def xor_gate(a: Float[Array, "..."], b: Float[Array, "..."]) -> Float[Array, "..."]:
    """Answer 1 where exactly one input is 1, by two layers of neurons.

    The first layer asks two questions of the inputs, OR and NAND; the second layer is the AND of the two answers:
    at least one, but not both.

    Parameters
    ----------
    a, b : ndarray
        The inputs, of the same shape.

    Returns
    -------
    out : ndarray
        Zeros and ones, element by element, in the dtype of the inputs.

    Examples
    --------
    >>> import numpy as np
    >>> xor_gate(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0]))
    array([0., 1., 1., 0.])
    """
    raise NotImplementedError("perceptron.xor_gate")
