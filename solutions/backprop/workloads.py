"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. `<task>__work` returns how many floating-point operations a call takes, and how many bytes
it has to read and write, at the very least.
"""

import torch

NEAR = 1e-4  # a hundred times the rounding errors of a sum in float32
SHAPES = ((320, 256), (256, 320), (192, 256), (10, 192))  # of the weights


def mlp_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return 400 examples, on a GPU 16,000, a network with three hidden layers, and a gradient of the scores."""
    count = 400 if torch.device(device).type == "cpu" else 16_000

    def drawn(*shape, std=1.0):
        return torch.empty(shape, device=device, dtype=dtype).normal_(0.0, std, generator=generator)

    params = [(drawn(rows, columns, std=(2 / columns) ** 0.5), drawn(rows)) for rows, columns in SHAPES]
    x = drawn(count + count // 4, 256)
    return x[is_far_from_kinks(x, params)][:count].clone(), params, drawn(count, 10, std=0.05)


def is_far_from_kinks(x, params):
    """Tell which examples have no hidden sum near 0, where rounding would decide what a ReLU lets through."""
    far = torch.ones(len(x), dtype=torch.bool, device=x.device)
    for weight, bias in params[:-1]:
        sums = torch.nn.functional.linear(x, weight, bias)
        far &= sums.abs().amin(dim=1) > NEAR
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
