"""Large matrices."""

import torch


def cube_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return a matrix whose powers stay moderate; it costs a hundred times its way through the wire."""
    return (torch.empty(360, 360, device=device, dtype=dtype).normal_(0.0, 360**-0.5, generator=generator),)


def cube_fast__reference(x):
    """Return torch's own."""
    return torch.linalg.matrix_power(x, 3)


def cube_fast__naive(x):
    """Return it row by row."""
    return torch.stack([row @ x @ x for row in x])


def cube_fast__work(x):
    """Return the operations of two products, and the bytes of two matrices."""
    return 4.0 * len(x) ** 3, 2.0 * x.numel() * x.element_size()


def broken_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return three numbers."""
    return (torch.ones(3),)


def broken_fast__reference(x):
    """Break."""
    raise ValueError("the reference is broken")


broken_fast__naive, broken_fast__work = broken_fast__reference, broken_fast__reference
