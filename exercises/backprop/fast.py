"""A multilayer perceptron forward and backward on tensors, without autograd.

The same network as in `mlp.py`, at speed: no autograd, no `torch.nn`. Nearly all of the work is in three matrix
products per layer, which torch does as well as anybody. What can be won or lost lies around them: how many examples
share a product, how often the hidden units travel to memory and back, and how many calls there are.

    h = relu(x @ weight.T + bias)           dweight = dz.T @ x           dbias = sum of dz           dx = dz @ weight

References
----------
Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, equations 1 to 8.
Bishop (2006), Pattern recognition and machine learning, section 5.3.1.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import torch
from jaxtyping import Float
from torch import Tensor

Parameters = list[tuple[Tensor, Tensor]]
"""A pair (weight, bias) for every layer; gradients come in the same form."""


def mlp_fast(
    x: Float[Tensor, "N D"], params: Parameters, dscores: Float[Tensor, "N C"]
) -> tuple[Float[Tensor, "N C"], Float[Tensor, "N D"], Parameters]:
    """Score a batch of examples, and send a gradient of the scores back.

    There is a ReLU behind every layer but the last. Where its input is 0, nothing passes backwards.

    Timed against torch's ``linear`` and ``relu`` with their backward pass, on networks of several shapes. Some
    examples are 0, the same, or a hundred times as long as others; some units are always off, and some have exactly 0
    before their ReLU.

    Parameters
    ----------
    x : Tensor
        One example per row, float32 or float64.
    params : list of pairs (weight, bias)
        First layer first; a weight is (out, in).
    dscores : Tensor
        Gradient of the loss with respect to the scores. Like the rest it stays as it is.

    Returns
    -------
    scores : the last layer's outputs.
    dx : gradient with respect to the inputs.
    grads : list of pairs (dweight, dbias), first layer first.

    Examples
    --------
    The hidden unit computes relu(1 - 3) = 0 and relu(4 - 1) = 3; the score is twice that, plus 1:

    >>> params = [(torch.tensor([[1.0, -1.0]]), torch.zeros(1)), (torch.tensor([[2.0]]), torch.ones(1))]
    >>> scores, dx, grads = mlp_fast(torch.tensor([[1.0, 3.0], [4.0, 1.0]]), params, torch.ones(2, 1))
    >>> scores[:, 0], dx[1]
    (tensor([1., 7.]), tensor([ 2., -2.]))
    >>> grads
    [(tensor([[8., 2.]]), tensor([2.])), (tensor([[3.]]), tensor([2.]))]
    """
    raise NotImplementedError("backprop.mlp_fast")
