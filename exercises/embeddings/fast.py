"""Embeddings at speed: bags of words, and a skip-gram step for thousands of pairs, on tensors and without autograd.

Reading rows of a matrix and adding to rows of another: no `torch.nn`, none of torch's own embeddings and losses. There
is little to compute, a few operations for every number that is fetched. What takes the time is copying rows from
places that lie far apart, and every further tensor that has as many of them as there are words in the batch.

References
----------
Mikolov, Sutskever, Chen, Corrado, Dean (2013), Distributed representations of words and phrases and their
    compositionality, section 2.2, equation 4.
Joulin, Grave, Bojanowski, Mikolov (2017), Bag of tricks for efficient text classification, section 2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import torch
from jaxtyping import Float, Int
from torch import Tensor


def embedding_bag_fast(
    indices: Int[Tensor, "N L"], weight: Float[Tensor, "V E"], dout: Float[Tensor, "N E"]
) -> tuple[Float[Tensor, "N E"], Float[Tensor, "V E"]]:
    """Average the vectors of every bag of words, and send a gradient back to the words.

        out[n] = 1/L * sum over l of  W[indices[n, l]]
        dW[i]  = 1/L * sum over all (n, l) with indices[n, l] = i  of  dout[n]

    Timed against torch's ``embedding_bag`` with its backward pass, on bags of several sizes. Some have one word only,
    again and again, some are the same bag, one word is in many bags, and many words are in none. Sparse tensors are
    forbidden too: a product of one with `weight` would be all of it.

    Parameters
    ----------
    indices : Tensor
        L words for each of N bags, int64, L at least 1. A word may be in a bag several times, and counts as often.
    weight : Tensor
        One row per word, float32 or float64.
    dout : Tensor
        Gradient with respect to the output.

    Returns
    -------
    out : one vector per bag.
    dweight : gradient with respect to `weight`; rows of words that are in no bag are 0, all of them without bags.

    Examples
    --------
    >>> weight, dout = torch.tensor([[1.0, 2], [3, 4], [5, 6]]), torch.tensor([[2.0, 4], [6, 8]])
    >>> out, dweight = embedding_bag_fast(torch.tensor([[2, 0], [2, 2]]), weight, dout)
    >>> out.tolist(), dweight.tolist()
    ([[3.0, 4.0], [5.0, 6.0]], [[1.0, 2.0], [0.0, 0.0], [7.0, 10.0]])
    """
    raise NotImplementedError("embeddings.embedding_bag_fast")


def skipgram_fast(
    centers: Int[Tensor, "N"],
    contexts: Int[Tensor, "N"],
    negatives: Int[Tensor, "N K"],
    w_in: Float[Tensor, "V E"],
    w_out: Float[Tensor, "V E"],
    lr: float,
) -> tuple[Float[Tensor, "V E"], Float[Tensor, "V E"], Float[Tensor, ""]]:
    """Take one step of gradient descent on the summed negative-sampling loss of a batch, as `skipgram_step` does.

        loss = sum of  log(1 + exp(-u_o . v_c)) + sum over k of  log(1 + exp(u_k . v_c))

    All gradients are taken at the old vectors, and those of a word that occurs several times add up. Without pairs
    nothing moves, and the loss is 0. Timed against torch's ``embedding`` and ``logsigmoid`` with their backward
    passes, on batches of several sizes. In each some scores are some ±10,000, and some pairs and negatives repeat.

    Parameters
    ----------
    centers, contexts : Tensor
        The two words of every pair, int64.
    negatives : Tensor
        K words per pair that were drawn.
    w_in, w_out : Tensor
        The vectors of all words as centre, and as context, float32 or float64. They stay as they are.
    lr : float
        The learning rate.

    Returns
    -------
    w_in, w_out : the new vectors.
    loss : the sum over the batch, before the step; right for scores of ±10,000 too.

    Examples
    --------
    >>> w_in, w_out = torch.tensor([[1.0, 0], [0, 0]]), torch.tensor([[0.0, 2], [0, 1]])
    >>> new_in, new_out, loss = skipgram_fast(torch.tensor([0]), torch.tensor([0]), torch.tensor([[1]]), w_in, w_out, 1)
    >>> new_in.tolist(), new_out.tolist(), loss
    ([[1.0, 0.5], [0.0, 0.0]], [[0.5, 2.0], [-0.5, 1.0]], tensor(1.3863))
    """
    raise NotImplementedError("embeddings.skipgram_fast")
