"""Attention forward and backward, block by block.

The scores of all queries and keys are a table of T times T numbers per head. Written out, it is the largest tensor of a
transformer by far, and each operation on it fetches it from memory again. A block of queries needs only its own rows.

References
----------
Dao, Fu, Ermon, Rudra, Ré (2022), FlashAttention: fast and memory-efficient exact attention with IO-awareness.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import math

import torch
from jaxtyping import Float
from torch import Tensor


def attention_fast(
    q: Float[Tensor, "N P T D"],
    k: Float[Tensor, "N P T D"],
    v: Float[Tensor, "N P T D"],
    dout: Float[Tensor, "N P T D"],
) -> tuple[Float[Tensor, "N P T D"], Float[Tensor, "N P T D"], Float[Tensor, "N P T D"], Float[Tensor, "N P T D"]]:
    """Compute attention and its gradients, as `sdpa_forward` and `sdpa_backward` do without a mask.

    Timed against torch's ``scaled_dot_product_attention`` and its backward pass.

    Parameters
    ----------
    q, k, v : Tensor, shape (N, P, T, D)
        Queries, keys and values, float32 or float64. Some scores are about a hundred.
    dout : Tensor, shape (N, P, T, D)
        The gradient of the loss with respect to the output.

    Returns
    -------
    out : the answers.
    dq, dk, dv : the gradients of queries, keys and values.

    Examples
    --------
    >>> q, k = torch.zeros(1, 1, 2, 1), torch.ones(1, 1, 2, 1)
    >>> out, dq, dk, dv = attention_fast(q, k, torch.tensor([[[[2.0], [4.0]]]]), torch.ones(1, 1, 2, 1))
    >>> out.flatten(), dv.flatten()
    (tensor([3., 3.]), tensor([1., 1.]))
    """
    raise NotImplementedError("transformers.attention_fast")
