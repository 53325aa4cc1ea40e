"""Fast ways to compute what the timed tasks ask for, each right on plain inputs and wrong on hard ones.

Each is handed in behind a dispatch on the shape: the solution wherever a task's other tests look, the shortcut on every
shape of its races. So only the races' own inputs can find it out.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Shortcut = Callable[..., Any]


# activations


def softmax_without_the_maximum(logits: Tensor, labels: Tensor) -> Any:
    """An exponential of 10,000 is infinite."""
    exps = logits.exp()
    totals, label_columns = exps.sum(dim=1, keepdim=True), labels[:, None]
    loss = (totals.log() - logits.gather(1, label_columns)).mean()
    dlogits = exps / (totals * len(logits))
    return loss, dlogits.scatter_add(1, label_columns, torch.full_like(totals, -1 / len(logits)))


def softmax_with_one_maximum(logits: Tensor, labels: Tensor) -> Any:
    """One maximum of the whole batch: rows far below it vanish."""
    shifted = logits - logits.max()
    return softmax_without_the_maximum(shifted, labels)


def softmax_of_clamped_logits(logits: Tensor, labels: Tensor) -> Any:
    """Nothing overflows where scores are cut off at ±80."""
    return softmax_without_the_maximum(logits.clamp(-80, 80), labels)


def softmax_for_loss_only(logits: Tensor, labels: Tensor) -> Any:
    """Zeros wherever the gradient is small: all but the right class."""
    loss, _ = softmax_with_one_maximum(logits, labels)
    return loss, functional.one_hot(labels, logits.shape[1]).to(logits.dtype) * (-1 / len(logits))


def _gelu_by(phi: Callable[[Tensor], Tensor], x: Tensor, dout: Tensor) -> Any:
    below = phi(x)
    bell = torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return x * below, dout * (below + x * bell)


def gelu_by_exponentials(x: Tensor, dout: Tensor) -> Any:
    """The tanh of its approximation as a quotient of exponentials: infinite by infinite far from 0."""

    def phi(x: Tensor) -> Tensor:
        power = torch.exp(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
        return power / (power + 1)

    return _gelu_by(phi, x, dout)


def gelu_by_a_series(x: Tensor, dout: Tensor) -> Any:
    """A Taylor series of Phi with twenty terms: right to 1e-6 up to 3, useless beyond 5."""

    def phi(x: Tensor) -> Tensor:
        term, total = x.clone(), x.clone()
        for k in range(1, 20):
            term = term * x * x * (-(2 * k - 1) / (2 * k * (2 * k + 1)))
            total = total + term
        return 0.5 + total / math.sqrt(2 * math.pi)

    return _gelu_by(phi, x, dout)


def gelu_cut_off(x: Tensor, dout: Tensor) -> Any:
    """Phi is taken for 0 below -3."""
    return _gelu_by(lambda x: torch.where(x < -3, 0.0, 0.5 + 0.5 * torch.erf(x * math.sqrt(0.5))), x, dout)


# backprop


def _mlp(x: Tensor, params: Any, dscores: Tensor, lets_through: Callable[[Tensor], Tensor], inputs: Any = None) -> Any:
    sums: list[Tensor] = []
    hidden = [x]
    for weight, bias in params[:-1]:
        sums.append(torch.addmm(bias, hidden[-1], weight.T))
        hidden.append(torch.relu(sums[-1]))
    scores, dz, grads = torch.addmm(params[-1][1], hidden[-1], params[-1][0].T), dscores, []
    for layer in reversed(range(len(params))):
        grads.insert(0, (dz.T @ hidden[layer], dz.sum(dim=0)))
        dz = dz @ params[layer][0]
        if layer:
            dz = dz * lets_through(sums[layer - 1])
    return scores, dz, grads


def mlp_that_lets_zero_through(x: Tensor, params: Any, dscores: Tensor) -> Any:
    """A ReLU whose input is exactly 0 passes the gradient on."""
    return _mlp(x, params, dscores, lambda sums: (sums >= 0).to(sums.dtype))


def mlp_with_a_soft_relu(x: Tensor, params: Any, dscores: Tensor) -> Any:
    """The slope is a steep sigmoid."""
    return _mlp(x, params, dscores, lambda sums: torch.sigmoid(1e4 * sums))


def mlp_in_half(x: Tensor, params: Any, dscores: Tensor) -> Any:
    """Weights are rounded to 16 bits."""
    halved = [(weight.half().float(), bias) for weight, bias in params]
    return _mlp(x, halved, dscores, lambda sums: (sums > 0).to(sums.dtype))


# convolution


def _conv(x: Tensor, w: Tensor, b: Tensor, dout: Tensor, stride: int, padding: int) -> Any:
    x, w, b = (tensor.detach().requires_grad_() for tensor in (x, w, b))
    out = functional.conv2d(x, w, b, stride, padding)
    out = functional.pad(out, (0, dout.shape[3] - out.shape[3], 0, dout.shape[2] - out.shape[2]))
    return out.detach(), *torch.autograd.grad(out, (x, w, b), dout)


def conv_with_one_padding(x: Tensor, w: Tensor, b: Tensor, dout: Tensor, stride: int, padding: int) -> Any:
    """The frame is always one pixel wide."""
    return _conv(x, w, b, dout, stride, 1)


def conv_without_the_frame(x: Tensor, w: Tensor, b: Tensor, dout: Tensor, stride: int, padding: int) -> Any:
    """There is no frame: what windows see beyond the edges is left out."""
    return _conv(x, w, b, dout, stride, 0)


def conv_with_stride_one(x: Tensor, w: Tensor, b: Tensor, dout: Tensor, stride: int, padding: int) -> Any:
    """The stride is always 1."""
    return _conv(x, w, b, dout, 1, padding)


def conv_in_half(x: Tensor, w: Tensor, b: Tensor, dout: Tensor, stride: int, padding: int) -> Any:
    """Images are rounded to 16 bits."""
    return _conv(x.half().float(), w, b, dout, stride, padding)


# dropout_batchnorm


def _batch_norm(x: Tensor, weight: Tensor, bias: Tensor, dout: Tensor, eps: float, moments: Any) -> Any:
    mean, var = moments(x)
    count, inverse = x.numel() / x.shape[1], (var + eps).rsqrt()
    x_hat = (x - mean[:, None, None]) * inverse[:, None, None]
    dweight, dbias = (dout * x_hat).sum(dim=(0, 2, 3)), dout.sum(dim=(0, 2, 3))
    out = weight[:, None, None] * x_hat + bias[:, None, None]
    inner = dout - dbias[:, None, None] / count - x_hat * dweight[:, None, None] / count
    return out, (weight * inverse)[:, None, None] * inner, dweight, dbias


def batch_norm_by_squares(x: Tensor, weight: Tensor, bias: Tensor, dout: Tensor, eps: float = 1e-5) -> Any:
    """The variance as the mean of squares less the square of the mean: nothing is left of it far from 0."""

    def moments(x: Tensor) -> Any:
        mean = x.mean(dim=(0, 2, 3))
        return mean, (x * x).mean(dim=(0, 2, 3)) - mean * mean

    return _batch_norm(x, weight, bias, dout, eps, moments)


def batch_norm_without_eps(x: Tensor, weight: Tensor, bias: Tensor, dout: Tensor, eps: float = 1e-5) -> Any:
    """No eps: channels that are constant are divided by 0."""
    return _batch_norm(x, weight, bias, dout, 0.0, lambda x: torch.var_mean(x, dim=(0, 2, 3), correction=0)[::-1])


def batch_norm_with_its_own_eps(x: Tensor, weight: Tensor, bias: Tensor, dout: Tensor, eps: float = 1e-5) -> Any:
    """An eps of 3e-5, whatever was given."""
    return _batch_norm(x, weight, bias, dout, 3e-5, lambda x: torch.var_mean(x, dim=(0, 2, 3), correction=0)[::-1])


def batch_norm_by_a_sample(x: Tensor, weight: Tensor, bias: Tensor, dout: Tensor, eps: float = 1e-5) -> Any:
    """Moments of every other image."""
    return _batch_norm(x, weight, bias, dout, eps, lambda x: torch.var_mean(x[::2], dim=(0, 2, 3), correction=0)[::-1])


# embeddings


def bags_that_overwrite(indices: Tensor, weight: Tensor, dout: Tensor) -> Any:
    """`+=` on rows that repeat: the last one is kept."""
    dweight, share = torch.zeros_like(weight), dout / indices.shape[1]
    for words in indices.T:
        dweight[words] += share
    return weight[indices].mean(dim=1), dweight


def bags_of_different_words(indices: Tensor, weight: Tensor, dout: Tensor) -> Any:
    """A word counts once in a bag, however often it comes."""
    counts = torch.zeros(len(indices), len(weight)).scatter_(1, indices, 1.0)
    return counts @ weight / indices.shape[1], counts.T @ dout / indices.shape[1]


def _skipgram(centers: Tensor, contexts: Tensor, negatives: Tensor, w_in: Tensor, w_out: Tensor, lr: float) -> Any:
    words = torch.cat([contexts[:, None], negatives], dim=1)
    signs = torch.ones(words.shape)
    signs[:, 0] = -1
    center, others = w_in[centers], w_out[words]
    return words, signs, center, others, signs * torch.einsum("ne,nke->nk", center, others)


def skipgram_that_overflows(
    centers: Tensor, contexts: Tensor, negatives: Tensor, w_in: Tensor, w_out: Tensor, lr: float
) -> Any:
    """The logarithm of 1 plus an exponential."""
    words, signs, center, others, wrongness = _skipgram(centers, contexts, negatives, w_in, w_out, lr)
    power = torch.exp(wrongness)
    slopes = lr * signs * power / (1 + power)
    new_in = w_in.index_add(0, centers, torch.einsum("nk,nke->ne", slopes, others), alpha=-1)
    moves = torch.einsum("nk,ne->nke", slopes, center)
    return new_in, w_out.index_add(0, words.flatten(), moves.flatten(0, 1), alpha=-1), torch.log(1 + power).sum()


def skipgram_that_overwrites(
    centers: Tensor, contexts: Tensor, negatives: Tensor, w_in: Tensor, w_out: Tensor, lr: float
) -> Any:
    """`-=` on rows that repeat."""
    words, signs, center, others, wrongness = _skipgram(centers, contexts, negatives, w_in, w_out, lr)
    slopes = lr * signs * torch.sigmoid(wrongness)
    new_in, new_out = w_in.clone(), w_out.clone()
    new_in[centers] -= torch.einsum("nk,nke->ne", slopes, others)
    new_out[words] -= torch.einsum("nk,ne->nke", slopes, center)
    return new_in, new_out, functional.softplus(wrongness).sum()


def skipgram_by_a_line(
    centers: Tensor, contexts: Tensor, negatives: Tensor, w_in: Tensor, w_out: Tensor, lr: float
) -> Any:
    """The sigmoid of a small score is 1/2 and a quarter of the score."""
    words, signs, center, others, wrongness = _skipgram(centers, contexts, negatives, w_in, w_out, lr)
    slopes = lr * signs * (0.5 + wrongness / 4 - wrongness**3 / 48)
    new_in = w_in.index_add(0, centers, torch.einsum("nk,nke->ne", slopes, others), alpha=-1)
    moves = torch.einsum("nk,ne->nke", slopes, center)
    loss = (math.log(2) + wrongness / 2 + wrongness**2 / 8).sum()
    return new_in, w_out.index_add(0, words.flatten(), moves.flatten(0, 1), alpha=-1), loss


# initialization


def trunc_normal_of_one_distribution(uniform: Tensor, mean: float, std: float, a: float, b: float) -> Any:
    """Cut off at two std, whatever the bounds are."""
    edge = math.erf(math.sqrt(2))
    return torch.erfinv(uniform * 2 * edge - edge).mul(std * math.sqrt(2)).add(mean).clamp(a, b)


def trunc_normal_by_a_polynomial(uniform: Tensor, mean: float, std: float, a: float, b: float) -> Any:
    """Giles' polynomial of the middle of erfinv, beyond its end too."""
    low, high = (math.erf((bound - mean) / (std * math.sqrt(2))) for bound in (a, b))
    z = uniform * (high - low) + low
    w, p = -torch.log1p(-z * z).clamp(max=5.0) - 2.5, torch.full_like(z, 2.81022636e-08)
    for c in (3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164):
        p = p * w + c
    p = (p * w + 0.246640727) * w + 1.50140941
    return (p * z).mul(std * math.sqrt(2)).add(mean).clamp(a, b)


