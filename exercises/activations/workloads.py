"""What the timed tasks of this unit are timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. `<task>__work` returns how many floating-point operations a call takes, and how many bytes
it has to read and write, at the very least.
"""

import math

import torch


def softmax_cross_entropy_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return logits of 5,000 examples with 1,000 classes, on a GPU of 40,000, and their labels."""
    rows = 5000 if torch.device(device).type == "cpu" else 40_000
    logits = torch.empty(rows, 1000, device=device, dtype=dtype).normal_(0.0, 3.0, generator=generator)
    labels = torch.empty(rows, device=device, dtype=torch.int64).random_(1000, generator=generator)
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


def gelu_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return 2,000 rows of 1,000 numbers, on a GPU 32,000, and a gradient of that shape."""
    rows = 2000 if torch.device(device).type == "cpu" else 32_000
    x, dout = torch.empty(2, rows, 1000, device=device, dtype=dtype).normal_(0.0, 1.5, generator=generator)
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


def softmax_triton__inputs(generator, device="cpu", dtype=torch.float32):
    """Return a matrix of 8,192 rows with 4,096 scores; 8 rows on a CPU, where nothing is timed and kernels are slow."""
    rows = 8 if torch.device(device).type == "cpu" else 8192
    return torch.empty(rows, 4096, device=device, dtype=dtype).normal_(0.0, 3.0, generator=generator), 1


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
