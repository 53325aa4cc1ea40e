"""Truth tables of two-input logic gates: the smallest data sets of all."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

ANSWERS = {  # for the inputs (0, 0), (0, 1), (1, 0), (1, 1)
    "and": (0.0, 0.0, 0.0, 1.0),
    "or": (0.0, 1.0, 1.0, 1.0),
    "nand": (1.0, 1.0, 1.0, 0.0),
    "xor": (0.0, 1.0, 1.0, 0.0),
}


def truth_table(gate: str) -> tuple[Float[Array, "4 2"], Float[Array, "4"]]:
    """Return the inputs and the answers of a gate.

    Parameters
    ----------
    gate : str
        ``"and"``, ``"or"``, ``"nand"`` or ``"xor"``.

    Returns
    -------
    x : ndarray
        The corners of the unit square: (0, 0), (0, 1), (1, 0), (1, 1).
    y : ndarray
        The gate's answer at each of them, 0 or 1.

    Raises
    ------
    ValueError
        There is no such gate.

    Examples
    --------
    >>> truth_table("and")[1]
    array([0., 0., 0., 1.])
    """
    if gate not in ANSWERS:
        raise ValueError(f"there is no gate {gate!r}; gates are {', '.join(ANSWERS)}")
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array(ANSWERS[gate])
