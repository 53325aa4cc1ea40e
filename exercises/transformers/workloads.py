"""What the timed task of this unit is timed on: inputs, torch's own operator, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import math

import torch
from torch.nn import functional


def attention_fast__shapes(device="cpu"):
    """Return (N, P, T, D); on a GPU sixteen times as many sequences."""
    more = 1 if torch.device(device).type == "cpu" else 16
    sizes = ((2, 4, 512, 32), (1, 6, 600, 32), (1, 4, 600, 48), (3, 4, 390, 40))
    return tuple((more * n, *others) for n, *others in sizes)


def attention_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(2, 4, 512, 32)):
    """Return queries, keys, values and a gradient. A few queries are long, their scores up to a hundred."""
    q, k, v, dout = (torch.empty(shape, device=device, dtype=dtype).normal_(generator=generator) for _ in range(4))
    places = torch.randperm(shape[2], generator=generator, device=device)[: max(1, shape[2] // 40)]
    q[:, :, places] *= 30
    dout[:, :, places] /= 1000  # where a weight is nearly 1, differences of gradients are all rounding
    return q, k, v, dout


def attention_fast__reference(q, k, v, dout):
    """Return what torch's operator and its backward pass make of it."""
    leaves = [x.detach().requires_grad_() for x in (q, k, v)]
    with torch.enable_grad():
        out = functional.scaled_dot_product_attention(*leaves)
    return out.detach(), *torch.autograd.grad(out, leaves, dout)


def attention_fast__naive(q, k, v, dout):
    """Return the answers and gradients query after query."""
    out, dq, dk, dv = torch.empty_like(q), torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
    scale = 1 / math.sqrt(q.shape[-1])
    for t in range(q.shape[2]):
        query, slope = q[:, :, t, None], dout[:, :, t, None]
        weights = torch.softmax(query @ k.transpose(2, 3) * scale, dim=-1)
        dweights = slope @ v.transpose(2, 3)
        dscores = weights * (dweights - (weights * dweights).sum(dim=-1, keepdim=True)) * scale
        out[:, :, t], dq[:, :, t] = (weights @ v)[:, :, 0], (dscores @ k)[:, :, 0]
        dk += dscores.transpose(2, 3) @ query
        dv += weights.transpose(2, 3) @ slope
    return out, dq, dk, dv


def attention_fast__work(q, k, v, dout):
    """Return operations and bytes: seven products of T T D; four tensors read, four written."""
    n, p, t, d = q.shape
    return 14.0 * n * p * t * t * d, 8.0 * q.numel() * q.element_size()
