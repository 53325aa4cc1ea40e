"""The gated recurrent unit: an LSTM's idea with one state and two gates.

    r = sigmoid(x @ W_ir.T + b_ir + h @ W_hr.T + b_hr)              reset gate: how much of the old state n sees
    z = sigmoid(x @ W_iz.T + b_iz + h @ W_hz.T + b_hz)              update gate: how much of the old state is kept
    n = tanh   (x @ W_in.T + b_in + r * (h @ W_hn.T + b_hn))        the new candidate

    h_next = (1 - z) * n + z * h

As in `torch.nn.GRU` the blocks lie one below the other in the order r, z, n: ``weight_ih`` is (3M, D). The reset gate
is multiplied to the product, its bias included, as torch and cuDNN do; in the paper it is multiplied to h before the
product. The two differ, and only this form can compute all products at once.

References
----------
Cho, van Merrienboer, Gulcehre, Bahdanau, Bougares, Schwenk, Bengio (2014), Learning phrase representations using RNN
encoder-decoder for statistical machine translation, equations 5 to 8.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from .lstm import sigmoid

Cache = Any
"""Whatever a backward function wants to find; nobody else reads it."""


def gru_step_forward(
    x: Float[Array, "N D"],
    h: Float[Array, "N M"],
    weight_ih: Float[Array, "3*M D"],
    weight_hh: Float[Array, "3*M M"],
    bias_ih: Float[Array, "3*M"],
    bias_hh: Float[Array, "3*M"],
) -> tuple[Float[Array, "N M"], Cache]:
    """Take one step of a GRU.

        h_next = (1 - z) * n + z * h

    Parameters
    ----------
    x : ndarray
        The input of this step, one example per row, be it one row or none.
    h : ndarray
        The state before it.
    weight_ih, weight_hh, bias_ih, bias_hh : ndarray
        Blocks of M rows for r, z and n, as in `torch.nn.GRUCell`.

    Returns
    -------
    h_next : ndarray
        The state after it.
    cache : what `gru_step_backward` needs.

    References
    ----------
    Cho et al. (2014), equations 5 to 8; the reset gate as in torch.

    Examples
    --------
    Both gates half open: the candidate is tanh(1 + 0.5 * 2), half of it and half of the old state remain.

    >>> weights, bias_ih, bias_hh = np.zeros((3, 1)), np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, 2.0])
    >>> h_next, _ = gru_step_forward(np.zeros((1, 1)), np.array([[3.0]]), weights, weights, bias_ih, bias_hh)
    >>> h_next.round(4)
    array([[1.982]])
    """
    raise NotImplementedError("rnn.gru_step_forward")


def gru_step_backward(
    dh_next: Float[Array, "N M"], cache: Cache
) -> tuple[
    Float[Array, "N D"],
    Float[Array, "N M"],
    Float[Array, "3*M D"],
    Float[Array, "3*M M"],
    Float[Array, "3*M"],
    Float[Array, "3*M"],
]:
    """Return the gradients of one step of a GRU.

    The two products have different gradients: in the block of n, the one from the state is multiplied by r on its way
    back, the one from the input is not. The old state is used twice, in the products and by the update gate.

    Parameters
    ----------
    dh_next : ndarray
        Gradient of the loss with respect to `h_next`.
    cache : from `gru_step_forward`

    Returns
    -------
    dx, dh, dweight_ih, dweight_hh, dbias_ih, dbias_hh : ndarray

    References
    ----------
    Cho et al. (2014), equations 5 to 8, differentiated.

    Examples
    --------
    >>> weights, bias = np.zeros((3, 1)), np.zeros(3)
    >>> _, cache = gru_step_forward(np.zeros((1, 1)), np.array([[4.0]]), weights, weights, bias, bias)
    >>> _, dh, _, _, dbias_ih, dbias_hh = gru_step_backward(np.array([[1.0]]), cache)
    >>> dh, dbias_ih, dbias_hh
    (array([[0.5]]), array([0. , 1. , 0.5]), array([0.  , 1.  , 0.25]))
    """
    raise NotImplementedError("rnn.gru_step_backward")


def gru_forward(
    x: Float[Array, "T N D"],
    h0: Float[Array, "N M"],
    weight_ih: Float[Array, "3*M D"],
    weight_hh: Float[Array, "3*M M"],
    bias_ih: Float[Array, "3*M"],
    bias_hh: Float[Array, "3*M"],
) -> tuple[Float[Array, "T N M"], Float[Array, "N M"], Cache]:
    """Read a batch of sequences with a GRU.

    Parameters
    ----------
    x : ndarray
        One input per step and sequence; time comes first.
    h0 : ndarray
        The state before the first step.
    weight_ih, weight_hh, bias_ih, bias_hh : ndarray
        The same at every step.

    Returns
    -------
    out : ndarray
        The states h_1 to h_T.
    h_n : ndarray
        The last of them.
    cache : what `gru_backward` needs.

    Raises
    ------
    ValueError
        The sequence has no steps.

    References
    ----------
    Cho et al. (2014), equations 5 to 8.

    Examples
    --------
    >>> weights, bias = np.zeros((3, 1)), np.zeros(3)
    >>> out, _, _ = gru_forward(np.ones((3, 1, 1)), np.array([[8.0]]), weights, weights, bias, bias)
    >>> out.ravel()
    array([4., 2., 1.])
    """
    raise NotImplementedError("rnn.gru_forward")


def gru_backward(
    dout: Float[Array, "T N M"], dh_n: Float[Array, "N M"], cache: Cache
) -> tuple[
    Float[Array, "T N D"],
    Float[Array, "N M"],
    Float[Array, "3*M D"],
    Float[Array, "3*M M"],
    Float[Array, "3*M"],
    Float[Array, "3*M"],
]:
    """Send the gradients of a GRU back through time.

    Parameters
    ----------
    dout : ndarray
        Gradient of the loss with respect to `out`.
    dh_n : ndarray
        Gradient with respect to `h_n`, where it is used beside `out`; otherwise zeros.
    cache : from `gru_forward`

    Returns
    -------
    dx, dh0, dweight_ih, dweight_hh, dbias_ih, dbias_hh : ndarray

    References
    ----------
    Werbos (1990), Backpropagation through time: what it does and how to do it.

    Examples
    --------
    >>> weights, bias = np.zeros((3, 1)), np.zeros(3)
    >>> *_, cache = gru_forward(np.ones((3, 1, 1)), np.array([[8.0]]), weights, weights, bias, bias)
    >>> _, dh0, *_ = gru_backward(np.ones((3, 1, 1)), np.zeros((1, 1)), cache)
    >>> dh0
    array([[0.875]])
    """
    raise NotImplementedError("rnn.gru_backward")
