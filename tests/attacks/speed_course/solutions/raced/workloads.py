"""A matrix whose powers stay moderate; its products cost far more than its way through the wire."""

import torch


def cube_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return a random matrix."""
    return (torch.empty(300, 300, device=device, dtype=dtype).normal_(0.0, 300**-0.5, generator=generator),)


def cube_fast__reference(x):
    """Return torch's own."""
    return torch.linalg.matrix_power(x, 3)


def cube_fast__naive(x):
    """Return it row by row."""
    return torch.stack([row @ x @ x for row in x])


def cube_fast__work(x):
    """Return the operations of two products, and the bytes of two matrices."""
    return 4.0 * len(x) ** 3, 2.0 * x.numel() * x.element_size()


power_fast__inputs, power_fast__reference = cube_fast__inputs, cube_fast__reference
power_fast__naive, power_fast__work = cube_fast__naive, cube_fast__work
