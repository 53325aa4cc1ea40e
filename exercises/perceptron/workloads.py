"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import torch

LARGE = 300.0  # beyond 1,000 a score near 0 makes the steps chaotic: at 10,000 rounding errors grow 60-fold in each
HARD = 20  # examples of each kind


def logistic_descent_fast__shapes(device="cpu"):
    """Return numbers of examples, of inputs and of steps; on a GPU there are ten times as many examples."""
    more = 1 if torch.device(device).type == "cpu" else 10
    return tuple((more * count, *rest) for count, *rest in ((200_000, 16, 4), (180_000, 18, 4), (230_000, 14, 4)))


def logistic_descent_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(200_000, 16, 4)):
    """Return examples, labels by a neuron that makes mistakes, first weights and bias, a learning rate, and steps.

    Some examples are so long that their scores are some ±120, with either label: the exponential of most of them is
    infinite in float32. Some examples are 0, some the same.
    """
    count, width, steps = shape
    x = torch.empty(count, width, device=device, dtype=dtype).normal_(generator=generator)
    truth = torch.empty(width, device=device, dtype=dtype).normal_(generator=generator)
    noise = torch.empty(count, device=device, dtype=dtype).normal_(generator=generator)
    weight = torch.empty(1, width, device=device, dtype=dtype).normal_(0.0, 0.1, generator=generator)
    y = (x @ truth + noise > 0).to(dtype)
    long, zero, same = torch.randperm(count, generator=generator, device=device)[: 3 * HARD].view(3, HARD)
    x[long] *= LARGE
    y[long] = torch.arange(HARD, device=device).remainder(2).to(dtype)
    x[zero] = 0.0
    x[same] = x[same[:1]]
    bias = torch.empty(1, device=device, dtype=dtype).uniform_(0.2, 0.5, generator=generator)
    return x, y, weight, bias, 0.5, steps


def logistic_descent_fast__reference(x, y, weight, bias, lr, steps):
    """Return weight, bias and losses as torch's own functions and its autograd compute them."""
    losses = []
    for _ in range(steps):
        weight, bias = weight.detach().requires_grad_(), bias.detach().requires_grad_()
        scores = torch.nn.functional.linear(x, weight, bias)[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, y)
        dweight, dbias = torch.autograd.grad(loss, (weight, bias))
        weight, bias = weight.detach() - lr * dweight, bias.detach() - lr * dbias
        losses.append(loss.detach())
    return weight, bias, torch.stack(losses)


def logistic_descent_fast__naive(x, y, weight, bias, lr, steps):
    """Return weight, bias and losses, one input after the other."""
    losses = []
    for _ in range(steps):
        z = bias.expand(len(x))
        for d in range(x.shape[1]):
            z = z + weight[0, d] * x[:, d]
        losses.append((torch.clamp(z, min=0) + torch.log(1 + torch.exp(-torch.abs(z))) - y * z).mean())
        dz = torch.sigmoid(z) - y
        dweight = torch.stack([(dz * x[:, d]).mean() for d in range(x.shape[1])])
        weight, bias = weight - lr * dweight, bias - lr * dz.mean()
    return weight, bias, torch.stack(losses)


def logistic_descent_fast__work(x, y, weight, bias, lr, steps):
    """Return operations and bytes: in every step two products with the examples, which are read once."""
    return steps * 4.0 * x.numel(), steps * 1.0 * x.numel() * x.element_size()
