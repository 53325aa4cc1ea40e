"""What the timed task of this unit is timed on: inputs, torch's own operator, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import torch

HARD = 20
LONG = 15.0  # so that scores are above 100, where an exponential overflows


def attend_fast__shapes(device="cpu"):
    """Return numbers of queries, places, sentences and units; on a GPU there are sixteen times as many sentences."""
    more = 1 if torch.device(device).type == "cpu" else 16
    sizes = (96, 256, 16, 64), (88, 272, 16, 64), (104, 240, 16, 60), (96, 240, 17, 64)
    return tuple((queries, places, more * count, units) for queries, places, count, units in sizes)


def attend_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(96, 256, 16, 64)):
    """Return queries, keys, the mask and a gradient.

    Some queries are so long that their scores are above 100, two sentences have the same keys, lengths differ.
    """
    queries, places, count, units = shape

    def drawn(*size, std=1.0):
        return torch.empty(size, device=device, dtype=dtype).normal_(0.0, std, generator=generator)

    query, keys = drawn(queries, count, units, std=0.3), drawn(places, count, units)
    chosen = torch.randperm(queries * count, generator=generator, device=device)[:HARD]
    query.view(-1, units)[chosen] *= LONG
    keys.view(-1, units)[torch.randperm(places * count, generator=generator, device=device)[:HARD]] = keys[0, 0].clone()
    lengths = torch.randint(1, places + 1, (count,), generator=generator, device=device)
    lengths[:2] = torch.tensor([1, places], device=device)
    mask = torch.arange(places, device=device)[:, None] < lengths
    return query, keys, mask, drawn(queries, count, units)


def attend_fast__reference(query, keys, mask, dcontext):
    """Return context and gradients as torch's own operator computes them."""
    query, keys = query.detach().requires_grad_(), keys.detach().requires_grad_()
    q, k = query.transpose(0, 1)[:, None], keys.transpose(0, 1)[:, None]
    attended = torch.nn.functional.scaled_dot_product_attention(q, k, k, mask.T[:, None, None], scale=1.0)
    context = attended[:, 0].transpose(0, 1)
    return context.detach(), *torch.autograd.grad(context, (query, keys), dcontext)


def attend_fast__naive(query, keys, mask, dcontext):
    """Return context and gradients, query after query, every product a tensor of its own."""
    context, dquery, dkeys = torch.empty_like(query), torch.empty_like(query), torch.zeros_like(keys)
    for index, (one, upstream) in enumerate(zip(query, dcontext, strict=True)):
        scores = (keys * one).sum(2).masked_fill(~mask, -torch.inf)
        powers = torch.exp(scores - scores.amax(0))
        weights = powers / powers.sum(0)
        context[index] = (weights[:, :, None] * keys).sum(0)
        dweights = (keys * upstream).sum(2)
        dscores = weights * (dweights - (weights * dweights).sum(0))
        dquery[index] = (dscores[:, :, None] * keys).sum(0)
        dkeys += dscores[:, :, None] * one + weights[:, :, None] * upstream
    return context, dquery, dkeys


def attend_fast__work(query, keys, mask, dcontext):
    """Return operations and bytes: five products over all words; three tensors like the query's, two like the keys'."""
    words, units = float(mask.sum()), query.shape[2]
    numbers = 4.0 * query.numel() + 2.0 * words * units
    return 10.0 * query.shape[0] * words * units, numbers * query.element_size()
