"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import torch

NEAR = 1e-4  # a hundred times the rounding errors of a sum in float32, where numbers are about 1
HARD = 20
LONG = 100.0


def mlp_fast__shapes(device="cpu"):
    """Return numbers of examples and of each layer's units, the inputs first; forty times as many on a GPU."""
    more = 1 if torch.device(device).type == "cpu" else 40
    sizes = (400, 256, 320, 256, 192, 10), (360, 272, 336, 272, 208, 9), (440, 240, 304, 240, 192, 11)
    return tuple((more * count, *units) for count, *units in sizes)


def mlp_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(400, 256, 320, 256, 192, 10)):
    """Return examples, a network with three hidden layers, and a gradient of the scores.

    Some examples are a hundred times as long as others, some are the same. Some are 0, and as some units of the first
    layer have no bias, these have exactly 0 before their ReLU; some units of every hidden layer are always off.
    """
    count, *units = shape

    def drawn(*size, std=1.0):
        return torch.empty(size, device=device, dtype=dtype).normal_(0.0, std, generator=generator)

    sizes = zip(units[1:], units[:-1], strict=True)
    params = [(drawn(rows, columns, std=(2 / columns) ** 0.5), drawn(rows)) for rows, columns in sizes]
    for _, bias in params[:-1]:
        bias[drawn_places(generator, device, len(bias), 1)[0]] = -(LONG**2)
    params[0][1][drawn_places(generator, device, units[1], 1)[0]] = 0.0
    x = drawn(count + count // 4, units[0])
    x[drawn_places(generator, device, len(x), 1)[0]] *= LONG
    x = x[is_far_from_kinks(x, params)][:count].clone()
    same, zero = drawn_places(generator, device, count, 2)
    x[same] = x[same[:1]]
    x[zero] = 0.0
    return x, params, drawn(count, units[-1], std=0.05)


def drawn_places(generator, device, count, kinds):
    """Return the places of so many kinds of hard cases: twenty each, drawn; of few one at least."""
    places, size = torch.randperm(count, generator=generator, device=device), max(1, min(HARD, count // 16))
    return [places[kind * size : (kind + 1) * size] for kind in range(kinds)]


def is_far_from_kinks(x, params):
    """Tell which examples have no hidden sum near 0, where rounding would decide what a ReLU lets through."""
    far, length = torch.ones(len(x), dtype=torch.bool, device=x.device), x.std(dim=1).clamp(min=1.0)
    for weight, bias in params[:-1]:
        sums = torch.nn.functional.linear(x, weight, bias)
        far &= sums.abs().amin(dim=1) > NEAR * length
        x = torch.relu(sums)
    return far


def mlp_fast__reference(x, params, dscores):
    """Return scores and gradients as torch's own functions and its autograd compute them."""
    x = x.detach().requires_grad_()
    flat = [tensor.detach().requires_grad_() for pair in params for tensor in pair]
    scores = x
    for layer in range(len(params)):
        hidden = torch.relu(scores) if layer > 0 else x
        scores = torch.nn.functional.linear(hidden, flat[2 * layer], flat[2 * layer + 1])
    dx, *gradients = torch.autograd.grad(scores, [x, *flat], dscores)
    return scores.detach(), dx, list(zip(gradients[::2], gradients[1::2], strict=True))


def mlp_fast__naive(x, params, dscores):
    """Return scores and gradients, one example after the other."""
    scores, dx = torch.empty_like(dscores), torch.empty_like(x)
    grads = [(torch.zeros_like(weight), torch.zeros_like(bias)) for weight, bias in params]
    for n in range(len(x)):
        inputs = [x[n]]
        for weight, bias in params[:-1]:
            inputs.append(torch.relu(weight @ inputs[-1] + bias))
        scores[n] = params[-1][0] @ inputs[-1] + params[-1][1]
        dout = dscores[n]
        for layer in reversed(range(len(params))):
            grads[layer][0].add_(torch.outer(dout, inputs[layer]))
            grads[layer][1].add_(dout)
            dout = params[layer][0].T @ dout
            if layer > 0:
                dout = dout * (inputs[layer] > 0)
        dx[n] = dout
    return scores, dx, grads


def mlp_fast__work(x, params, dscores):
    """Return operations and bytes: three products per layer; parameters, gradients, inputs, outputs once each."""
    weights = sum(weight.numel() for weight, _ in params)
    return 6.0 * len(x) * weights, 2.0 * x.element_size() * (weights + x.numel() + dscores.numel())
