"""The plain recurrent network: one layer that reads a sequence step by step and keeps a state.

At every step it sees the input and what it remembers, and makes a new memory of both, always with the same weights:

    h_t = tanh(x_t @ weight_ih.T + bias_ih + h_(t-1) @ weight_hh.T + bias_hh)

Unrolled in time it is a deep network with T layers of equal weights, and its gradient is that of a deep network:
backpropagation through time. Two things are new. A state feeds both the output of its step and the next state, so two
gradients meet in it; and the weights are used at every step, so their gradients are sums over time. Weights and biases
lie as in `torch.nn.RNN`: ``weight_ih`` is (M, D), ``weight_hh`` (M, M), and there are two biases where one would do.

References
----------
Elman (1990), Finding structure in time, figure 2.
Werbos (1990), Backpropagation through time: what it does and how to do it.
Williams, Peng (1990), An efficient gradient-based algorithm for on-line training of recurrent network trajectories.
Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks, equations 1 to 5.
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


def rnn_step_forward(
    x: Float[Array, "N D"],
    h: Float[Array, "N M"],
    weight_ih: Float[Array, "M D"],
    weight_hh: Float[Array, "M M"],
    bias_ih: Float[Array, "M"],
    bias_hh: Float[Array, "M"],
) -> tuple[Float[Array, "N M"], Cache]:
    """Take one step: make the new state from an input and the old state.

        h_next = tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)

    Parameters
    ----------
    x : ndarray
        The input of this step, one example per row, be it one row or none.
    h : ndarray
        The state before it.
    weight_ih, weight_hh, bias_ih, bias_hh : ndarray
        From the input and from the state, as in `torch.nn.RNNCell`.

    Returns
    -------
    h_next : ndarray
        The state after it.
    cache : what `rnn_step_backward` needs.

    References
    ----------
    Elman (1990), figure 2.

    Examples
    --------
    >>> x, h, weight_ih, weight_hh = np.array([[1.0]]), np.array([[0.5]]), np.array([[0.3]]), np.array([[0.4]])
    >>> h_next, _ = rnn_step_forward(x, h, weight_ih, weight_hh, np.array([0.2]), np.array([-0.7]))
    >>> h_next
    array([[0.]])
    """
    raise NotImplementedError("rnn.rnn_step_forward")


def rnn_step_backward(
    dh_next: Float[Array, "N M"], cache: Cache
) -> tuple[
    Float[Array, "N D"],
    Float[Array, "N M"],
    Float[Array, "M D"],
    Float[Array, "M M"],
    Float[Array, "M"],
    Float[Array, "M"],
]:
    """Return the gradients of one step.

    With z for what stands in the tanh, dz = dh_next * (1 - h_next**2), and from there on it is two linear layers that
    share their output.

    Parameters
    ----------
    dh_next : ndarray
        Gradient of the loss with respect to `h_next`, from everywhere it is used.
    cache : from `rnn_step_forward`

    Returns
    -------
    dx, dh, dweight_ih, dweight_hh, dbias_ih, dbias_hh : ndarray

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), equation 5.

    Examples
    --------
    >>> x, h, weight_ih, weight_hh = np.array([[1.0]]), np.array([[0.5]]), np.array([[0.3]]), np.array([[0.4]])
    >>> _, cache = rnn_step_forward(x, h, weight_ih, weight_hh, np.array([0.2]), np.array([-0.7]))
    >>> dx, dh, dweight_ih, dweight_hh, _, _ = rnn_step_backward(np.array([[2.0]]), cache)
    >>> dx, dh, dweight_ih, dweight_hh
    (array([[0.6]]), array([[0.8]]), array([[2.]]), array([[1.]]))
    """
    raise NotImplementedError("rnn.rnn_step_backward")


def rnn_forward(
    x: Float[Array, "T N D"],
    h0: Float[Array, "N M"],
    weight_ih: Float[Array, "M D"],
    weight_hh: Float[Array, "M M"],
    bias_ih: Float[Array, "M"],
    bias_hh: Float[Array, "M"],
) -> tuple[Float[Array, "T N M"], Float[Array, "N M"], Cache]:
    """Read a batch of sequences from the first step to the last.

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
    cache : what `rnn_backward` needs.

    Raises
    ------
    ValueError
        The sequence has no steps.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), equation 1.

    Examples
    --------
    >>> x, one, zero = np.array([[[0.5]], [[-0.5]]]), np.array([[1.0]]), np.array([0.0])
    >>> out, h_n, _ = rnn_forward(x, np.array([[0.0]]), one, one, zero, zero)
    >>> out.round(4).ravel(), h_n.round(4)
    (array([ 0.4621, -0.0379]), array([[-0.0379]]))
    """
    raise NotImplementedError("rnn.rnn_forward")


def rnn_backward(
    dout: Float[Array, "T N M"], dh_n: Float[Array, "N M"], cache: Cache
) -> tuple[
    Float[Array, "T N D"],
    Float[Array, "N M"],
    Float[Array, "M D"],
    Float[Array, "M M"],
    Float[Array, "M"],
    Float[Array, "M"],
]:
    """Send the gradients back through time, from the last step to the first.

    The gradient that a state gets is the sum of two: from the output of its own step, ``dout[t]``, and from the state
    that came after it. Behind the last step the second one is `dh_n`. The gradients of the weights are sums over all
    steps.

    Parameters
    ----------
    dout : ndarray
        Gradient of the loss with respect to `out`.
    dh_n : ndarray
        Gradient with respect to `h_n`, where it is used beside `out`; otherwise zeros.
    cache : from `rnn_forward`

    Returns
    -------
    dx, dh0, dweight_ih, dweight_hh, dbias_ih, dbias_hh : ndarray

    References
    ----------
    Werbos (1990); Pascanu, Mikolov, Bengio (2013), equations 3 to 5.

    Examples
    --------
    >>> x, one, zero = np.zeros((3, 1, 1)), np.array([[1.0]]), np.array([0.0])
    >>> _, _, cache = rnn_forward(x, np.array([[0.0]]), one, 2 * one, zero, zero)
    >>> dx, dh0, *_ = rnn_backward(np.array([[[0.0]], [[0.0]], [[1.0]]]), np.array([[0.0]]), cache)
    >>> dx.ravel(), dh0
    (array([4., 2., 1.]), array([[8.]]))
    """
    raise NotImplementedError("rnn.rnn_backward")


def truncated_bptt(
    x: Float[Array, "T N D"],
    h0: Float[Array, "N M"],
    weight_ih: Float[Array, "M D"],
    weight_hh: Float[Array, "M M"],
    bias_ih: Float[Array, "M"],
    bias_hh: Float[Array, "M"],
    dout: Float[Array, "T N M"],
    *,
    k: int,
) -> tuple[Float[Array, "T N M"], Float[Array, "N M"], tuple[Array, ...]]:
    """Run forward as always, but send gradients back through at most k steps.

    The sequence is cut into pieces of k steps (the last may be shorter). The state is handed on from piece to piece;
    the gradient ends where a piece begins. So the memory of the caches is bounded by k, and what it costs is that
    nothing is learned about connections over a border.

    Parameters
    ----------
    x : ndarray
    h0 : ndarray
    weight_ih, weight_hh, bias_ih, bias_hh : ndarray
    dout : ndarray
        Gradient of the loss with respect to the states `out`.
    k : int
        The length of a piece.

    Returns
    -------
    out : ndarray
        The states h_1 to h_T, exactly those of `rnn_forward`.
    h_n : ndarray
        The last of them.
    gradients : tuple of ndarray
        dx, dh0, dweight_ih, dweight_hh, dbias_ih, dbias_hh: of every piece by itself, those of the weights summed
        over the pieces. `h0` is the first piece's.

    Raises
    ------
    ValueError
        `k` is less than 1, or the sequence has no steps.

    References
    ----------
    Williams, Peng (1990), the algorithm BPTT(h; h') with h = h' = k.

    Examples
    --------
    Of the three steps the last one is a piece of its own; nothing gets from there to the others:

    >>> x, one, zero = np.zeros((3, 1, 1)), np.array([[1.0]]), np.array([0.0])
    >>> dout = np.array([[[0.0]], [[0.0]], [[1.0]]])
    >>> _, _, (dx, *_) = truncated_bptt(x, np.array([[0.0]]), one, 2 * one, zero, zero, dout, k=2)
    >>> dx.ravel()
    array([0., 0., 1.])
    """
    raise NotImplementedError("rnn.truncated_bptt")