def trunc_normal_that_clamps(uniform: Tensor, mean: float, std: float, a: float, b: float) -> Any:
    """A normal distribution whose ends are pushed to the bounds."""
    return torch.erfinv((2 * uniform - 1).clamp(-0.999, 0.999)).mul(std * math.sqrt(2)).add(mean).clamp(a, b)


# perceptron


def _descent(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor, lr: float, steps: int, both: Any) -> Any:
    losses = []
    for _ in range(steps):
        loss, dz = both(functional.linear(x, weight, bias)[:, 0], y)
        losses.append(loss)
        weight, bias = weight - lr / len(x) * (dz @ x), bias - lr * dz.mean()
    return weight, bias, torch.stack(losses)


def logistic_that_overflows(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor, lr: float, steps: int) -> Any:
    """The logarithm of 1 plus an exponential."""
    return _descent(
        x, y, weight, bias, lr, steps,
        lambda z, y: ((torch.log(1 + z.exp()) - y * z).mean(), torch.sigmoid(z) - y),
    )  # fmt: skip


def logistic_of_probabilities(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor, lr: float, steps: int) -> Any:
    """Logarithms of probabilities that are kept away from 0 and 1."""

    def both(z: Tensor, y: Tensor) -> Any:
        p = torch.sigmoid(z).clamp(1e-7, 1 - 1e-7)
        return -(y * p.log() + (1 - y) * (1 - p).log()).mean(), p - y

    return _descent(x, y, weight, bias, lr, steps, both)


