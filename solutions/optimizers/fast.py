"""A step of AdamW for hundreds of tensors, as fast as torch's own.

The arithmetic of an optimizer is nothing: some fifteen operations per number. What takes the time is fetching numbers
and writing them, and calling functions. Four numbers have to be read for each parameter (itself, its gradient, two
running means) and three written; every further tensor in between is made, filled and read again. On a CPU a tensor of
some thousand numbers stays in the cache from the first operation to the last, if you finish it before you touch the
next one. On a GPU each call costs some microseconds however few its numbers are: there few calls on long tensors win.

References
----------
Loshchilov, Hutter (2019), Decoupled weight decay regularization, algorithm 2.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

Tensors = list[Float[Tensor, "..."]]


def adamw_fast(
    params: Tensors, grads: Tensors, averages: Tensors, square_averages: Tensors, step: int, lr: float, decay: float
) -> tuple[Tensors, Tensors, Tensors]:
    """Take a step of AdamW with beta1 = 0.9, beta2 = 0.999 and eps = 1e-8, as `adamw_update` does.

        m <- 0.9 * m + 0.1 * g          v <- 0.999 * v + 0.001 * g^2
        theta <- (1 - lr * decay) * theta - lr * m / (1 - 0.9^step) / (sqrt(v / (1 - 0.999^step)) + eps)

    Timed against torch's ``AdamW``, which takes all tensors together, on some 200 tensors of several shapes. Some
    gradients are 0 where both means are 0 as well, some are ten thousand times as large as others.

    Parameters
    ----------
    params, grads, averages, square_averages : list of Tensor
        The parameters, their gradients, and m and v of the step before, all in the same shapes, float32 or float64.
        They stay as they are.
    step : int
        How many steps this one makes, at least 1.
    lr, decay : float
        The learning rate and the weight decay.

    Returns
    -------
    params : the new parameters.
    averages : every new m.
    square_averages : every new v.

    Examples
    --------
    >>> zeros = [torch.zeros(2)]
    >>> params, averages, _ = adamw_fast([torch.tensor([1.0, 2])], [torch.tensor([8.0, -2])], zeros, zeros, 1, 0.5, 0.5)
    >>> params, averages
    ([tensor([0.2500, 2.0000])], [tensor([ 0.8000, -0.2000])])
    """
    ### BEGIN SOLUTION
    if params and (params[0].is_cuda or sum(map(Tensor.numel, params)) < SMALL * len(params)):
        return _all_in_one(params, grads, averages, square_averages, step, lr, decay)
    size, root = -lr / (1 - 0.9**step), math.sqrt(1 - 0.999**step)
    new: tuple[Tensors, Tensors, Tensors] = [], [], []
    for param, grad, old_mean, old_square in zip(params, grads, averages, square_averages, strict=True):
        mean = torch.lerp(old_mean, grad, 0.1)
        square = torch.mul(old_square, 0.999).addcmul_(grad, grad, value=0.001)
        below = torch.sqrt(square).mul_(1 / root).add_(1e-8)
        new[0].append(torch.mul(param, 1 - lr * decay).addcdiv_(mean, below, value=size))
        new[1].append(mean)
        new[2].append(square)
    return new
    ### END SOLUTION


### BEGIN SOLUTION ONLY
SMALL = 2000  # below so many numbers per tensor, calls take longer than their work


def _all_in_one(
    params: Tensors, grads: Tensors, averages: Tensors, square_averages: Tensors, step: int, lr: float, decay: float
) -> tuple[Tensors, Tensors, Tensors]:
    """Take the step on one long tensor: a dozen calls, however many tensors there are."""
    size, root = -lr / (1 - 0.9**step), math.sqrt(1 - 0.999**step)
    param, grad, mean, square = (
        torch.cat([tensor.reshape(-1) for tensor in tensors]) for tensors in (params, grads, averages, square_averages)
    )
    mean.lerp_(grad, 0.1)
    square.mul_(0.999).addcmul_(grad, grad, value=0.001)
    param.mul_(1 - lr * decay).addcdiv_(mean, torch.sqrt(square).mul_(1 / root).add_(1e-8), value=size)
    lengths = [tensor.numel() for tensor in params]
    return tuple(
        [part.view(like.shape) for part, like in zip(whole.split(lengths), params, strict=True)]
        for whole in (param, mean, square)
    )


### END SOLUTION ONLY
