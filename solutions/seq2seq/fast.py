"""Attention forward and backward for whole batches, on tensors and without autograd.

The scores of all queries and keys are a product of matrices per sentence, and so is everything else: five products in
all. What must not happen is what the formula invites to: to multiply each query with each key and add up afterwards
makes a tensor of Q times T times N times M numbers, M times as much memory as the scores.

References
----------
Luong, Pham, Manning (2015), Effective approaches to attention-based neural machine translation, section 3.1.
Dao, Fu, Ermon, Rudra, Re (2022), FlashAttention, appendix B: the sum in the softmax's gradient is dcontext . context.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def attend_fast(
    query: Float[Tensor, "Q N M"],
    keys: Float[Tensor, "T N M"],
    mask: Bool[Tensor, "T N"],
    dcontext: Float[Tensor, "Q N M"],
) -> tuple[Float[Tensor, "Q N M"], Float[Tensor, "Q N M"], Float[Tensor, "T N M"]]:
    """Attend as `attend_forward` does, and send a gradient of the context back, as `attend_backward` does.

    Timed against torch's ``scaled_dot_product_attention`` with a scale of 1, and its backward pass. Some scores are so
    large that an exponential of them overflows, some keys are the same, and sentences have different lengths.

    Parameters
    ----------
    query, keys : Tensor
        Float32 or float64. They stay as they are.
    mask : Tensor of bool
        True where there is a word. Every sentence has one; what lies under the padding is finite.
    dcontext : Tensor
        Gradient of the loss with respect to `context`.

    Returns
    -------
    context : the weighted means of the keys.
    dquery, dkeys : the gradients.

    Examples
    --------
    >>> query, keys = torch.tensor([[[3.0]]]).log(), torch.tensor([[[2.0]], [[1.0]], [[9.0]]])
    >>> context, dquery, _ = attend_fast(query, keys, torch.tensor([[True], [True], [False]]), torch.ones(1, 1, 1))
    >>> round(context.item(), 4), round(dquery.item(), 4)
    (1.75, 0.1875)
    """
    ### BEGIN SOLUTION
    q, k, dc = (tensor.transpose(0, 1) for tensor in (query, keys, dcontext))
    padding = torch.zeros(mask.T.shape, dtype=query.dtype, device=query.device).masked_fill_(~mask.T, -torch.inf)
    weights = torch.baddbmm(padding[:, None], q, k.mT)
    weights.sub_(weights.amax(2, keepdim=True)).exp_()
    weights.div_(weights.sum(2, keepdim=True))
    context = torch.bmm(weights, k)
    dkeys = torch.bmm(weights.mT, dc)
    dscores = torch.baddbmm((dc * context).sum(2, keepdim=True), dc, k.mT, beta=-1).mul_(weights)
    dquery = torch.bmm(dscores, k)
    dkeys.baddbmm_(dscores.mT, q)
    return context.transpose(0, 1), dquery.transpose(0, 1), dkeys.transpose(0, 1)
    ### END SOLUTION
