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

import torch
from jaxtyping import Float
from torch import Tensor

### BEGIN SOLUTION ONLY


def _read(
    z: Float[Tensor, "T N 4 M"], states: Float[Tensor, "T+1 N M"], cells: Float[Tensor, "T+1 N M"], weight_hh: Tensor
) -> None:
    """Turn the sums of the inputs in z into gates, and fill in the states and cells after the first."""
    for t in range(len(z)):
        z[t].flatten(1).addmm_(states[t], weight_hh.T)
        z[t, :, :2].sigmoid_()
        z[t, :, 2].tanh_()
        z[t, :, 3].sigmoid_()
        i, f, g, o = z[t].unbind(1)
        torch.mul(f, cells[t], out=cells[t + 1]).addcmul_(i, g)
        torch.tanh(cells[t + 1], out=states[t + 1]).mul_(o)


### END SOLUTION ONLY


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
    ### BEGIN SOLUTION
    (steps, width), inputs = (len(x), h0.shape[1]), x.flatten(0, 1)
    z = torch.addmm(bias_ih + bias_hh, inputs, weight_ih.T).view(steps, -1, 4, width)
    states, cells = torch.cat([h0[None], torch.empty_like(dout)]), torch.cat([c0[None], torch.empty_like(dout)])
    _read(z, states, cells, weight_hh)

    i, f, g, o = z.unbind(2)
    shown = cells[1:].tanh()
    through = o - states[1:] * shown  # o * (1 - tanh(c)**2), from state to cell
    slopes = [g * i * (1 - i), cells[:-1] * f * (1 - f), i * (1 - g * g), shown * o * (1 - o)]
    dz = torch.stack(slopes, dim=2)
    dh, dc = torch.zeros_like(h0), torch.zeros_like(c0)
    for t in reversed(range(steps)):
        dh.add_(dout[t])
        dc.addcmul_(dh, through[t])
        dz[t, :, :3].mul_(dc[:, None])
        dz[t, :, 3].mul_(dh)
        dc.mul_(f[t])
        torch.mm(dz[t].flatten(1), weight_hh, out=dh)

    rows = dz.view(-1, 4 * width)
    dbias = rows.sum(dim=0)
    dx = (rows @ weight_ih).view_as(x)
    return states[1:], cells[-1], (dx, dh, dc, rows.T @ inputs, rows.T @ states[:-1].flatten(0, 1), dbias, dbias)
    ### END SOLUTION
