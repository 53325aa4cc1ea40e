"""Long short-term memory: a state that is kept unless a gate says otherwise.

A plain recurrent network overwrites its whole memory at every step, and a gradient on its way back shrinks or grows by
a factor in each. The LSTM has a second state, the cell c, that is changed by adding. Three gates between 0 and 1
decide what is forgotten, what is written and what is shown:

    i = sigmoid(x @ W_ii.T + b_ii + h @ W_hi.T + b_hi)        input gate: how much is written
    f = sigmoid(x @ W_if.T + b_if + h @ W_hf.T + b_hf)        forget gate: how much of the cell is kept
    g = tanh   (x @ W_ig.T + b_ig + h @ W_hg.T + b_hg)        what would be written
    o = sigmoid(x @ W_io.T + b_io + h @ W_ho.T + b_ho)        output gate: how much is shown

    c_next = f * c + i * g          h_next = o * tanh(c_next)

As in `torch.nn.LSTM` the four blocks lie one below the other in the order i, f, g, o: ``weight_ih`` is (4M, D), its
first M rows are W_ii. So one product serves all gates.

References
----------
Hochreiter, Schmidhuber (1997), Long short-term memory, section 4.
Gers, Schmidhuber, Cummins (2000), Learning to forget: continual prediction with LSTM, section 3 (the forget gate).
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Cache = Any
"""Whatever a backward function wants to find; nobody else reads it."""


def sigmoid(z: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return 1 / (1 + exp(-z)), written so that no exponential can overflow. Ready-made."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def lstm_step_forward(
    x: Float[Array, "N D"],
    h: Float[Array, "N M"],
    c: Float[Array, "N M"],
    weight_ih: Float[Array, "4*M D"],
    weight_hh: Float[Array, "4*M M"],
    bias_ih: Float[Array, "4*M"],
    bias_hh: Float[Array, "4*M"],
) -> tuple[Float[Array, "N M"], Float[Array, "N M"], Cache]:
    """Take one step of an LSTM.

        c_next = f * c + i * g          h_next = o * tanh(c_next)

    Parameters
    ----------
    x : ndarray
        The input of this step, one example per row, be it one row or none.
    h, c : ndarray
        State and cell before it.
    weight_ih, weight_hh, bias_ih, bias_hh : ndarray
        Blocks of M rows for i, f, g and o, as in `torch.nn.LSTMCell`.

    Returns
    -------
    h_next, c_next : ndarray
        State and cell after it.
    cache : what `lstm_step_backward` needs.

    References
    ----------
    Gers, Schmidhuber, Cummins (2000), section 3.

    Examples
    --------
    All gates half open, and g = 0 because nothing comes in: half of the cell is kept.

    >>> x, h, c, weights, bias = np.ones((1, 1)), np.zeros((1, 1)), np.array([[2.0]]), np.zeros((4, 1)), np.zeros(4)
    >>> h_next, c_next, _ = lstm_step_forward(x, h, c, weights, weights, bias, bias)
    >>> c_next, h_next.round(4)
    (array([[1.]]), array([[0.3808]]))
    """
    raise NotImplementedError("rnn.lstm_step_forward")


def lstm_step_backward(
    dh_next: Float[Array, "N M"], dc_next: Float[Array, "N M"], cache: Cache
) -> tuple[
    Float[Array, "N D"],
    Float[Array, "N M"],
    Float[Array, "N M"],
    Float[Array, "4*M D"],
    Float[Array, "4*M M"],
    Float[Array, "4*M"],
    Float[Array, "4*M"],
]:
    """Return the gradients of one step of an LSTM.

    The new cell is used twice: the next step gets it, and the new state is made of it. Its whole gradient is

        dc_total = dc_next + dh_next * o * (1 - tanh(c_next)**2)

    What goes on to the old cell is ``dc_total * f``: no matrix, no tanh, only the forget gate.

    Parameters
    ----------
    dh_next, dc_next : ndarray
        Gradients of the loss with respect to `h_next` and `c_next`.
    cache : from `lstm_step_forward`

    Returns
    -------
    dx, dh, dc, dweight_ih, dweight_hh, dbias_ih, dbias_hh : ndarray

    References
    ----------
    Hochreiter, Schmidhuber (1997), section 4 and appendix A.1; this is the whole gradient, theirs was truncated.

    Examples
    --------
    >>> x, h, c, weights, bias = np.ones((1, 1)), np.zeros((1, 1)), np.array([[2.0]]), np.zeros((4, 1)), np.zeros(4)
    >>> _, _, cache = lstm_step_forward(x, h, c, weights, weights, bias, bias)
    >>> dx, dh, dc, dweight_ih, *_ = lstm_step_backward(np.array([[0.0]]), np.array([[1.0]]), cache)
    >>> dc, dweight_ih.ravel()
    (array([[0.5]]), array([0. , 0.5, 0.5, 0. ]))
    """
    raise NotImplementedError("rnn.lstm_step_backward")


def lstm_forward(
    x: Float[Array, "T N D"],
    h0: Float[Array, "N M"],
    c0: Float[Array, "N M"],
    weight_ih: Float[Array, "4*M D"],
    weight_hh: Float[Array, "4*M M"],
    bias_ih: Float[Array, "4*M"],
    bias_hh: Float[Array, "4*M"],
) -> tuple[Float[Array, "T N M"], Float[Array, "N M"], Float[Array, "N M"], Cache]:
    """Read a batch of sequences with an LSTM.

    Parameters
    ----------
    x : ndarray
        One input per step and sequence; time comes first.
    h0, c0 : ndarray
        State and cell before the first step.
    weight_ih, weight_hh, bias_ih, bias_hh : ndarray
        The same at every step.

    Returns
    -------
    out : ndarray
        The states h_1 to h_T. The cells are not part of it.
    h_n, c_n : ndarray
        The last state and the last cell.
    cache : what `lstm_backward` needs.

    Raises
    ------
    ValueError
        The sequence has no steps.

    References
    ----------
    Gers, Schmidhuber, Cummins (2000), section 3.

    Examples
    --------
    >>> x, c0, weights, bias = np.ones((3, 1, 1)), np.array([[8.0]]), np.zeros((4, 1)), np.zeros(4)
    >>> _, _, c_n, _ = lstm_forward(x, np.zeros((1, 1)), c0, weights, weights, bias, bias)
    >>> c_n
    array([[1.]])
    """
    raise NotImplementedError("rnn.lstm_forward")


def lstm_backward(
    dout: Float[Array, "T N M"], dh_n: Float[Array, "N M"], dc_n: Float[Array, "N M"], cache: Cache
) -> tuple[
    Float[Array, "T N D"],
    Float[Array, "N M"],
    Float[Array, "N M"],
    Float[Array, "4*M D"],
    Float[Array, "4*M M"],
    Float[Array, "4*M"],
    Float[Array, "4*M"],
]:
    """Send the gradients of an LSTM back through time.

    Two gradients travel from step to step, one along the states and one along the cells. What comes in from outside,
    ``dout[t]``, joins the first.

    Parameters
    ----------
    dout : ndarray
        Gradient of the loss with respect to `out`.
    dh_n, dc_n : ndarray
        Gradients with respect to `h_n` and `c_n`, where they are used beside `out`; otherwise zeros.
    cache : from `lstm_forward`

    Returns
    -------
    dx, dh0, dc0, dweight_ih, dweight_hh, dbias_ih, dbias_hh : ndarray

    References
    ----------
    Werbos (1990), Backpropagation through time: what it does and how to do it.

    Examples
    --------
    Along the cells the gradient is multiplied by the forget gate alone, here three times by 1/2:

    >>> weights, bias, zero = np.zeros((4, 1)), np.zeros(4), np.zeros((1, 1))
    >>> *_, cache = lstm_forward(np.ones((3, 1, 1)), zero, np.array([[8.0]]), weights, weights, bias, bias)
    >>> _, _, dc0, *_ = lstm_backward(np.zeros((3, 1, 1)), zero, np.array([[1.0]]), cache)
    >>> dc0
    array([[0.125]])
    """
    raise NotImplementedError("rnn.lstm_backward")
