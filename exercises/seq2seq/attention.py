"""Attention: look at all states of a sentence, and at those most that answer a question.

A vector of fixed size has to hold a sentence of any length. With attention the decoder asks again for every word that
it writes: its state is the question (query), each state of the encoder is compared with it, and what comes back is
their mean, weighted by how well they match.

References
----------
Bahdanau, Cho, Bengio (2015), Neural machine translation by jointly learning to align and translate.
Luong, Pham, Manning (2015), Effective approaches to attention-based neural machine translation, section 3.1: the score
is a dot product.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray as Array

Cache = Any
"""Whatever a backward function wants to find; nobody else reads it."""


def attend_forward(
    query: Float[Array, "Q N M"], keys: Float[Array, "T N M"], mask: Bool[Array, "T N"]
) -> tuple[Float[Array, "Q N M"], Float[Array, "N Q T"], Cache]:
    """Return for every query the mean of its sentence's keys, weighted by how well they match.

        scores = query . key                          a dot product over M
        weights = softmax of the scores over T        only over the places where mask is true; 0 at the others
        context = sum over T of weight * key

    Parameters
    ----------
    query : ndarray
        What is asked: Q questions for each of N sentences.
    keys : ndarray
        What is looked at, T places per sentence; they are compared, and they are what is averaged.
    mask : ndarray of bool
        True where there is a word, False where there is padding. Numbers under the padding play no part, infinite ones
        included.

    Returns
    -------
    context : ndarray
        One weighted mean per query.
    weights : ndarray
        How much each place counts, sentence by sentence; every row adds up to 1.
    cache : what `attend_backward` needs.

    Raises
    ------
    ValueError
        A sentence has no word: its mask is False everywhere.

    References
    ----------
    Luong and others (2015), equations 7 and 8, score "dot".

    Examples
    --------
    The query matches the first key better by log 3, so that it counts three times as much; the third one is padding.

    >>> query, keys = np.array([[[np.log(3.0)]]]), np.array([[[2.0]], [[1.0]], [[9.0]]])
    >>> context, weights, _ = attend_forward(query, keys, np.array([[True], [True], [False]]))
    >>> context, weights
    (array([[[1.75]]]), array([[[0.75, 0.25, 0.  ]]]))
    """
    raise NotImplementedError("seq2seq.attend_forward")


def attend_backward(
    dcontext: Float[Array, "Q N M"], cache: Cache
) -> tuple[Float[Array, "Q N M"], Float[Array, "T N M"]]:
    """Return the gradients of attention.

    The keys are used twice: to compute the scores, and to be averaged. Both gradients add up. Those of padding are 0.

    Parameters
    ----------
    dcontext : ndarray
        Gradient of the loss with respect to `context`.
    cache : from `attend_forward`

    Returns
    -------
    dquery : ndarray
    dkeys : ndarray

    References
    ----------
    Luong and others (2015), equations 7 and 8, differentiated.

    Examples
    --------
    >>> query, keys = np.array([[[np.log(3.0)]]]), np.array([[[2.0]], [[1.0]], [[9.0]]])
    >>> *_, cache = attend_forward(query, keys, np.array([[True], [True], [False]]))
    >>> dquery, dkeys = attend_backward(np.ones((1, 1, 1)), cache)
    >>> dquery, dkeys.ravel().round(3)
    (array([[[0.1875]]]), array([0.956, 0.044, 0.   ]))
    """
    raise NotImplementedError("seq2seq.attend_backward")
