"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. `<task>__work` returns how many floating-point operations a call takes, and how many bytes
it has to read and write, at the very least.
"""

import torch


def logistic_descent_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return 200,000 examples with 16 inputs, their labels by a neuron that makes mistakes, and first weights.

    On a GPU there are ten times as many examples.
    """
    count = 200_000 if torch.device(device).type == "cpu" else 2_000_000
    x = torch.empty(count, 16, device=device, dtype=dtype).normal_(generator=generator)
    truth = torch.empty(16, device=device, dtype=dtype).normal_(generator=generator)
    noise = torch.empty(count, device=device, dtype=dtype).normal_(generator=generator)
    weight = torch.empty(1, 16, device=device, dtype=dtype).normal_(0.0, 0.1, generator=generator)
    return x, (x @ truth + noise > 0).to(dtype), weight, torch.zeros(1, device=device, dtype=dtype), 0.5, 4


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
