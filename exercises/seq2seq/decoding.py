"""Writing a sentence with a network that scores next words: the best word each time, or several sentences at once.

What is searched is the most probable sentence, and its probability is a product over its words. The word that is best
now may lead to a poor sentence. A beam keeps a few beginnings, and lets them compete.

A step is any function ``step(token, state) -> (scores, state)``: it takes the last word and a state that only it
understands, and returns a score for each of V next words, and a new state. The old state stays as it is.

References
----------
Graves (2012), Sequence transduction with recurrent neural networks, section 2.4.
Sutskever, Vinyals, Le (2014), Sequence to sequence learning with neural networks, section 3.2.
Wu and others (2016), Google's neural machine translation system, section 7: normalized lengths.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[int, Any], tuple[Any, Any]]
"""Takes a word and a state, returns scores of all words and the next state."""


def greedy_decode(step: Step, state: Any, *, start: int, stop: int, max_length: int) -> list[int]:
    """Write a sentence, always the word with the largest score; of equal ones the first.

    Parameters
    ----------
    step : callable
        ``(token, state) -> (scores, state)``. It is called once for every word, the stop included.
    state : object
        What `step` begins with.
    start : int
        The word that stands before the first one.
    stop : int
        The word that ends a sentence.
    max_length : int
        How many words to choose at most.

    Returns
    -------
    ids : list of int
        The words, without the start and without the stop.

    References
    ----------
    Sutskever and others (2014), section 3.2, with a beam of one.

    Examples
    --------
    This step counts on from word to word; 4 stops.

    >>> def count_on(token, state):
    ...     return np.eye(5)[token + 1], state
    >>> greedy_decode(count_on, None, start=0, stop=4, max_length=9)
    [1, 2, 3]
    >>> greedy_decode(count_on, None, start=0, stop=4, max_length=2)
    [1, 2]
    """
    raise NotImplementedError("seq2seq.greedy_decode")


def beam_search(
    step: Step, state: Any, *, start: int, stop: int, width: int, max_length: int, alpha: float = 0.0
) -> tuple[list[int], float]:
    """Write a sentence with the `width` best beginnings kept at each word.

    A beginning's value is the sum of its words' log-probabilities (the log-softmax of the scores), divided by the
    number of its words to the power of alpha:

        value = (log p_1 + ... + log p_k) / k^alpha          the stop counts as a word

    In each round every beginning that has not stopped is continued with each of the V words. These continuations and
    the sentences in the beam that have stopped compete, and the `width` with the largest values stay. It ends when all
    have stopped, or after `max_length` rounds.

    Parameters
    ----------
    step : callable
        ``(token, state) -> (scores, state)``.
    state : object
    start, stop : int
    width : int
    max_length : int
        At least 1.
    alpha : float
        0 for the probability itself, which prefers short sentences; 1 for the mean per word.

    Returns
    -------
    ids : list of int
        The sentence with the largest value, without start and stop.
    score : float
        Its value.

    References
    ----------
    Sutskever and others (2014), section 3.2; Wu and others (2016), section 7, with the plain length.

    Examples
    --------
    Word 1 is likelier at first, with 0.6; but after it the best sentence has 0.6 * 0.4, after word 2 it is 0.4 * 0.9.

    >>> table = np.log([[1e-9, 0.6, 0.4, 1e-9], [0.3, 0.3, 1e-9, 0.4], [0.05, 0.05, 1e-9, 0.9], [1, 1, 1, 1]])
    >>> def look_up(token, state):
    ...     return table[token], state
    >>> beam_search(look_up, None, start=0, stop=3, width=1, max_length=2)[0]
    [1]
    >>> ids, score = beam_search(look_up, None, start=0, stop=3, width=2, max_length=2)
    >>> ids, round(float(np.exp(score)), 3)
    ([2], 0.36)
    """
    raise NotImplementedError("seq2seq.beam_search")
