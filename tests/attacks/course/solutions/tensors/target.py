"""The task that attackers want points for without solving it."""

import torch


def clip(x, low, high):
    """Return the input, kept between two bounds."""
    ### BEGIN SOLUTION
    return torch.where(x < low, low, torch.where(x > high, high, x))
    ### END SOLUTION
