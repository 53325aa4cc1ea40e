"""A vector for every word: the embedding matrix, read row by row.

A network needs numbers, and a word's index is none that means anything: word 7 is not more than word 3. A one-hot
vector has a place of its own for every word, all zeros but for one 1. A linear layer on top of it,

    out = one_hot(i) @ W          W of shape (V, E)

multiplies V * E numbers to pick one row of W. So the product is never computed: an embedding is the row itself,

    out = W[i]

Backward, each row receives the gradients of all the places where its word stood:

    dW[i] = sum over all places p with indices[p] = i  of  dout[p]

References
----------
Bengio, Ducharme, Vincent, Jauvin (2003), A neural probabilistic language model, section 2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

Cache = Any
"""Whatever a backward function needs of its forward function."""


def check_indices(indices: Int[Array, "..."], size: int) -> None:
    """Refuse indices that are no words of the vocabulary.

    NumPy counts negative indices from the end, so -1 would silently be the last word. Torch refuses them, and so do
    we: a negative index is a mistake in the data.

    Parameters
    ----------
    indices : ndarray of int
        Of any shape; none at all are allowed.
    size : int
        The size V of the vocabulary: indices go from 0 to V - 1.

    Raises
    ------
    IndexError
        An index is negative, or V or more.

    Examples
    --------
    >>> check_indices(np.array([[0, 2], [1, 2]]), 3)
    """
    raise NotImplementedError("embeddings.check_indices")


def one_hot(indices: Int[Array, "..."], num_classes: int) -> Int[Array, "... V"]:
    """Write every index as a vector with a single 1, as `torch.nn.functional.one_hot` does.

    Parameters
    ----------
    indices : ndarray of int
        Of any shape.
    num_classes : int
        The length V of the vectors.

    Returns
    -------
    vectors : ndarray of int64
        The shape of `indices` with one more axis at the end.

    Raises
    ------
    IndexError
        As from `check_indices`.

    Examples
    --------
    >>> one_hot(np.array([2, 0]), 3)
    array([[0, 0, 1],
           [1, 0, 0]])
    """
    raise NotImplementedError("embeddings.one_hot")


def embedding_forward(
    indices: Int[Array, "..."], weight: Float[Array, "V E"], *, padding_idx: int | None = None
) -> tuple[Float[Array, "... E"], Cache]:
    """Look up the vector of every index, as `torch.nn.functional.embedding` does.

        out[p] = W[indices[p]]          for every place p

    Parameters
    ----------
    indices : ndarray of int
        Of any shape, also of none (a single word) and of size 0.
    weight : ndarray
        One row per word.
    padding_idx : int, optional
        A word that only fills gaps. Its vector is looked up like any other, but gets no gradient: `embedding_backward`
        leaves its row at 0. As in torch, it may count from the end.

    Returns
    -------
    out : ndarray
        The shape of `indices` with one more axis at the end, in the dtype of `weight`. Its numbers are its own: whoever
        changes them does not change the matrix.
    cache : object
        Whatever `embedding_backward` needs.

    Raises
    ------
    IndexError
        As from `check_indices`.

    Examples
    --------
    >>> weight = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> embedding_forward(np.array([2, 0, 2]), weight)[0]
    array([[5., 6.],
           [1., 2.],
           [5., 6.]])
    """
    raise NotImplementedError("embeddings.embedding_forward")


def embedding_backward(dout: Float[Array, "... E"], cache: Cache) -> Float[Array, "V E"]:
    """Add up the gradients of each word's vector over all places where the word stood.

        dW[i] = sum over all places p with indices[p] = i  of  dout[p]

    Beware of ``dW[indices] += dout``: NumPy reads all rows, adds, and writes them back, so that of several gradients
    for one row only the last one stays.

    Parameters
    ----------
    dout : ndarray
        The upstream gradient, in the shape of the lookup's output.
    cache : object
        From `embedding_forward`.

    Returns
    -------
    dweight : ndarray
        In the dtype of `dout`; rows of words that did not occur are 0, and so is that of `padding_idx`.

    Examples
    --------
    >>> _, cache = embedding_forward(np.array([2, 0, 2]), np.zeros((3, 2)))
    >>> embedding_backward(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), cache)
    array([[3., 4.],
           [0., 0.],
           [6., 8.]])
    """
    raise NotImplementedError("embeddings.embedding_backward")
