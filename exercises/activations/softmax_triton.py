"""Softmax as a GPU kernel of your own, written in Triton. This task is optional.

A kernel is a function that runs many times at once. Each run is called a program, asks for its number, works on a block
of numbers, and knows nothing of the others. torch's operators are kernels as well: softmax put together from five of
them reads the numbers five times and writes them three times. One kernel reads them once and writes them once.

Triton's kernels get a tensor as the address of its first number. Where the number of row r and column c stands, seen
from there, is r times the tensor's first stride plus c times its second.

    s_i = e^(x_i - max x) / sum_j e^(x_j - max x)

References
----------
Tillet, Kung, Cox (2019), Triton: an intermediate language and compiler for tiled neural network computations,
    section 3.
Milakov, Gimelshein (2018), Online normalizer calculation for softmax, sections 2 and 3.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import torch
import triton
import triton.language as tl
from jaxtyping import Float
from torch import Tensor


def softmax_triton(x: Float[Tensor, "N C"], dim: int) -> Float[Tensor, "N C"]:
    """Return the softmax of a matrix along one of its axes, by one kernel that each number goes through once.

    The kernel is yours: write it above this function. It computes in float32.

    Parameters
    ----------
    x : Tensor
        Scores of any size, ±10,000 too; float32 or float16, contiguous. Stays as it is. A score of minus infinity has
        the probability 0; where all of a slice are, its probabilities are nan, as torch has it.
    dim : int
        0: every column adds up to 1. 1: every row does.

    Returns
    -------
    out : the probabilities, in the dtype of `x`.

    Examples
    --------
    >>> softmax_triton(torch.tensor([[0.0, 0.0], [5.0, 5.0]]), dim=1)
    tensor([[0.5000, 0.5000],
            [0.5000, 0.5000]])
    """
    raise NotImplementedError("activations.softmax_triton")
