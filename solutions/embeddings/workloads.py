"""What the timed tasks of this unit are timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import torch
from torch.nn import functional

HARD = 20
LONG = 350.0  # by how much the vectors of some words are longer


def words_drawn(generator, device, size, *shape):
    """Return random words; the first ones come most often, as in a vocabulary that is sorted by counts."""
    return (size * torch.empty(shape, device=device).uniform_(generator=generator) ** 2).long()


def drawn_places(generator, device, count, kinds):
    """Return the places of so many kinds of hard cases: twenty each, drawn; of few one at least."""
    places, size = torch.randperm(count, generator=generator, device=device), max(1, min(HARD, count // 16))
    return [places[kind * size : (kind + 1) * size] for kind in range(kinds)]


def embedding_bag_fast__shapes(device="cpu"):
    """Return numbers of bags, of words in each, of words and of their numbers; on a GPU sixteen times as many bags."""
    more = 1 if torch.device(device).type == "cpu" else 16
    sizes = (4000, 16, 8000, 128), (3800, 16, 7500, 136), (4300, 16, 8500, 120), (3750, 17, 8000, 128)
    return tuple((more * bags, *others) for bags, *others in sizes)


def embedding_bag_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(4000, 16, 8000, 128)):
    """Return bags of words, the vectors of all words, and a gradient.

    Some bags have one word only, again and again, some are all the same bag, and one word is in every eighth bag;
    half of the words, at drawn places, are in none of the others.
    """
    bags, length, size, width = shape
    weight, dout = (
        torch.empty(rows, width, device=device, dtype=dtype).normal_(generator=generator) for rows in (size, bags)
    )
    order = torch.randperm(size, generator=generator, device=device)
    indices = order[words_drawn(generator, device, size // 2, bags, length)]
    single, same = drawn_places(generator, device, bags, 2)
    indices[single] = indices[single, :1]
    indices[same] = order[words_drawn(generator, device, size, length)]
    indices[torch.randperm(bags, generator=generator, device=device)[: bags // 8], length // 2] = order[-1]
    return indices, weight, dout


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


def skipgram_fast__shapes(device="cpu"):
    """Return numbers of pairs, of negatives, of words and of their numbers; on a GPU sixteen times as many pairs."""
    more = 1 if torch.device(device).type == "cpu" else 16
    sizes = (4000, 5, 5000, 64), (4100, 5, 4600, 64), (3900, 5, 5400, 64), (3500, 6, 4800, 64)
    return tuple((more * pairs, *others) for pairs, *others in sizes)


def skipgram_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(4000, 5, 5000, 64)):
    """Return pairs with their negatives, two matrices, and a learning rate.

    Some pairs have scores of some ±10,000, some are the same pair, and some have one negative again and again.
    """
    pairs, drawn, size, width = shape
    w_in, w_out = torch.empty(2, size, width, device=device, dtype=dtype).normal_(0.0, 0.1, generator=generator)
    order = torch.randperm(size, generator=generator, device=device)
    rare, common = order[: size // 50], order[size // 50 :]
    # Long vectors lie along one line: two across each other may have a score near 0, off by 1e-3, and so is its slope.
    line = torch.empty(width, device=device, dtype=dtype).normal_(0.0, 0.1 * LONG, generator=generator)
    lengths = torch.empty(2, len(rare), 1, device=device, dtype=dtype).uniform_(-1.0, 1.0, generator=generator)
    w_in[rare], w_out[rare] = line * (lengths + 0.5 * lengths.sign())
    centers, contexts, *negatives = common[words_drawn(generator, device, len(common), 2 + drawn, pairs)]
    negatives = torch.stack(negatives, dim=1)
    wild, same, single = drawn_places(generator, device, pairs, 3)
    for words in (centers, contexts, negatives):
        words[wild] = rare[words_drawn(generator, device, len(rare), *words[wild].shape)]
        words[same] = words[same[:1]]
    negatives[single] = negatives[single, :1]
    return centers, contexts, negatives, w_in, w_out, 0.1


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
