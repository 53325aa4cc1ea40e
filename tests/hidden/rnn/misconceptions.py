"""Wrong answers that students give in the recurrent unit, most of them the right solution called wrongly."""

import numpy as np
import torch

from grader.judge import misconception
from solutions.rnn import fast, gru, lstm, training, vanilla
from solutions.rnn.lstm import sigmoid

# rnn_step_forward


@misconception("rnn_step_forward", "bias_hh is missing. Add both biases.")
def one_bias_forgotten(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return vanilla.rnn_step_forward(x, h, weight_ih, weight_hh, bias_ih, 0 * bias_hh)


@misconception("rnn_step_forward", "bias_ih is missing. Add both biases.")
def input_bias_forgotten(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return vanilla.rnn_step_forward(x, h, weight_ih, weight_hh, 0 * bias_ih, bias_hh)


@misconception("rnn_step_forward", "The old state is left out. Add its product with weight_hh.")
def old_state_ignored(x, h, *weights):
    return vanilla.rnn_step_forward(x, 0 * h, *weights)


@misconception(
    "rnn_step_forward",
    "weight_hh is not transposed. Transpose it: each of its rows belongs to one unit of the new state.",
)
def state_weights_not_transposed(x, h, weight_ih, weight_hh, *biases):
    return vanilla.rnn_step_forward(x, h, weight_ih, weight_hh.T, *biases)


@misconception("rnn_step_forward", "The nonlinearity is missing. Return the tanh of the sum.")
def no_nonlinearity(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh, None


@misconception("rnn_step_forward", "This is a sigmoid. Use tanh, which lies between -1 and 1.")
def sigmoid_for_tanh(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return sigmoid(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh), None


# rnn_step_backward


@misconception("rnn_step_backward", "The slope of the tanh is missing. Multiply by 1 - h_next^2 first.")
def slope_forgotten(dh_next, cache):
    *inputs, h_next = cache
    return vanilla.rnn_step_backward(dh_next, (*inputs, 0 * h_next))


@misconception("rnn_step_backward", "The slope is 1 - h_next. Square h_next: the derivative of tanh is 1 - tanh^2.")
def slope_without_square(dh_next, cache):
    *inputs, h_next = cache
    return vanilla.rnn_step_backward(dh_next * (1 - h_next), (*inputs, 0 * h_next))


@misconception("rnn_step_backward", "The slope is taken at the old state. Take it at the state that came out.")
def slope_of_the_old_state(dh_next, cache):
    *inputs, _ = cache
    return vanilla.rnn_step_backward(dh_next, (*inputs, inputs[1]))


@misconception(
    "rnn_step_backward", "weight_hh is transposed on the way back. Use it as it is: the forward step transposed it."
)
def transposed_on_the_way_back(dh_next, cache):
    x, h, weight_ih, weight_hh, h_next = cache
    return vanilla.rnn_step_backward(dh_next, (x, h, weight_ih, weight_hh.T, h_next))


@misconception(
    "rnn_step_backward", "dweight_hh uses the new state. Use the old one, which weight_hh was multiplied by."
)
def new_state_in_the_gradient(dh_next, cache):
    x, _, weight_ih, weight_hh, h_next = cache
    return vanilla.rnn_step_backward(dh_next, (x, h_next, weight_ih, weight_hh, h_next))


@misconception("rnn_step_backward", "The gradients of weights and biases are means over the batch. Sum over the batch.")
def step_averaged_over_the_batch(dh_next, cache):
    dx, dh, *dweights = vanilla.rnn_step_backward(dh_next, cache)
    return dx, dh, *(gradient / len(dx) for gradient in dweights)


# Sequences of all cells: the same mistakes, made with the step of each


def _forward_without_memory(step, x, state, weights):
    """Every step starts from the first state."""
    steps = [step(x_t, *state, *weights) for x_t in x]
    return np.stack([out for out, *_ in steps]), *steps[-1]


def _unchecked(step, x, state, weights):
    """The right answer, and zeros where there is nothing to read."""
    states = []
    for x_t in x:
        *state, _ = step(x_t, *state, *weights)
        states.append(state[0])
    return np.reshape(states, (len(x), *state[0].shape)).astype(x.dtype), *state, None


def _backward(step, dout, dstate, cache, *, along=lambda dstate: dstate, gather=sum):
    """Through time, with `along` applied to what travels from step to step and `gather` to the weights' gradients."""
    dxs, dweights = [], []
    for dout_t, of_step in zip(dout[::-1], cache[::-1], strict=True):
        dx, *rest = step(dout_t + dstate[0], *dstate[1:], of_step)
        dstate, of_weights = along(rest[: len(dstate)]), rest[len(dstate) :]
        dxs.append(dx)
        dweights.append(of_weights)
    return np.stack(dxs[::-1]), *dstate, *(gather(steps) for steps in zip(*dweights, strict=True))


def _last(steps):
    """What is left when every step writes its gradient over the one before."""
    return steps[-1]


def _mean(steps):
    return sum(steps) / len(steps)


def _nothing(dstate):
    return [0 * part for part in dstate]


# rnn_forward


@misconception("rnn_forward", "Every step starts from h0. Start each from the state of the step before.")
def rnn_state_not_handed_on(x, h0, *weights):
    return _forward_without_memory(vanilla.rnn_step_forward, x, (h0,), weights)


@misconception("rnn_forward", "h0 is ignored: the first step starts from zero. Start it from h0.")
def rnn_from_zero(x, h0, *weights):
    return vanilla.rnn_forward(x, 0 * h0, *weights)


@misconception("rnn_forward", "The sequence is read from its end. Begin with x[0].")
def rnn_read_backwards(x, h0, *weights):
    out, h_n, cache = vanilla.rnn_forward(x[::-1], h0, *weights)
    return out[::-1], h_n, cache


@misconception("rnn_forward", "The outputs are the states before each step. Let out[t] be the state after step t.")
def rnn_states_one_too_early(x, h0, *weights):
    out, h_n, cache = vanilla.rnn_forward(x, h0, *weights)
    return np.concatenate([h0[None], out[:-1]]), h_n, cache


@misconception("rnn_forward", "A sequence without steps gets an answer. Raise a ValueError for it.")
def rnn_of_nothing(x, h0, *weights):
    return _unchecked(vanilla.rnn_step_forward, x, (h0,), weights)


# rnn_backward


@misconception(
    "rnn_backward", "The gradient from the later steps is missing: each step gets dout[t] only. Add what comes back."
)
def rnn_dh_next_forgotten(dout, dh_n, cache):
    return _backward(vanilla.rnn_step_backward, dout, (dh_n,), cache, along=_nothing)


@misconception("rnn_backward", "The gradient of h_n is ignored. Add it to dout at the last step.")
def rnn_dh_n_ignored(dout, dh_n, cache):
    return vanilla.rnn_backward(dout, 0 * dh_n, cache)


@misconception("rnn_backward", "The gradients of the weights are those of one step. Sum them over all steps.")
def rnn_gradients_overwritten(dout, dh_n, cache):
    return _backward(vanilla.rnn_step_backward, dout, (dh_n,), cache, gather=_last)


@misconception("rnn_backward", "The gradients of the weights are means over time. Sum them over all steps.")
def rnn_gradients_averaged(dout, dh_n, cache):
    return _backward(vanilla.rnn_step_backward, dout, (dh_n,), cache, gather=_mean)


@misconception("rnn_backward", "dx is in the order of the way back, the last step first. Reverse it.")
def rnn_dx_backwards(dout, dh_n, cache):
    dx, *others = vanilla.rnn_backward(dout, dh_n, cache)
    return dx[::-1], *others


@misconception("rnn_backward", "dout is used at the last step only. Add dout[t] at every step t.")
def rnn_last_output_only(dout, dh_n, cache):
    last = np.zeros_like(dout)
    last[-1] = dout[-1]
    return vanilla.rnn_backward(last, dh_n, cache)


@misconception(
    "rnn_backward",
    "dout is left out: only the gradient from the later steps goes back. Add dout[t] to it at every step.",
    source="https://community.deeplearning.ai/t/question-on-backpropagation-week-1-prog-assignment-1/555129",
)
def rnn_dout_left_out(dout, dh_n, cache):
    return vanilla.rnn_backward(0 * dout, dh_n, cache)


# truncated_bptt


@misconception(
    "truncated_bptt",
    "Every piece starts from h0. Start each from the last state of the piece before: only gradients are cut.",
)
def state_cut_too(x, h0, *weights_and_dout, k):
    *weights, dout = weights_and_dout
    pieces = [slice(start, start + k) for start in range(0, len(x), k)]
    runs = [vanilla.truncated_bptt(x[p], h0, *weights, dout[p], k=k) for p in pieces]
    return _joined(runs)


def _joined(runs):
    outs, last, parts = zip(*runs, strict=True)
    dx, dh0, *dweights = zip(*parts, strict=True)
    return np.concatenate(outs), last[-1], (np.concatenate(dx), dh0[0], *(sum(piece) for piece in dweights))


@misconception("truncated_bptt", "Nothing is cut: this is the whole gradient. End it where a piece begins.")
def nothing_cut(x, h0, *weights_and_dout, k):
    return vanilla.truncated_bptt(x, h0, *weights_and_dout, k=len(x) if k > 0 else k)


@misconception("truncated_bptt", "The pieces are one step too long. Give each of them k steps.")
def pieces_one_too_long(x, h0, *weights_and_dout, k):
    return vanilla.truncated_bptt(x, h0, *weights_and_dout, k=k + 1 if k > 0 else k)


@misconception("truncated_bptt", "The gradients of the weights are those of the last piece. Sum them over all pieces.")
def last_piece_only(x, h0, *weights_and_dout, k):
    out, h_n, (dx, dh0, *_) = vanilla.truncated_bptt(x, h0, *weights_and_dout, k=k)
    *weights, dout = weights_and_dout
    start = (len(x) - 1) // k * k
    before = out[start - 1] if start else h0
    _, _, (_, _, *dweights) = vanilla.truncated_bptt(x[start:], before, *weights, dout[start:], k=k)
    return out, h_n, (dx, dh0, *dweights)


@misconception("truncated_bptt", "dh0 is that of the last piece. Return that of the first piece, where h0 is used.")
def dh0_of_the_last_piece(x, h0, *weights_and_dout, k):
    out, h_n, (dx, _, *dweights) = vanilla.truncated_bptt(x, h0, *weights_and_dout, k=k)
    *weights, dout = weights_and_dout
    start = (len(x) - 1) // k * k
    before = out[start - 1] if start else h0
    _, _, (_, dh0, *_) = vanilla.truncated_bptt(x[start:], before, *weights, dout[start:], k=k)
    return out, h_n, (dx, dh0, *dweights)


@misconception(
    "truncated_bptt",
    "The gradient is cut after every step. Cut it where a piece begins, and hand it on within a piece.",
    source="https://github.com/oxwhirl/pymarl/issues/161",
)
def cut_after_every_step(x, h0, *weights_and_dout, k):
    return vanilla.truncated_bptt(x, h0, *weights_and_dout, k=min(k, 1))


# lstm_step_forward


def _blocks(weights, order):
    """Return weights with their blocks in another order."""
    return [np.concatenate([np.split(weight, len(order))[index] for index in order]) for weight in weights]


@misconception(
    "lstm_step_forward", "The gates are read in the order i, f, o, g. Read them in torch's order: i, f, g, o."
)
def gates_i_f_o_g(x, h, c, *weights):
    return lstm.lstm_step_forward(x, h, c, *_blocks(weights, (0, 1, 3, 2)))


@misconception(
    "lstm_step_forward", "Forget and input gate are exchanged. Multiply the old cell by f, and the new content by i."
)
def forget_gate_on_the_new_content(x, h, c, *weights):
    return lstm.lstm_step_forward(x, h, c, *_blocks(weights, (1, 0, 2, 3)))


@misconception("lstm_step_forward", "The tanh of the cell is missing. Return o * tanh(c_next) as the new state.")
def cell_shown_without_tanh(x, h, c, *weights):
    _, c_next, cache = lstm.lstm_step_forward(x, h, c, *weights)
    return cache[-2] * c_next, c_next, cache


@misconception("lstm_step_forward", "g goes through a sigmoid. Use tanh: g is content, not a gate.")
def content_through_a_sigmoid(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
    i, f, g, o = np.split(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh, 4, axis=1)
    c_next = sigmoid(f) * c + sigmoid(i) * sigmoid(g)
    return sigmoid(o) * np.tanh(c_next), c_next, None


@misconception("lstm_step_forward", "bias_hh is missing. Add both biases.")
def lstm_bias_forgotten(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
    return lstm.lstm_step_forward(x, h, c, weight_ih, weight_hh, bias_ih, 0 * bias_hh)


@misconception("lstm_step_forward", "bias_ih is missing. Add both biases.")
def lstm_input_bias_forgotten(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
    return lstm.lstm_step_forward(x, h, c, weight_ih, weight_hh, 0 * bias_ih, bias_hh)


@misconception("lstm_step_forward", "State and cell come back exchanged. Return the state first.")
def state_and_cell_exchanged(x, h, c, *weights):
    h_next, c_next, cache = lstm.lstm_step_forward(x, h, c, *weights)
    return c_next, h_next, cache


@misconception("lstm_step_forward", "The old cell is multiplied by 1 - f. Multiply it by f.")
def forgets_what_it_should_keep(x, h, c, *weights):
    _, c_next, cache = lstm.lstm_step_forward(x, h, c, *weights)
    f, o = cache[6], cache[8]
    c_next = c_next + (1 - 2 * f) * c
    return o * np.tanh(c_next), c_next, cache


# lstm_step_backward


@misconception("lstm_step_backward", "dc_next is ignored. Add it to the gradient of the cell.")
def dc_next_forgotten(dh_next, dc_next, cache):
    return lstm.lstm_step_backward(dh_next, 0 * dc_next, cache)


@misconception(
    "lstm_step_backward",
    "The path from the state to the cell is missing. The cell also gets dh_next, through the gate and the tanh.",
)
def cell_without_the_state(dh_next, dc_next, cache):
    return lstm.lstm_step_backward(dh_next, dc_next - _through_the_state(dh_next, cache), cache)


def _through_the_state(dh_next, cache):
    return dh_next * cache[8] * (1 - cache[9] ** 2)


@misconception(
    "lstm_step_backward", "The slope of the tanh around the cell is missing. Multiply by 1 - tanh(c_next)^2."
)
def slope_of_the_cell_forgotten(dh_next, dc_next, cache):
    extra = dh_next * cache[8] - _through_the_state(dh_next, cache)
    return lstm.lstm_step_backward(dh_next, dc_next + extra, cache)


@misconception("lstm_step_backward", "The gradient of the old cell lacks the forget gate. Multiply it by f.")
def forget_gate_not_on_the_way_back(dh_next, dc_next, cache):
    dx, dh, _, *dweights = lstm.lstm_step_backward(dh_next, dc_next, cache)
    return dx, dh, dc_next + _through_the_state(dh_next, cache), *dweights


@misconception(
    "lstm_step_backward",
    "The gradient of the forget gate uses the new cell. Use the old one, which f was multiplied by.",
)
def new_cell_at_the_forget_gate(dh_next, dc_next, cache):
    f, i, g = cache[6], cache[5], cache[7]
    return lstm.lstm_step_backward(dh_next, dc_next, (*cache[:2], f * cache[2] + i * g, *cache[3:]))


@misconception("lstm_step_backward", "The blocks are stacked as i, f, o, g. Stack them in torch's order: i, f, g, o.")
def blocks_of_gradients_exchanged(dh_next, dc_next, cache):
    *others, dweight_ih, dweight_hh, dbias_ih, dbias_hh = lstm.lstm_step_backward(dh_next, dc_next, cache)
    return *others, *_blocks((dweight_ih, dweight_hh, dbias_ih, dbias_hh), (0, 1, 3, 2))


def _slope_of_a_gate(value):
    return value * (1 - value)


def _through_the_gates(dh_next, dc_next, cache, *, of_gates=_slope_of_a_gate, of_g=lambda g: 1 - g**2, cell=np.tanh):
    """The gradients of a step with other slopes of the gates or of g, and another way from the cell to the state."""
    x, h, c, weight_ih, weight_hh, i, f, g, o, _ = cache
    dc = dc_next + _through_the_state(dh_next, cache)
    di, df, do = dc * g * of_gates(i), dc * c * of_gates(f), dh_next * cell(f * c + i * g) * of_gates(o)
    dz = np.concatenate([di, df, dc * i * of_g(g), do], axis=1)
    return dz @ weight_ih, dz @ weight_hh, dc * f, dz.T @ x, dz.T @ h, dz.sum(axis=0), dz.sum(axis=0)


@misconception(
    "lstm_step_backward",
    "The slopes of the gates are missing. Multiply the gradient of each gate by gate * (1 - gate).",
    source="https://community.deeplearning.ai/t/lstm-backward-wrong-output/67533",
)
def slopes_of_the_gates_forgotten(dh_next, dc_next, cache):
    return _through_the_gates(dh_next, dc_next, cache, of_gates=np.ones_like)


@misconception("lstm_step_backward", "The block of g has the slope of a sigmoid. Use that of tanh: 1 - g^2.")
def content_with_the_slope_of_a_gate(dh_next, dc_next, cache):
    return _through_the_gates(dh_next, dc_next, cache, of_g=_slope_of_a_gate)


@misconception(
    "lstm_step_backward",
    "The gradient of the output gate uses c_next. Use tanh(c_next), which o was multiplied by.",
    source="https://community.deeplearning.ai/t/lstm-backward-wrong-output/67533",
)
def output_gate_without_tanh(dh_next, dc_next, cache):
    return _through_the_gates(dh_next, dc_next, cache, cell=lambda c_next: c_next)


# lstm_forward


@misconception("lstm_forward", "Every step starts from h0 and c0. Start each from state and cell of the step before.")
def lstm_state_not_handed_on(x, h0, c0, *weights):
    return _forward_without_memory(lstm.lstm_step_forward, x, (h0, c0), weights)


@misconception("lstm_forward", "Every step gets c0. Give each the cell of the step before.")
def lstm_cell_not_handed_on(x, h0, c0, *weights):
    h, states = h0, []
    for x_t in x:
        h, c, cache = lstm.lstm_step_forward(x_t, h, c0, *weights)
        states.append(h)
    return np.stack(states), h, c, cache


@misconception(
    "lstm_forward", "The outputs are the cells. Return the states of all steps, and of the cells only the last."
)
def lstm_shows_its_cells(x, h0, c0, *weights):
    h, c, cells = h0, c0, []
    for x_t in x:
        h, c, cache = lstm.lstm_step_forward(x_t, h, c, *weights)
        cells.append(c)
    return np.stack(cells), h, c, cache


@misconception("lstm_forward", "h0 and c0 are ignored. Start the first step from them.")
def lstm_from_zero(x, h0, c0, *weights):
    return lstm.lstm_forward(x, 0 * h0, 0 * c0, *weights)


@misconception("lstm_forward", "A sequence without steps gets an answer. Raise a ValueError for it.")
def lstm_of_nothing(x, h0, c0, *weights):
    return _unchecked(lstm.lstm_step_forward, x, (h0, c0), weights)


# lstm_backward


@misconception("lstm_backward", "The state's gradient from the later steps is missing. Add it to dout[t].")
def lstm_dh_next_forgotten(dout, dh_n, dc_n, cache):
    def along(dstate):
        return [0 * dstate[0], dstate[1]]

    return _backward(lstm.lstm_step_backward, dout, (dh_n, dc_n), cache, along=along)


@misconception(
    "lstm_backward", "The cell's gradient is not handed on. Hand it from step to step, beside that of the state."
)
def lstm_dc_next_forgotten(dout, dh_n, dc_n, cache):
    def along(dstate):
        return [dstate[0], 0 * dstate[1]]

    return _backward(lstm.lstm_step_backward, dout, (dh_n, dc_n), cache, along=along)


@misconception("lstm_backward", "The gradients of h_n and c_n are ignored. Begin the way back with them.")
def lstm_last_states_ignored(dout, dh_n, dc_n, cache):
    return lstm.lstm_backward(dout, 0 * dh_n, 0 * dc_n, cache)


@misconception("lstm_backward", "The gradients of the weights are those of one step. Sum them over all steps.")
def lstm_gradients_overwritten(dout, dh_n, dc_n, cache):
    return _backward(lstm.lstm_step_backward, dout, (dh_n, dc_n), cache, gather=_last)


@misconception("lstm_backward", "dx is in the order of the way back, the last step first. Reverse it.")
def lstm_dx_backwards(dout, dh_n, dc_n, cache):
    dx, *others = lstm.lstm_backward(dout, dh_n, dc_n, cache)
    return dx[::-1], *others


# gru_step_forward


def _gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    of_x, of_h = np.split(x @ weight_ih.T + bias_ih, 3, axis=1), np.split(h @ weight_hh.T + bias_hh, 3, axis=1)
    return of_x, of_h, sigmoid(of_x[0] + of_h[0]), sigmoid(of_x[1] + of_h[1])


@misconception(
    "gru_step_forward",
    "r multiplies h before the product. Multiply W_hn h + b_hn by it instead.",
    source="https://github.com/pytorch/pytorch/issues/99531",
)
def reset_before_the_product(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    of_x, _, r, z = _gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    hidden = h.shape[1]
    n = np.tanh(of_x[2] + (r * h) @ weight_hh[2 * hidden :].T + bias_hh[2 * hidden :])
    return (1 - z) * n + z * h, None


@misconception("gru_step_forward", "The bias b_hn is not multiplied by r. Multiply the product and its bias by it.")
def bias_outside_the_reset_gate(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    of_x, of_h, r, z = _gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    bias = bias_hh[2 * h.shape[1] :]
    n = np.tanh(of_x[2] + r * (of_h[2] - bias) + bias)
    return (1 - z) * n + z * h, None


@misconception(
    "gru_step_forward",
    "z is reversed. Multiply the old state by z, and the candidate by 1 - z.",
    source="https://github.com/pytorch/pytorch/issues/20129",
)
def update_gate_reversed(x, h, *weights):
    of_x, of_h, r, z = _gates(x, h, *weights)
    n = np.tanh(of_x[2] + r * of_h[2])
    return z * n + (1 - z) * h, None


@misconception("gru_step_forward", "The gates are read in the order z, r, n. Read them in torch's order: r, z, n.")
def gates_z_r_n(x, h, *weights):
    return gru.gru_step_forward(x, h, *_blocks(weights, (1, 0, 2)))


@misconception("gru_step_forward", "bias_hh is missing. Add both biases; in n only b_hn is multiplied by r.")
def gru_bias_forgotten(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return gru.gru_step_forward(x, h, weight_ih, weight_hh, bias_ih, 0 * bias_hh)


@misconception("gru_step_forward", "bias_ih is missing. Add both biases; in n only b_hn is multiplied by r.")
def gru_input_bias_forgotten(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return gru.gru_step_forward(x, h, weight_ih, weight_hh, 0 * bias_ih, bias_hh)


@misconception("gru_step_forward", "r multiplies everything in the tanh. Multiply only the part of the state by it.")
def reset_gate_on_the_input_too(x, h, *weights):
    of_x, of_h, r, z = _gates(x, h, *weights)
    return (1 - z) * np.tanh(r * (of_x[2] + of_h[2])) + z * h, None


@misconception("gru_step_forward", "The reset gate is not used. Multiply the state's part of n by it.")
def no_reset_gate(x, h, *weights):
    of_x, of_h, _, z = _gates(x, h, *weights)
    return (1 - z) * np.tanh(of_x[2] + of_h[2]) + z * h, None


@misconception(
    "gru_step_forward",
    "The bias b_hn is missing in the candidate. Add it to W_hn h, and multiply the sum by r.",
    source="https://github.com/pytorch/pytorch/pull/529",
)
def candidate_without_its_bias(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    bias = bias_hh.copy()
    bias[2 * h.shape[1] :] = 0
    return gru.gru_step_forward(x, h, weight_ih, weight_hh, bias_ih, bias)


# gru_step_backward


@misconception("gru_step_backward", "The direct path of the old state is missing. Add dh_next * z to its gradient.")
def direct_path_forgotten(dh_next, cache):
    dx, dh, *dweights = gru.gru_step_backward(dh_next, cache)
    return dx, dh - dh_next * cache[5], *dweights


@misconception(
    "gru_step_backward",
    "The reset gate is missing on the way back. Multiply the gradient of the state's part of n by r.",
)
def reset_gate_not_on_the_way_back(dh_next, cache):
    dx, dh, dweight_ih, dweight_hh, dbias_ih, _ = gru.gru_step_backward(dh_next, cache)
    _, h, _, weight_hh, r, z, n, _ = cache
    hidden, more = h.shape[1], dh_next * (1 - z) * (1 - n**2) * (1 - r)
    dweight_hh, dh = dweight_hh.copy(), dh + more @ weight_hh[2 * hidden :]
    dweight_hh[2 * hidden :] += more.T @ h
    return dx, dh, dweight_ih, dweight_hh, dbias_ih, dbias_ih


@misconception("gru_step_backward", "Both biases get the same gradient. In the block of n, multiply that of b_hn by r.")
def biases_alike(dh_next, cache):
    *others, dbias_ih, _ = gru.gru_step_backward(dh_next, cache)
    return *others, dbias_ih, dbias_ih


@misconception(
    "gru_step_backward",
    "The gradient of z has the wrong sign. With z, h_next grows by h - n: multiply by that, not by n - h.",
)
def update_gate_with_the_wrong_sign(dh_next, cache):
    x, h, weight_ih, weight_hh, _, z, n, _ = cache
    right = gru.gru_step_backward(dh_next, cache)
    hidden, extra = h.shape[1], -2 * dh_next * (h - n) * z * (1 - z)
    block, more = slice(hidden, 2 * hidden), [np.zeros_like(part) for part in right]
    more[0], more[1] = extra @ weight_ih[block], extra @ weight_hh[block]
    more[2][block], more[3][block] = extra.T @ x, extra.T @ h
    more[4][block] = more[5][block] = extra.sum(axis=0)
    return tuple(part + change for part, change in zip(right, more, strict=True))


@misconception(
    "gru_step_backward",
    "The reset gate gets no gradient. It multiplies the state's part of n: give it the gradient times that.",
)
def reset_gate_without_gradient(dh_next, cache):
    return gru.gru_step_backward(dh_next, (*cache[:7], 0 * cache[7]))


@misconception("gru_step_backward", "The blocks are stacked as z, r, n. Stack them in torch's order: r, z, n.")
def gru_blocks_exchanged(dh_next, cache):
    dx, dh, *dweights = gru.gru_step_backward(dh_next, cache)
    return dx, dh, *_blocks(dweights, (1, 0, 2))


# gru_forward


@misconception("gru_forward", "Every step starts from h0. Start each from the state of the step before.")
def gru_state_not_handed_on(x, h0, *weights):
    return _forward_without_memory(gru.gru_step_forward, x, (h0,), weights)


@misconception("gru_forward", "h0 is ignored: the first step starts from zero. Start it from h0.")
def gru_from_zero(x, h0, *weights):
    return gru.gru_forward(x, 0 * h0, *weights)


@misconception("gru_forward", "The outputs are the states before each step. Let out[t] be the state after step t.")
def gru_states_one_too_early(x, h0, *weights):
    out, h_n, cache = gru.gru_forward(x, h0, *weights)
    return np.concatenate([h0[None], out[:-1]]), h_n, cache


@misconception("gru_forward", "h_n is the state after the first step. Return the one after the last step.")
def gru_first_state_as_last(x, h0, *weights):
    out, _, cache = gru.gru_forward(x, h0, *weights)
    return out, out[0], cache


@misconception("gru_forward", "A sequence without steps gets an answer. Raise a ValueError for it.")
def gru_of_nothing(x, h0, *weights):
    return _unchecked(gru.gru_step_forward, x, (h0,), weights)


# gru_backward


@misconception(
    "gru_backward", "The gradient from the later steps is missing: each step gets dout[t] only. Add what comes back."
)
def gru_dh_next_forgotten(dout, dh_n, cache):
    return _backward(gru.gru_step_backward, dout, (dh_n,), cache, along=_nothing)


@misconception("gru_backward", "The gradient of h_n is ignored. Add it to dout at the last step.")
def gru_dh_n_ignored(dout, dh_n, cache):
    return gru.gru_backward(dout, 0 * dh_n, cache)


@misconception("gru_backward", "The gradients of the weights are those of one step. Sum them over all steps.")
def gru_gradients_overwritten(dout, dh_n, cache):
    return _backward(gru.gru_step_backward, dout, (dh_n,), cache, gather=_last)


@misconception("gru_backward", "The gradients of the weights are means over time. Sum them over all steps.")
def gru_gradients_averaged(dout, dh_n, cache):
    return _backward(gru.gru_step_backward, dout, (dh_n,), cache, gather=_mean)


@misconception("gru_backward", "dx is in the order of the way back, the last step first. Reverse it.")
def gru_dx_backwards(dout, dh_n, cache):
    dx, *others = gru.gru_backward(dout, dh_n, cache)
    return dx[::-1], *others


# sequence_cross_entropy


def _asked(targets):
    return np.count_nonzero(targets != -100)


@misconception(
    "sequence_cross_entropy", "Loss and gradient are sums. Divide both by the number of steps with a target."
)
def loss_summed(scores, targets):
    loss, dscores = training.sequence_cross_entropy(scores, targets)
    return loss * _asked(targets), dscores * _asked(targets)


@misconception(
    "sequence_cross_entropy", "Steps without a target are counted. Divide by the number of steps that have one."
)
def divided_by_all_steps(scores, targets):
    share = _asked(targets) / targets.size
    loss, dscores = training.sequence_cross_entropy(scores, targets)
    return loss * share, dscores * share


@misconception("sequence_cross_entropy", "-100 is used as a class. Leave these steps out: they have no target.")
def missing_taken_for_a_class(scores, targets):
    return training.sequence_cross_entropy(scores, targets % scores.shape[2])


@misconception(
    "sequence_cross_entropy",
    "The gradient is not divided. Divide it by the number of steps that have a target, as the loss is.",
)
def gradient_not_divided(scores, targets):
    loss, dscores = training.sequence_cross_entropy(scores, targets)
    return loss, dscores * _asked(targets)


@misconception("sequence_cross_entropy", "The gradient is the softmax alone. Subtract 1 from it at the right class.")
def one_not_subtracted(scores, targets):
    loss, dscores = training.sequence_cross_entropy(scores, targets)
    dscores[(*np.nonzero(targets != -100), targets[targets != -100])] += 1 / _asked(targets)
    return loss, dscores


@misconception("sequence_cross_entropy", "The loss is in bits. Take the natural logarithm.")
def loss_in_bits(scores, targets):
    loss, dscores = training.sequence_cross_entropy(scores, targets)
    return (loss / np.log(2)).astype(scores.dtype), dscores


@misconception(
    "sequence_cross_entropy", "exp overflows for large scores. Subtract the largest score of each step first."
)
def exponentials_overflow(scores, targets):
    asked = targets != -100
    with np.errstate(all="ignore"):
        exponentials = np.exp(scores)
        p = exponentials / exponentials.sum(axis=2, keepdims=True)
        picked = np.take_along_axis(p, np.where(asked, targets, 0)[:, :, None], axis=2)[:, :, 0]
        onehot = np.eye(scores.shape[2], dtype=scores.dtype)[np.where(asked, targets, 0)]
        return -np.log(picked[asked]).mean(), np.where(asked[:, :, None], p - onehot, 0) / np.float32(asked.sum())


@misconception(
    "sequence_cross_entropy",
    "The loss is infinite where a probability rounds to 0. Take the score minus the log of the sum of exponentials.",
)
def logarithm_of_a_softmax(scores, targets):
    _, dscores = training.sequence_cross_entropy(scores, targets)
    asked = np.nonzero(targets != -100)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    with np.errstate(divide="ignore"):
        return -np.log((powers / powers.sum(axis=2, keepdims=True))[(*asked, targets[asked])]).mean(), dscores


@misconception(
    "sequence_cross_entropy",
    "Class 0 is left out like a missing target. Leave out only targets of -100.",
    source="https://github.com/neuralmagic/deepsparse/pull/1141",
)
def class_0_left_out(scores, targets):
    marked = np.where(targets == 0, -100, targets)
    if np.all(marked == -100):
        return scores.dtype.type(0), np.zeros_like(scores)
    return training.sequence_cross_entropy(scores, marked)


# perplexity


@misconception("perplexity", "This is 2 to the power of a loss in nats. Use e: base and unit belong together.")
def base_two_of_nats(scores, targets):
    return 2 ** training.sequence_cross_entropy(scores, targets)[0]


@misconception(
    "perplexity", "This is e to the power of a loss in bits. Use the loss in nats: base and unit belong together."
)
def base_e_of_bits(scores, targets):
    return np.exp(training.sequence_cross_entropy(scores, targets)[0] / np.log(2))


@misconception("perplexity", "This is the exponential of the summed loss. Take that of the mean over the steps.")
def perplexity_of_the_sum(scores, targets):
    return np.exp(training.sequence_cross_entropy(scores, targets)[0] * _asked(targets))


@misconception("perplexity", "This is the cross-entropy. Take its exponential.")
def cross_entropy_itself(scores, targets):
    return training.sequence_cross_entropy(scores, targets)[0]


@misconception(
    "perplexity", "The perplexities of the steps are averaged. Average the losses first, then take the exponential."
)
def mean_of_exponentials(scores, targets):
    steps = [np.s_[t : t + 1, n : n + 1] for t, n in zip(*np.nonzero(targets != -100), strict=True)]
    return np.mean([training.perplexity(scores[step], targets[step]) for step in steps])


@misconception("perplexity", "Steps without a target are counted. Average over the steps that have one.")
def perplexity_over_all_steps(scores, targets):
    return np.exp(training.sequence_cross_entropy(scores, targets)[0] * _asked(targets) / targets.size)


@misconception(
    "perplexity",
    "The perplexities of the sequences are averaged. Average the losses of all steps, then take the exponential.",
    source="https://github.com/meta-pytorch/torcheval/issues/154",
)
def mean_over_sequences(scores, targets):
    columns = [np.s_[:, n : n + 1] for n in range(targets.shape[1]) if np.any(targets[:, n] != -100)]
    return np.mean([training.perplexity(scores[column], targets[column]) for column in columns])


# clip_grad_norm


@misconception(
    "clip_grad_norm",
    "Each gradient is clipped by itself. Multiply all of them by one factor, so that the direction stays.",
)
def clipped_one_by_one(grads, max_norm):
    _, total_norm = training.clip_grad_norm(grads, max_norm)
    return [training.clip_grad_norm([grad], max_norm)[0][0] for grad in grads], total_norm


@misconception("clip_grad_norm", "Short gradients are made longer. Let the factor be 1 at most.")
def always_rescaled(grads, max_norm):
    _, total_norm = training.clip_grad_norm(grads, max_norm)
    return [grad * (max_norm / (total_norm + 1e-6)) for grad in grads], total_norm


@misconception(
    "clip_grad_norm", "The lengths are added up. Add the squares of all entries, and take the root of the sum."
)
def lengths_added_up(grads, max_norm):
    total_norm = sum(np.sqrt((grad**2).sum()) for grad in grads)
    return [grad * np.minimum(1, max_norm / (total_norm + 1e-6)) for grad in grads], total_norm


@misconception("clip_grad_norm", "This is the squared length. Take the root of the sum of squares.")
def squared_length(grads, max_norm):
    total_norm = sum((grad**2).sum() for grad in grads)
    return [grad * np.minimum(1, max_norm / (total_norm + 1e-6)) for grad in grads], total_norm


@misconception(
    "clip_grad_norm",
    "Every number is clipped by itself. Multiply all of them by one factor, so that the direction stays.",
)
def clipped_by_value(grads, max_norm):
    _, total_norm = training.clip_grad_norm(grads, max_norm)
    return [np.clip(grad, -max_norm, max_norm) for grad in grads], total_norm


@misconception(
    "clip_grad_norm",
    "The length after clipping is returned. Return the one before, which shows when gradients explode.",
)
def length_afterwards(grads, max_norm):
    clipped, _ = training.clip_grad_norm(grads, max_norm)
    return clipped, training.clip_grad_norm(clipped, max_norm)[1]


# recurrent_forward


@misconception(
    "recurrent_forward", "The bias of the output layer is missing. Add bias_out[c] to each score of class c."
)
def output_bias_forgotten(x, state, params, **options):
    return training.recurrent_forward(x, state, params | {"bias_out": 0 * params["bias_out"]}, **options)


@misconception(
    "recurrent_forward",
    "The state is ignored: reading starts from zero. Start from the state that is passed in.",
    source="https://github.com/gabrielloye/RNN-walkthrough/issues/3",
)
def starts_from_zero(x, state, params, **options):
    return training.recurrent_forward(x, tuple(0 * part for part in state), params, **options)


@misconception("recurrent_forward", "The state comes back as it was. Return the one after the last step.")
def old_state_returned(x, state, params, **options):
    scores, _, cache = training.recurrent_forward(x, state, params, **options)
    return scores, state, cache


@misconception("recurrent_forward", "The scores go through a softmax. Return them as they are: the loss does the rest.")
def softmax_in_the_model(x, state, params, **options):
    scores, state_n, cache = training.recurrent_forward(x, state, params, **options)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True), state_n, cache


@misconception(
    "recurrent_forward", "All steps get the scores of the last one. Compute the scores of each step from its own state."
)
def last_scores_for_all(x, state, params, **options):
    scores, state_n, cache = training.recurrent_forward(x, state, params, **options)
    return np.broadcast_to(scores[-1:], scores.shape).copy(), state_n, cache


# recurrent_backward


@misconception("recurrent_backward", "The output layer gets no gradient. Return those of weight_out and bias_out, too.")
def output_layer_not_learned(dscores, cache):
    grads = training.recurrent_backward(dscores, cache)
    return grads | {name: 0 * grads[name] for name in ("weight_out", "bias_out")}


@misconception("recurrent_backward", "The cell gets the gradient of the last step only. Send it that of all steps.")
def last_scores_only(dscores, cache):
    last = np.zeros_like(dscores)
    last[-1] = dscores[-1]
    grads, all_steps = training.recurrent_backward(last, cache), training.recurrent_backward(dscores, cache)
    return grads | {name: all_steps[name] for name in ("weight_out", "bias_out")}


@misconception(
    "recurrent_backward", "The gradients of the output layer are those of the last step. Sum them over all steps."
)
def output_gradients_overwritten(dscores, cache):
    last = np.zeros_like(dscores)
    last[-1] = dscores[-1]
    grads, of_last = training.recurrent_backward(dscores, cache), training.recurrent_backward(last, cache)
    return grads | {name: of_last[name] for name in ("weight_out", "bias_out")}


@misconception(
    "recurrent_backward",
    "The gradients of weight_ih and weight_hh are exchanged. The cell returns that of weight_ih first.",
)
def cell_weights_exchanged(dscores, cache):
    grads = training.recurrent_backward(dscores, cache)
    return grads | {"weight_ih": grads["weight_hh"], "weight_hh": grads["weight_ih"]}


@misconception(
    "recurrent_backward",
    "The gradients are divided by the batch size. dscores already holds the division of the mean loss: only sum.",
)
def divided_once_more(dscores, cache):
    return training.recurrent_backward(dscores / dscores.shape[1], cache)


# train_on_sequences


@misconception("train_on_sequences", "The gradient is added. Subtract it to go down.")
def climbs(*arguments, lr=1.0, **options):
    return training.train_on_sequences(*arguments, lr=-lr, **options)


@misconception("train_on_sequences", "The gradients are not clipped. Shorten them before the step.")
def unclipped(*arguments, max_norm=1.0, **options):
    return training.train_on_sequences(*arguments, max_norm=np.inf, **options)


@misconception("train_on_sequences", "Only the output layer learns. Step along the gradients of all parameters.")
def only_the_output_learns(x, targets, state, params, **options):
    moved, state_n, loss = training.train_on_sequences(x, targets, state, params, **options)
    return params | {name: moved[name] for name in ("weight_out", "bias_out")}, state_n, loss


@misconception("train_on_sequences", "The old state comes back. Return the one after reading.")
def old_state_comes_back(x, targets, state, params, **options):
    moved, _, loss = training.train_on_sequences(x, targets, state, params, **options)
    return moved, state, loss


@misconception(
    "train_on_sequences", "This is the loss after the step. Return the one before it, to which the gradient belongs."
)
def loss_after_the_step(x, targets, state, params, *, cell="rnn", **options):
    moved, state_n, _ = training.train_on_sequences(x, targets, state, params, cell=cell, **options)
    scores, _, _ = training.recurrent_forward(x, state, moved, cell=cell)
    return moved, state_n, training.sequence_cross_entropy(scores, targets)[0]


@misconception("train_on_sequences", "The learning rate is ignored. Multiply the gradients by it.")
def rate_ignored(*arguments, lr=1.0, **options):
    return training.train_on_sequences(*arguments, lr=1.0, **options)


@misconception(
    "train_on_sequences",
    "The state comes back as zeros. Return the one after reading: the next piece of a text goes on from it.",
    source="https://github.com/yikangshen/Ordered-Neurons/issues/13",
)
def state_begins_anew(x, targets, state, params, **options):
    moved, state_n, loss = training.train_on_sequences(x, targets, state, params, **options)
    return moved, tuple(0 * part for part in state_n), loss


# sample_characters


@misconception(
    "sample_characters", "The scores are multiplied by the temperature. Divide them by it: a high one makes them alike."
)
def multiplied_by_the_temperature(scores, rng, *, temperature=1.0):
    return training.sample_characters(scores, rng, temperature=1 / temperature if temperature > 0 else temperature)


@misconception("sample_characters", "The temperature is ignored. Divide the scores by it.")
def temperature_ignored(scores, rng, *, temperature=1.0):
    return training.sample_characters(scores, rng, temperature=1.0 if temperature > 0 else temperature)


@misconception(
    "sample_characters", "The best character is always taken. Do so at temperature 0 only, and draw one otherwise."
)
def best_always(scores, rng, *, temperature=1.0):
    return training.sample_characters(scores, rng, temperature=min(temperature, 0))


@misconception(
    "sample_characters",
    "All characters are equally likely. Draw them with the probabilities softmax(scores / temperature).",
)
def drawn_uniformly(scores, rng, *, temperature=1.0):
    return training.sample_characters(0 * scores, rng, temperature=temperature)


@misconception(
    "sample_characters", "One set of probabilities serves all rows. Compute those of each row from its own scores."
)
def first_row_for_all(scores, rng, *, temperature=1.0):
    return training.sample_characters(np.repeat(scores[:1], len(scores), axis=0), rng, temperature=temperature)


@misconception(
    "sample_characters", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in."
)
def sampled_from_a_fixed_seed(scores, rng, *, temperature=1.0):
    return training.sample_characters(scores, np.random.default_rng(0), temperature=temperature)


@misconception("sample_characters", "A negative temperature gets an answer. Raise a ValueError for it.")
def negative_temperature(scores, rng, *, temperature=1.0):
    return training.sample_characters(scores, rng, temperature=max(temperature, 0))


@misconception(
    "sample_characters",
    "The probabilities are divided by the temperature. Divide the scores, before the softmax.",
    source="https://github.com/keras-team/keras/issues/6477",
)
def probabilities_divided(scores, rng, *, temperature=1.0):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    return training.sample_characters(probabilities, rng, temperature=temperature)


# complete_text


def _write(text, length, params, alphabet, rng, cell, temperature, read):
    """Write, where `read` says what of the text is read before each new character."""
    state = training.zero_state(1, params["weight_hh"].shape[1], cell=cell)
    for _ in range(length):
        indices = np.array([[alphabet.index(character)] for character in read(text)])
        x = training.one_hot(indices, len(alphabet))
        scores, state, _ = training.recurrent_forward(x, state, params, cell=cell)
        text += alphabet[training.sample_characters(scores[-1], rng, temperature=temperature)[0]]
    return text


@misconception("complete_text", "Only the last character of the text is read. Read all of it first.")
def only_the_last_character_read(text, length, params, alphabet, rng, *, cell="rnn", temperature=0.0):
    return _write(text, length, params, alphabet, rng, cell, temperature, lambda text: text[-1:])


@misconception(
    "complete_text", "The text is read again with the state that has read it already. Read only what is new."
)
def read_twice(text, length, params, alphabet, rng, *, cell="rnn", temperature=0.0):
    recent = slice(-60, None)  # the whole of a long text would take seconds
    return _write(text, length, params, alphabet, rng, cell, temperature, lambda text: text[recent])


@misconception("complete_text", "The state is lost after every character. Hand it on to the next one.")
def forgets_while_writing(text, length, params, alphabet, rng, *, cell="rnn", temperature=0.0):
    for _ in range(length):
        last = text[-1]
        text += training.complete_text(last, 1, params, alphabet, rng, cell=cell, temperature=temperature)[1:]
    return text


@misconception("complete_text", "Only what was written is returned. Return the given text first.")
def text_not_included(text, length, *arguments, **options):
    return training.complete_text(text, length, *arguments, **options)[len(text) :]


@misconception("complete_text", "The best character is always taken. Pass `temperature` on to the sampling.")
def writes_without_temperature(*arguments, temperature=0.0, **options):
    return training.complete_text(*arguments, **options)


@misconception("complete_text", "The text becomes one character too long. Write exactly as many as `length` says.")
def one_character_too_many(text, length, *arguments, **options):
    return training.complete_text(text, length + 1, *arguments, **options)


# fast.py


def with_gradients(answer, **changed):
    """Return an answer of lstm_fast with some of its gradients changed."""
    out, c_n, gradients = answer
    names = ("dx", "dh0", "dc0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")
    return out, c_n, tuple(changed.get(name, was) for name, was in zip(names, gradients, strict=True))


def mixed_gates(arguments, order):
    """Run lstm_fast with its blocks in another order, and bring its gradients back into the one that came in."""
    x, h0, c0, *weights, dout = arguments
    mixed = [torch.cat([weight.chunk(4)[k] for k in order]) for weight in weights]
    out, c_n, (dx, dh0, dc0, *slopes) = fast.lstm_fast(x, h0, c0, *mixed, dout)
    places = [order.index(k) for k in range(4)]
    return out, c_n, (dx, dh0, dc0, *(torch.cat([slope.chunk(4)[k] for k in places]) for slope in slopes))


@misconception("lstm_fast", "The gates are in the order i, f, o, g. Use torch's order: i, f, g, o.")
def fast_lstm_with_gates_ifog(*arguments):
    return mixed_gates(arguments, [0, 1, 3, 2])


@misconception("lstm_fast", "Forget and input gate are exchanged. Use the first block for the input gate.")
def fast_lstm_forgets_what_it_should_write(*arguments):
    return mixed_gates(arguments, [1, 0, 2, 3])


@misconception("lstm_fast", "bias_hh is missing. Add both biases.")
def fast_lstm_with_one_bias(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout):
    return fast.lstm_fast(x, h0, c0, weight_ih, weight_hh, bias_ih, torch.zeros_like(bias_hh), dout)


@misconception("lstm_fast", "Only the last step's gradient is sent back. Add dout[t] at every step t.")
def fast_lstm_with_the_last_gradient(*arguments):
    last = torch.zeros_like(arguments[-1])
    last[-1] = arguments[-1][-1]
    return fast.lstm_fast(*arguments[:-1], last)


@misconception(
    "lstm_fast",
    "The gradient of weight_hh uses h_1 to h_T. Each step has read the state before it: use h_0 to h_(T-1).",
)
def fast_lstm_with_states_too_late(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout):
    answer = fast.lstm_fast(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout)
    # What the gates' sums of each step get, for one sequence: the gradient of weights that one-hot steps pick from.
    steps, wrong = torch.eye(len(x), dtype=x.dtype)[:, None], torch.zeros_like(weight_hh)
    for n in range(len(h0)):
        one, picked = slice(n, n + 1), (x[:, n] @ weight_ih.T).T
        slopes = fast.lstm_fast(steps, h0[one], c0[one], picked, weight_hh, bias_ih, bias_hh, dout[:, one])[2]
        wrong += slopes[3] @ answer[0][:, n]
    return with_gradients(answer, dweight_hh=wrong)


@misconception("lstm_fast", "The gradients of the weights are means over the sequences. Sum over the sequences.")
def fast_lstm_with_mean_gradients(*arguments):
    answer = fast.lstm_fast(*arguments)
    names = ("dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")
    means = {name: slope / len(arguments[1]) for name, slope in zip(names, answer[2][3:], strict=True)}
    return with_gradients(answer, **means)


@misconception(
    "lstm_fast", "The gradient does not pass from step to step. Add to dh and to dc what the later step sends back."
)
def fast_lstm_truncated_after_every_step(x, h0, c0, *rest):
    *weights, dout = rest
    out, c_n, _ = fast.lstm_fast(x, h0, c0, *rest)
    h, c, parts = h0, c0, []
    for t in range(len(x)):
        state, new, slopes = fast.lstm_fast(x[t : t + 1], h, c, *weights, dout[t : t + 1])
        h, c = state[0], new
        parts.append(slopes)
    sums = [torch.stack(slopes).sum(dim=0) for slopes in list(zip(*parts, strict=True))[3:]]
    return out, c_n, (torch.cat([slopes[0] for slopes in parts]), *parts[0][1:3], *sums)


@misconception("lstm_fast", "dout is overwritten. Add it to a tensor of your own: it belongs to the caller.")
def fast_lstm_overwrites_dout(*arguments):
    answer = fast.lstm_fast(*arguments)
    arguments[-1].mul_(0.5)
    return answer


@misconception("lstm_fast", "The last state is returned for the last cell. Return the cell after the last step.")
def fast_lstm_with_the_last_state(*arguments):
    out, _, gradients = fast.lstm_fast(*arguments)
    return out, out[-1], gradients


@misconception("lstm_fast", "The answer is float64 for float32 inputs. Compute in the dtype of x: half as many bytes.")
def fast_lstm_in_float64(*arguments):
    return fast.lstm_fast(*(argument.double() for argument in arguments))
