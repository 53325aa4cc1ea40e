"""What the timed tasks of this unit are timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import math

import torch

HARD, LARGE = 20, 10_000.0


def drawn_rows(generator, device, count, kinds):
    """Return the places of so many kinds of hard rows: twenty rows each, drawn; of few rows one at least."""
    places, size = torch.randperm(count, generator=generator, device=device), max(1, min(HARD, count // 16))
    return [places[kind * size : (kind + 1) * size] for kind in range(kinds)]


def drawn_scores(generator, device, dtype, shape):
    """Return rows of scores: some at ±10,000, some moved as far up or down as that, some with equal scores."""
    scores = torch.empty(shape, device=device, dtype=dtype).normal_(0.0, 2.0, generator=generator)
    wild, high, low, equal = drawn_rows(generator, device, len(scores), 4)
    scores[wild] = torch.empty_like(scores[wild]).uniform_(-LARGE, LARGE, generator=generator)
    scores[high] += LARGE
    scores[low] -= LARGE
    scores[equal] = torch.empty_like(scores[equal, :1]).uniform_(-LARGE, LARGE, generator=generator)
    return scores


def softmax_cross_entropy_fast__shapes(device="cpu"):
    """Return numbers of examples and classes; on a GPU there are eight times as many examples."""
    more = 1 if torch.device(device).type == "cpu" else 8
    return tuple((more * rows, classes) for rows, classes in ((5000, 1000), (4000, 1250), (6250, 800), (2500, 2000)))


def softmax_cross_entropy_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(5000, 1000)):
    """Return logits, hard rows among them, and labels."""
    logits = drawn_scores(generator, device, dtype, shape)
    labels = torch.empty(shape[0], device=device, dtype=torch.int64).random_(shape[1], generator=generator)
    return logits, labels


def softmax_cross_entropy_fast__reference(logits, labels):
    """Return loss and gradient as torch's own functions compute them."""
    logits = logits.detach().requires_grad_()
    loss = torch.nn.functional.cross_entropy(logits, labels)
    (dlogits,) = torch.autograd.grad(loss, logits)
    return loss.detach(), dlogits


def softmax_cross_entropy_fast__naive(logits, labels):
    """Return loss and gradient, one example after the other."""
    loss, dlogits = torch.zeros((), dtype=logits.dtype, device=logits.device), torch.zeros_like(logits)
    for n, label in enumerate(labels.tolist()):
        exps = torch.exp(logits[n] - logits[n].max())
        probabilities = exps / exps.sum()
        loss = loss - (logits[n, label] - logits[n].max() - torch.log(exps.sum()))
        probabilities[label] -= 1.0
        dlogits[n] = probabilities / len(logits)
    return loss / len(logits), dlogits


def softmax_cross_entropy_fast__work(logits, labels):
    """Return operations and bytes: a difference, an exponential, a sum and a product each; logits in, gradient out."""
    return 4.0 * logits.numel(), 2.0 * logits.numel() * logits.element_size()


def gelu_fast__shapes(device="cpu"):
    """Return numbers of rows and columns; on a GPU there are sixteen times as many rows."""
    more = 1 if torch.device(device).type == "cpu" else 16
    return tuple((more * rows, columns) for rows, columns in ((2000, 1000), (1600, 1250), (2500, 800), (1000, 2000)))


def gelu_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(2000, 1000)):
    """Return numbers, and a gradient of that shape; some rows reach to ±10,000, some lie in the tail, some are 0."""
    x, dout = torch.empty(2, *shape, device=device, dtype=dtype).normal_(0.0, 1.5, generator=generator)
    wild, tail, zero = drawn_rows(generator, device, len(x), 3)
    x[wild] = torch.empty_like(x[wild]).uniform_(-LARGE, LARGE, generator=generator)
    x[tail] = torch.empty_like(x[tail]).uniform_(-7.0, -2.0, generator=generator)
    x[zero] = 0.0
    return x, dout


def gelu_fast__reference(x, dout):
    """Return output and gradient as torch's own functions compute them."""
    x = x.detach().requires_grad_()
    out = torch.nn.functional.gelu(x)
    (dx,) = torch.autograd.grad(out, x, dout)
    return out.detach(), dx


def gelu_fast__naive(x, dout):
    """Return output and gradient, row by row, with a new tensor for every operation."""
    out, dx = torch.empty_like(x), torch.empty_like(x)
    for n, row in enumerate(x):
        below = 0.5 * (1 + torch.erf(row / math.sqrt(2)))
        density = torch.exp(-(row**2) / 2) / math.sqrt(2 * math.pi)
        out[n] = row * below
        dx[n] = dout[n] * (below + row * density)
    return out, dx


def gelu_fast__work(x, dout):
    """Return operations and bytes: error function, exponential, some products; two tensors in, two out."""
    return 20.0 * x.numel(), 4.0 * x.numel() * x.element_size()


def softmax_triton__shapes(device="cpu"):
    """Return numbers of rows and scores; only 8 rows on a CPU, where nothing is timed and kernels are slow."""
    if torch.device(device).type == "cpu":
        return (8, 4096), (8, 3000), (8, 2048)
    return (8192, 4096), (11_000, 3000), (16_384, 2048)


def softmax_triton__inputs(generator, device="cpu", dtype=torch.float32, shape=(8, 4096)):
    """Return a matrix of scores, hard rows among them, and its axis 1."""
    return drawn_scores(generator, device, dtype, shape), 1


def softmax_triton__reference(x, dim):
    """Return the probabilities as torch's own operator computes them."""
    return torch.softmax(x, dim)


def softmax_triton__naive(x, dim):
    """Return the probabilities, put together from five operators: five tensors are read and three written."""
    exps = torch.exp(x - x.amax(dim, keepdim=True))
    return exps / exps.sum(dim, keepdim=True)


def softmax_triton__work(x, dim):
    """Return operations and bytes: comparison, difference, exponential, sum and quotient of each; in and out once."""
    return 5.0 * x.numel(), 2.0 * x.numel() * x.element_size()
