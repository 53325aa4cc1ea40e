"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import math

import torch

DISTRIBUTIONS = (0.0, 0.02, -0.04, 0.04), (0.3, 0.2, -0.1, 0.5), (-1.0, 3.0, 0.5, 4.0), (2.0, 0.7, -0.45, 4.45)


def trunc_normal_fast__shapes(device="cpu"):
    """Return numbers of rows and columns, mean, std and bounds; on a GPU there are twenty times as many rows.

    The first distribution is that which large language models begin with. Others are narrow, one-sided or wide.
    """
    more = 1 if torch.device(device).type == "cpu" else 20
    sizes = (2000, 1000), (1600, 1250), (2500, 800), (1000, 2000)
    return tuple((more * rows, columns, *DISTRIBUTIONS[n]) for n, (rows, columns) in enumerate(sizes))


def trunc_normal_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(2000, 1000, 0.0, 0.02, -0.04, 0.04)):
    """Return uniform numbers, and a distribution; some numbers are 0 or 1, and some rows lie beside 0 or beside 1."""
    rows, columns, *distribution = shape
    uniform = torch.empty(rows, columns, device=device, dtype=dtype).uniform_(generator=generator)
    places, size = torch.randperm(rows, generator=generator, device=device), max(1, rows // 16)
    uniform[places[:size]] *= 1e-3
    uniform[places[size : 2 * size]] = 1 - 1e-3 * uniform[places[size : 2 * size]]
    ends = torch.empty(columns, device=device, dtype=torch.int64).random_(rows, generator=generator)
    uniform[ends, torch.arange(columns, device=device)] = torch.arange(columns, device=device).remainder(2).to(dtype)
    return uniform, *distribution


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
