"""What the timed tasks of this unit are timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. `<task>__work` returns how many floating-point operations a call takes, and how many bytes
it has to read and write, at the very least.
"""

import torch
from torch.nn import functional


def words_drawn(generator, device, size, *shape):
    """Return random words; the first ones come most often, as in a vocabulary that is sorted by counts."""
    return (size * torch.empty(shape, device=device).uniform_(generator=generator) ** 2).long()


def embedding_bag_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return 4,000 bags of 16 words, on a GPU 64,000, the vectors of 8,000 words, and a gradient."""
    bags = 4000 if torch.device(device).type == "cpu" else 64_000
    weight, dout = (
        torch.empty(rows, 128, device=device, dtype=dtype).normal_(generator=generator) for rows in (8000, bags)
    )
    return words_drawn(generator, device, 8000, bags, 16), weight, dout


def embedding_bag_fast__reference(indices, weight, dout):
    """Return means and gradient as torch's own functions compute them."""
    weight = weight.detach().requires_grad_()
    out = functional.embedding_bag(indices, weight, mode="mean")
    return out.detach(), *torch.autograd.grad(out, weight, dout)


def embedding_bag_fast__naive(indices, weight, dout):
    """Return means and gradient, bag after bag and word after word."""
    out, dweight = torch.zeros_like(dout), torch.zeros_like(weight)
    for n, bag in enumerate(indices.tolist()):
        for word in bag:
            out[n] += weight[word] / len(bag)
            dweight[word] += dout[n] / len(bag)
    return out, dweight


def embedding_bag_fast__work(indices, weight, dout):
    """Return operations and bytes: two sums for every number of every word; weight and dout in, as much out."""
    return 2.0 * indices.numel() * weight.shape[1], 2.0 * weight.element_size() * (weight.numel() + dout.numel())


def skipgram_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return 4,000 pairs with 5 negatives each, on a GPU 64,000, two matrices for 5,000 words, and a learning rate."""
    pairs = 4000 if torch.device(device).type == "cpu" else 64_000
    w_in, w_out = torch.empty(2, 5000, 64, device=device, dtype=dtype).normal_(0.0, 0.1, generator=generator)
    centers, contexts, *negatives = words_drawn(generator, device, 5000, 7, pairs)
    return centers, contexts, torch.stack(negatives, dim=1), w_in, w_out, 0.1


def skipgram_fast__reference(centers, contexts, negatives, w_in, w_out, lr):
    """Return new vectors and loss as torch's own functions compute them."""
    w_in, w_out = w_in.detach().requires_grad_(), w_out.detach().requires_grad_()
    center, context = functional.embedding(centers, w_in), functional.embedding(contexts, w_out)
    scores = torch.bmm(functional.embedding(negatives, w_out), center[:, :, None])
    loss = -functional.logsigmoid((context * center).sum(dim=1)).sum() - functional.logsigmoid(-scores).sum()
    dw_in, dw_out = torch.autograd.grad(loss, (w_in, w_out))
    return w_in.detach() - lr * dw_in, w_out.detach() - lr * dw_out, loss.detach()


def skipgram_fast__naive(centers, contexts, negatives, w_in, w_out, lr):
    """Return new vectors and loss, pair after pair."""
    new_in, new_out, loss = w_in.clone(), w_out.clone(), torch.zeros((), dtype=w_in.dtype, device=w_in.device)
    for center, context, drawn in zip(centers.tolist(), contexts.tolist(), negatives.tolist(), strict=True):
        for word, sign in ((context, -1.0), *((word, 1.0) for word in drawn)):
            wrongness = sign * (w_in[center] @ w_out[word])
            loss = loss + torch.clamp(wrongness, min=0) + torch.log1p(torch.exp(-torch.abs(wrongness)))
            slope = lr * sign * torch.sigmoid(wrongness)
            new_in[center] -= slope * w_out[word]
            new_out[word] -= slope * w_in[center]
    return new_in, new_out, loss


def skipgram_fast__work(centers, contexts, negatives, w_in, w_out, lr):
    """Return operations and bytes: products for the score, for both gradients; both matrices in and out."""
    scores = contexts.numel() + negatives.numel()
    return 5.0 * scores * w_in.shape[1], 2.0 * w_in.element_size() * (w_in.numel() + w_out.numel())
