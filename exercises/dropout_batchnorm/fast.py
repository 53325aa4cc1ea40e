"""Batch norm of images while training, forward and backward, as fast as torch does it or nearly so.

By hand and on tensors: no autograd, no `torch.nn`, none of torch's own normalizations. Mean and variance are those of
the batch; a channel's run over all pixels of all images, n = N * H * W of them.

    x_hat = (x - mean) / sqrt(var + eps)          out = weight * x_hat + bias

    dweight = sum(dout * x_hat)                   dbias = sum(dout)
    dx = weight * (dout - dbias / n - x_hat * dweight / n) / sqrt(var + eps)

Nothing here is expensive but the way between memory and processor: a few operations on each number, and ten megabytes
per tensor. What there is once per channel costs nothing.

References
----------
Ioffe, Szegedy (2015), Batch normalization: accelerating deep network training by reducing internal covariate shift,
    algorithm 1, section 3 (gradients) and 3.2 (convolutions).
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import torch
from jaxtyping import Float
from torch import Tensor


def batch_norm_fast(
    x: Float[Tensor, "N C H W"],
    weight: Float[Tensor, "C"],
    bias: Float[Tensor, "C"],
    dout: Float[Tensor, "N C H W"],
    eps: float = 1e-5,
) -> tuple[Float[Tensor, "N C H W"], Float[Tensor, "N C H W"], Float[Tensor, "C"], Float[Tensor, "C"]]:
    """Normalize every channel of a batch of images, and send a gradient back through it.

    Timed against torch's ``native_batch_norm`` with its backward pass, on images of several shapes and with more than
    one `eps`. Some channels have means of ±1,000 beside a spread of 2, some are constant, some small beside the root
    of eps.

    Parameters
    ----------
    x : Tensor
        Images, float32 or float64, with more than one value per channel. Stays as it is.
    weight, bias : Tensor
        What stretches and shifts each channel. Stay as they are.
    dout : Tensor
        Gradient with respect to the output. Stays as it is.
    eps : float
        What keeps the root away from zero.

    Returns
    -------
    out : the normalized images, in the dtype of `x`.
    dx : gradient with respect to `x`, through mean and variance as well.
    dweight : gradient with respect to `weight`.
    dbias : gradient with respect to `bias`.

    Examples
    --------
    >>> x, dout = torch.tensor([[1.0, 3.0, 5.0, 7.0], [9.0, 0.0, 0.0, 0.0]]).reshape(2, 1, 1, 2, 2)
    >>> out, dx, dweight, dbias = batch_norm_fast(x, torch.tensor([2.0]), torch.tensor([1.0]), dout, 4.0)
    >>> out.ravel(), dweight, dbias
    (tensor([-1.0000,  0.3333,  1.6667,  3.0000]), tensor([-9.]), tensor([9.]))
    """
    raise NotImplementedError("dropout_batchnorm.batch_norm_fast")
