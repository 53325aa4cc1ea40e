"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. `<task>__work` returns how many floating-point operations a call takes, and how many bytes
it has to read and write, at the very least.
"""

import math

import torch


def trunc_normal_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return 2 million uniform numbers, on a GPU 40, and the distribution that large language models begin with."""
    rows = 2000 if torch.device(device).type == "cpu" else 40_000
    uniform = torch.empty(rows, 1000, device=device, dtype=dtype).uniform_(generator=generator)
    return uniform, 0.0, 0.02, -0.04, 0.04


def trunc_normal_fast__reference(uniform, mean, std, a, b):
    """Return the weights by torch's own inverse of the error function, step by step on a copy."""
    low, high = (math.erf((bound - mean) / std / math.sqrt(2)) for bound in (a, b))
    weight = uniform.clone()
    weight.mul_(high - low).add_(low)
    torch.special.erfinv(weight, out=weight)
    return weight.mul_(std * math.sqrt(2)).add_(mean).clamp_(a, b)


def trunc_normal_fast__naive(uniform, mean, std, a, b):
    """Return the weights, row by row, with a new tensor for every operation."""
    rows = []
    for row in uniform.reshape(-1, uniform.shape[-1]):
        low, high = (1 + math.erf((bound - mean) / std / math.sqrt(2)) for bound in (a, b))
        share = low / 2 + row * (high - low) / 2
        z = math.sqrt(2) * torch.erfinv(2 * share - 1)
        rows.append(torch.clamp(mean + std * z, a, b))
    return torch.stack(rows).reshape(uniform.shape)


def trunc_normal_fast__work(uniform, mean, std, a, b):
    """Return operations and bytes: a polynomial of the sixth degree and a line for every number, read and written."""
    return 14.0 * uniform.numel(), 2.0 * uniform.numel() * uniform.element_size()
