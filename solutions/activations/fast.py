"""Softmax and cross-entropy in one go, over a large batch, as fast as torch does it.

The loss of a classifier and its gradient, by hand and on tensors: no autograd, no `torch.nn`, none of torch's own
softmax and loss functions. What counts here is how often the numbers travel between memory and processor. A batch of
5,000 examples with 1,000 classes is 20 MB; an exponential takes less time than fetching its argument.

    loss = mean over n of  log sum_c e^(z_nc) - z_n,label(n)
    dz   = (softmax(z) - onehot(labels)) / N

References
----------
Bishop (2006), Pattern recognition and machine learning, section 4.3.4, equations 4.108 and 4.109.
Dao, Fu, Ermon, Rudra, Ré (2022), FlashAttention: fast and memory-efficient exact attention with IO-awareness,
    section 2.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def softmax_cross_entropy_fast(
    logits: Float[Tensor, "N C"], labels: Int[Tensor, "N"]
) -> tuple[Float[Tensor, ""], Float[Tensor, "N C"]]:
    """Return the mean cross-entropy of a batch, and its gradient.

    Timed against torch's ``cross_entropy`` with its backward pass.

    Parameters
    ----------
    logits : Tensor
        Scores of any size, ±10,000 too, float32 or float64. Stays as it is.
    labels : Tensor
        The right class of each example, int64.

    Returns
    -------
    loss : a tensor without axes, in the dtype of `logits`.
    dlogits : gradient of the loss with respect to `logits`.

    Examples
    --------
    >>> loss, dlogits = softmax_cross_entropy_fast(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
    >>> loss, dlogits
    (tensor(0.6931), tensor([[ 0.5000, -0.5000]]))
    """
    ### BEGIN SOLUTION
    largest = logits.amax(dim=1, keepdim=True)
    dlogits = (logits - largest).exp_()
    totals = dlogits.sum(dim=1, keepdim=True)
    own = labels[:, None]
    loss = (totals.log() + largest - logits.gather(1, own)).mean()
    dlogits.mul_(1 / (len(logits) * totals))
    dlogits.scatter_add_(1, own, torch.full_like(totals, -1 / len(logits)))
    return loss, dlogits
    ### END SOLUTION
