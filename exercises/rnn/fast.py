"""An LSTM forward and backward over long sequences, on tensors and without autograd.

The same network as in `lstm.py`, at speed: no autograd, no `torch.nn`, not torch's own LSTM. A step cannot begin before
the last one has ended, so the sequence is a loop, and every operation in it is paid for once per step. All that does
not need the state, or only needs what has been kept of it, is done for all steps together:

    before the loop     x @ weight_ih.T + biases            one product for four gates and T steps
    in the loop         h @ weight_hh.T, gates, cell        what depends on the step before
    after the loop      the slopes of gates and cells       element by element
    in the loop back    dz = slopes * dc, dz @ weight_hh    what depends on the step after
    after that          dz.T @ x, dz.T @ h, dz @ weight_ih  one product each

References
----------
Hochreiter, Schmidhuber (1997), Long short-term memory, section 4.
Gers, Schmidhuber, Cummins (2000), Learning to forget: continual prediction with LSTM, section 3.
Appleyard, Kocisky, Blunsom (2016), Optimizing performance of recurrent neural networks on GPUs (gates in one product).
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import torch
from jaxtyping import Float
from torch import Tensor


def lstm_fast(
    x: Float[Tensor, "T N D"],
    h0: Float[Tensor, "N M"],
    c0: Float[Tensor, "N M"],
    weight_ih: Float[Tensor, "4*M D"],
    weight_hh: Float[Tensor, "4*M M"],
    bias_ih: Float[Tensor, "4*M"],
    bias_hh: Float[Tensor, "4*M"],
    dout: Float[Tensor, "T N M"],
) -> tuple[Float[Tensor, "T N M"], Float[Tensor, "N M"], tuple[Tensor, ...]]:
    """Read a batch of sequences with an LSTM, and send a gradient of its states back through time.

    Timed against torch's ``lstm`` with its backward pass, on batches of several sizes. At some steps gates are so far
    open or shut that an exponential of their sums overflows, and some sequences are the same.

    Parameters
    ----------
    x : Tensor
        One input per step and sequence, at least one step; float32 or float64. Time comes first.
    h0, c0 : Tensor
        State and cell before the first step.
    weight_ih, weight_hh, bias_ih, bias_hh : Tensor
        Blocks of M rows for i, f, g and o, as in `torch.nn.LSTM`.
    dout : Tensor
        Gradient of the loss with respect to `out`. Like the rest it stays as it is.

    Returns
    -------
    out : the states h_1 to h_T.
    c_n : the last cell.
    gradients : dx, dh0, dc0, dweight_ih, dweight_hh, dbias_ih, dbias_hh. Without sequences, N = 0, the last four are 0.

    Examples
    --------
    All gates are half open, and g = 0: the cell is halved in each of three steps.

    >>> x, h0, c0 = torch.ones(3, 1, 1), torch.zeros(1, 1), torch.tensor([[8.0]])
    >>> weights, bias = torch.zeros(4, 1), torch.zeros(4)
    >>> _, c_n, gradients = lstm_fast(x, h0, c0, weights, weights, bias, bias, torch.zeros(3, 1, 1))
    >>> c_n
    tensor([[1.]])
    """
    raise NotImplementedError("rnn.lstm_fast")
