"""Logistic regression on a large batch, as fast as torch does it.

Gradient descent that looks at all examples before every step, by hand and on tensors: no autograd, no `torch.nn`, none
of torch's own loss functions. There is little to compute, two operations for every number that is fetched; what takes
the time is fetching 200,000 examples from memory, and every further tensor of that size.

    z = x @ weight.T + bias         loss = mean of  log(1 + e^z) - y z          dloss/dz = (sigmoid(z) - y) / N

References
----------
Bishop (2006), Pattern recognition and machine learning, section 4.3.2, equations 4.90 and 4.91.
Williams, Waterman, Patterson (2009), Roofline: an insightful visual performance model for multicore architectures,
    section 3.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import torch
from jaxtyping import Float
from torch import Tensor


def logistic_descent_fast(
    x: Float[Tensor, "N D"],
    y: Float[Tensor, "N"],
    weight: Float[Tensor, "1 D"],
    bias: Float[Tensor, "1"],
    lr: float,
    steps: int,
) -> tuple[Float[Tensor, "1 D"], Float[Tensor, "1"], Float[Tensor, "STEPS"]]:
    """Go some steps downhill on the cross-entropy of all examples together.

        weight = weight - lr * dloss/dweight            bias = bias - lr * dloss/dbias

    Timed against torch's ``binary_cross_entropy_with_logits`` with its backward pass, on batches of several sizes. In
    each some scores are some ±10,000, with the right label or the wrong one, and some examples are 0 or the same.

    Parameters
    ----------
    x : Tensor
        One example per row, float32 or float64. The scores may get as large as ±10,000.
    y : Tensor
        Labels, 0 or 1, in the dtype of `x`.
    weight, bias : Tensor
        Where to begin; they stay as they are.
    lr : float
        The learning rate.
    steps : int
        How many steps, at least one. Each looks at all examples.

    Returns
    -------
    weight : after the last step.
    bias : after the last step.
    losses : the mean loss before each step.

    Examples
    --------
    >>> x, y = torch.tensor([[2.0], [-2.0]]), torch.tensor([1.0, 0.0])
    >>> logistic_descent_fast(x, y, torch.zeros(1, 1), torch.zeros(1), 0.5, 1)
    (tensor([[0.5000]]), tensor([0.]), tensor([0.6931]))
    """
    raise NotImplementedError("perceptron.logistic_descent_fast")