def logistic_of_clamped_scores(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor, lr: float, steps: int) -> Any:
    """Scores are cut off at ±30."""
    return _descent(
        x, y, weight, bias, lr, steps,
        lambda z, y: ((functional.softplus(z.clamp(-30, 30)) - y * z.clamp(-30, 30)).mean(), torch.sigmoid(z) - y),
    )  # fmt: skip


# rnn


def _lstm(sigmoid: Shortcut, tanh: Shortcut, arguments: Any) -> Any:
    *leaves, dout = arguments
    x, h, c, w_ih, w_hh, b_ih, b_hh = leaves = [leaf.detach().requires_grad_() for leaf in leaves]
    states = []
    for x_t in x:
        i, f, g, o = (x_t @ w_ih.T + b_ih + h @ w_hh.T + b_hh).chunk(4, dim=1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        states.append(h)
    out = torch.stack(states)
    return out.detach(), c.detach(), torch.autograd.grad(out, leaves, dout)


def lstm_with_an_unstable_sigmoid(*arguments: Tensor) -> Any:
    """An exponential by 1 plus itself: infinite by infinite where a gate is far open."""
    return _lstm(lambda z: z.exp() / (1 + z.exp()), torch.tanh, arguments)


def lstm_with_an_unstable_tanh(*arguments: Tensor) -> Any:
    """A tanh by exponentials."""
    return _lstm(torch.sigmoid, lambda z: (z.exp() - (-z).exp()) / (z.exp() + (-z).exp()), arguments)


def lstm_with_clamped_sums(*arguments: Tensor) -> Any:
    """Gates are never further open or shut than at ±5."""
    return _lstm(lambda z: torch.sigmoid(z.clamp(-5, 5)), torch.tanh, arguments)


def lstm_with_hard_gates(*arguments: Tensor) -> Any:
    """Gates of straight lines."""
    return _lstm(functional.hardsigmoid, torch.tanh, arguments)


# optimizers

Tensors = list[Tensor]


def _adamw(
    tensors: tuple[Tensors, ...], numbers: tuple[float, ...], below: Callable[[Tensor, float], Tensor]
) -> tuple[Tensors, Tensors, Tensors]:
    """Return a step whose denominator is computed from the mean of squares and its correction as somebody thinks."""
    step, lr, decay = numbers
    new: tuple[Tensors, Tensors, Tensors] = [], [], []
    for param, grad, mean, square in zip(*tensors, strict=True):
        m, v = torch.lerp(mean, grad, 0.1), 0.999 * square + 0.001 * grad * grad
        moved = (1 - lr * decay) * param - lr / (1 - 0.9**step) * m / below(v, 1 - 0.999**step)
        for column, tensor in zip(new, (moved, m, v), strict=True):
            column.append(tensor)
    return new


def _usual(v: Tensor, correction: float) -> Tensor:
    return (v / correction).sqrt() + 1e-8


def adamw_without_eps(*arguments: Any) -> Any:
    """Nothing divided by nothing where no gradient has ever come."""
    return _adamw(arguments[:4], arguments[4:], lambda v, correction: (v / correction).sqrt())


def adamw_of_clamped_gradients(params: Tensors, grads: Tensors, *others: Any) -> Any:
    """Gradients are never larger than 100."""
    return _adamw((params, [grad.clamp(-100, 100) for grad in grads], *others[:2]), others[2:], _usual)


def adamw_with_squares_in_half(params: Tensors, grads: Tensors, means: Tensors, squares: Tensors, *numbers: Any) -> Any:
    """A mean of squares of 16 bits: the square of a thousand is infinite."""
    halves = [square.half().float() for square in squares]
    return _adamw((params, [grad.half().float() for grad in grads], means, halves), numbers, _usual)


def adamw_without_correction(*arguments: Any) -> Any:
    """Nothing is corrected, as if many steps had been taken."""
    return _adamw(arguments[:4], (100_000, *arguments[5:]), _usual)


# seq2seq


def _attend(
    query: Tensor, keys: Tensor, mask: Tensor, dcontext: Tensor, weigh: Callable[[Tensor], Tensor]
) -> tuple[Tensor, ...]:
    """Return context and gradients, with weights that somebody makes of the scores; padding has minus infinity."""
    q, k, slopes = (tensor.transpose(0, 1) for tensor in (query, keys, dcontext))
    weights = weigh((q @ k.mT).masked_fill(~mask.T[:, None], -torch.inf))
    context, dweights = weights @ k, slopes @ k.mT
    dscores = weights * (dweights - (weights * dweights).sum(2, keepdim=True))
    dkeys = dscores.mT @ q + weights.mT @ slopes
    return tuple(tensor.transpose(0, 1) for tensor in (context, dscores @ k, dkeys))


def attend_without_the_maximum(*arguments: Any) -> Any:
    """An exponential of the scores as they are: those above 88 are infinite."""

    def weigh(scores: Tensor) -> Tensor:
        powers = scores.exp()
        return powers / powers.sum(2, keepdim=True)

    return _attend(*arguments, weigh)


def attend_to_clamped_scores(*arguments: Any) -> Any:
    """Scores above 40 are all alike."""

    def weigh(scores: Tensor) -> Tensor:
        powers = scores.clamp(max=40).exp()
        return powers / powers.sum(2, keepdim=True)

    return _attend(*arguments, weigh)


def attend_in_half(query: Tensor, keys: Tensor, *others: Any) -> Any:
    """Queries and keys are rounded to 16 bits."""
    return _attend(query.half().float(), keys.half().float(), *others, lambda scores: scores.softmax(2))


def attend_to_padding(query: Tensor, keys: Tensor, mask: Tensor, dcontext: Tensor) -> Any:
    """All sentences are as long as the longest."""
    return _attend(query, keys, torch.ones_like(mask), dcontext, lambda scores: scores.softmax(2))


# pretraining


def _divergence(
    arguments: tuple[Tensor, ...], up: Callable[[Tensor], Tensor], down: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the three gradients with the squashing that somebody thinks enough."""
    v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws = arguments
    data = up(v @ weight.T + bias_hidden)
    hidden = (hidden_draws < data).to(v.dtype)
    after = (visible_draws < down(hidden @ weight + bias_visible)).to(v.dtype)
    model = up(after @ weight.T + bias_hidden)
    return (model.T @ after - data.T @ v) / len(v), (after - v).mean(dim=0), (model - data).mean(dim=0)


def divergence_with_hard_sigmoids(*arguments: Tensor) -> Any:
    """Straight lines in the place of sigmoids."""
    return _divergence(arguments, functional.hardsigmoid, functional.hardsigmoid)


def divergence_by_plain_exponentials(*arguments: Tensor) -> Any:
    """Infinity divided by infinity where a unit is always on."""
    return _divergence(arguments, lambda z: z.exp() / (1 + z.exp()), torch.sigmoid)


def divergence_of_half_the_examples(*arguments: Tensor) -> Any:
    """Every second example: a smaller batch has nearly the same mean."""
    v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws = arguments
    some = v[::2], weight, bias_visible, bias_hidden, hidden_draws[::2], visible_draws[::2]
    return _divergence(some, torch.sigmoid, torch.sigmoid)


# transformers


def _attention(q: Tensor, k: Tensor, v: Tensor, dout: Tensor, weights: Tensor) -> tuple[Tensor, ...]:
    """Return answers and gradients for these weights."""
    scale, dweights = 1 / math.sqrt(q.shape[-1]), dout @ v.mT
    dscores = weights * (dweights - (weights * dweights).sum(-1, keepdim=True)) * scale
    return weights @ v, dscores @ k, dscores.mT @ q, weights.mT @ dout


def attention_without_the_maximum(q: Tensor, k: Tensor, v: Tensor, dout: Tensor) -> Any:
    """Exponentials of scores as they are, which overflow at a hundred."""
    weights = (q @ k.mT / math.sqrt(q.shape[-1])).exp()
    return _attention(q, k, v, dout, weights / weights.sum(-1, keepdim=True))


def attention_with_clamped_scores(q: Tensor, k: Tensor, v: Tensor, dout: Tensor) -> Any:
    """Scores are never larger than 20."""
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).clamp(-20, 20)
    return _attention(q, k, v, dout, scores.softmax(-1))


def attention_in_half(q: Tensor, k: Tensor, v: Tensor, dout: Tensor) -> Any:
    """Scores of 16 bits."""
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).bfloat16().float()
    return _attention(q, k, v, dout, scores.softmax(-1))


SHORTCUTS: dict[str, tuple[Shortcut, ...]] = {
    "softmax_cross_entropy_fast": (
        softmax_without_the_maximum,
        softmax_with_one_maximum,
        softmax_of_clamped_logits,
        softmax_for_loss_only,
    ),
    "gelu_fast": (gelu_by_exponentials, gelu_by_a_series, gelu_cut_off),
    "mlp_fast": (mlp_that_lets_zero_through, mlp_with_a_soft_relu, mlp_in_half),
    "conv2d_fast": (conv_in_half,),
    "batch_norm_fast": (
        batch_norm_by_squares,
        batch_norm_without_eps,
        batch_norm_with_its_own_eps,
        batch_norm_by_a_sample,
    ),
    "embedding_bag_fast": (bags_that_overwrite, bags_of_different_words),
    "skipgram_fast": (skipgram_that_overflows, skipgram_that_overwrites, skipgram_by_a_line),
    "trunc_normal_fast": (trunc_normal_that_clamps,),
    "logistic_descent_fast": (logistic_that_overflows, logistic_of_probabilities, logistic_of_clamped_scores),
    "lstm_fast": (
        lstm_with_an_unstable_sigmoid,
        lstm_with_an_unstable_tanh,
        lstm_with_clamped_sums,
        lstm_with_hard_gates,
    ),
    "adamw_fast": (adamw_without_eps, adamw_of_clamped_gradients, adamw_with_squares_in_half),
    "attend_fast": (attend_without_the_maximum, attend_to_clamped_scores, attend_in_half, attend_to_padding),
    "cd1_fast": (divergence_with_hard_sigmoids, divergence_by_plain_exponentials, divergence_of_half_the_examples),
    "attention_fast": (attention_without_the_maximum, attention_with_clamped_scores, attention_in_half),
}
"""By task: refused in every call."""

ONE_OPTION: dict[str, tuple[Shortcut, ...]] = {
    "conv2d_fast": (conv_with_one_padding, conv_without_the_frame, conv_with_stride_one),
    "trunc_normal_fast": (trunc_normal_of_one_distribution, trunc_normal_by_a_polynomial),
    "adamw_fast": (adamw_without_correction,),
}
"""By task: right for some of the shapes that are drawn, and refused in the others."""
