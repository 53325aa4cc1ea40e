"""What the timed task of this unit is timed on: inputs, torch's own operations, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import torch
from torch.nn import functional

MARGIN = 1e-3  # draws keep so far away from probabilities: what is on must not depend on the last digit


def cd1_fast__shapes(device="cpu"):
    """Return examples, visible and hidden units. On a GPU there are sixteen times as many examples."""
    more = 1 if torch.device(device).type == "cpu" else 16
    sizes = ((256, 400, 300), (320, 360, 280), (200, 512, 256), (288, 320, 336))
    return tuple((more * count, *others) for count, *others in sizes)


def cd1_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(256, 400, 300)):
    """Return images, weights, both biases and the uniform numbers for both layers.

    Some images are black, some hidden units are always on or off, and some weights are large.
    """
    n, d, m = shape

    def uniform(*size):
        return torch.rand(size, device=device, dtype=dtype, generator=generator)

    v, weight = uniform(n, d), (uniform(m, d) - 0.5) * 4 / d**0.5
    v[torch.randperm(n, generator=generator, device=device)[: n // 10]] = 0.0
    weight[torch.randperm(m, generator=generator, device=device)[: m // 20]] *= 20
    bias_visible, bias_hidden = uniform(d) - 0.5, 2 * uniform(m) - 1
    places = torch.randperm(m, generator=generator, device=device)
    bias_hidden[places[: m // 10]], bias_hidden[places[m // 10 : m // 5]] = 150.0, -150.0
    hidden_draws = _apart(uniform(n, m), torch.sigmoid(functional.linear(v, weight, bias_hidden)))
    hidden = (hidden_draws < torch.sigmoid(functional.linear(v, weight, bias_hidden))).to(dtype)
    visible_draws = _apart(uniform(n, d), torch.sigmoid(functional.linear(hidden, weight.T, bias_visible)))
    return v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws


def _apart(draws, chances):
    """Return uniform numbers, moved by a half where they are within a margin of the probabilities."""
    return torch.where((draws - chances).abs() < MARGIN, (draws + 0.5) % 1.0, draws)


def cd1_fast__reference(v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws):
    """Return the gradients by torch's own layers."""
    data = torch.sigmoid(functional.linear(v, weight, bias_hidden))
    hidden = (hidden_draws < data).to(v.dtype)
    seen = (visible_draws < torch.sigmoid(functional.linear(hidden, weight.T, bias_visible))).to(v.dtype)
    model = torch.sigmoid(functional.linear(seen, weight, bias_hidden))
    dweight = (model.T @ seen - data.T @ v) / len(v)
    return dweight, (seen - v).mean(dim=0), (model - data).mean(dim=0)


def cd1_fast__naive(v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws):
    """Return the gradients example after example, with an outer product for each."""
    totals = [torch.zeros_like(array) for array in (weight, bias_visible, bias_hidden)]
    for row, hidden_row, visible_row in zip(v, hidden_draws, visible_draws, strict=True):
        data = torch.sigmoid(weight @ row + bias_hidden)
        hidden = (hidden_row < data).to(v.dtype)
        seen = (visible_row < torch.sigmoid(hidden @ weight + bias_visible)).to(v.dtype)
        model = torch.sigmoid(weight @ seen + bias_hidden)
        parts = torch.outer(model, seen) - torch.outer(data, row), seen - row, model - data
        totals = [total + part for total, part in zip(totals, parts, strict=True)]
    return tuple(total / len(v) for total in totals)


def cd1_fast__work(v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws):
    """Return operations and bytes: five products; every argument read once, every answer written once."""
    n, d, m = len(v), v.shape[1], len(weight)
    numbers = 2 * n * d + n * m + 2 * m * d + 2 * d + 2 * m
    return 10.0 * n * d * m, float(numbers * v.element_size())
